/**
 * HTTP to one Vault or OpenBao cluster: TLS, addresses and fail-over, JSON, and what an answer means. Knows no token, no
 * login and no Transit.
 */
@NullMarked
package io.trousseau.provider.vault.http;

import org.jspecify.annotations.NullMarked;
