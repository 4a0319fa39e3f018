/** Logging in to Vault or OpenBao, and the life of the token that comes of it. */
@NullMarked
package io.trousseau.provider.vault.auth;

import org.jspecify.annotations.NullMarked;
