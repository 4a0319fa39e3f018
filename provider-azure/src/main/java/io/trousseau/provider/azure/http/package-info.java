/** One HTTP client for Key Vault and for logging in: every request has a deadline, can be interrupted, and is never repeated. */
@NullMarked
package io.trousseau.provider.azure.http;

import org.jspecify.annotations.NullMarked;
