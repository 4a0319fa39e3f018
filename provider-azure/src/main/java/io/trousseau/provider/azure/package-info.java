/** KEKs in Azure Key Vault and Managed HSM. */
@NullMarked
package io.trousseau.provider.azure;

import org.jspecify.annotations.NullMarked;
