/** KEKs in AWS KMS. */
@NullMarked
package io.trousseau.provider.aws;

import org.jspecify.annotations.NullMarked;
