/** KEKs in the Transit engine of HashiCorp Vault and OpenBao. */
@NullMarked
package io.trousseau.provider.vault;

import org.jspecify.annotations.NullMarked;
