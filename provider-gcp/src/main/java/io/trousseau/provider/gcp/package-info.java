/** KEKs in Google Cloud KMS. */
@NullMarked
package io.trousseau.provider.gcp;

import org.jspecify.annotations.NullMarked;
