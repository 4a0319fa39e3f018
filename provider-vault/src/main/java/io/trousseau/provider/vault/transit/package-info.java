/**
 * A key of Vault's Transit engine as a KEK: which key, which versions of it, what wrap and unwrap send and accept, and what
 * Vault's refusals mean.
 */
@NullMarked
package io.trousseau.provider.vault.transit;

import org.jspecify.annotations.NullMarked;
