/**
 * The KMS protocols of Kubernetes, v2 and v1beta1, in front of a keyring.
 *
 * <p>{@link io.trousseau.server.kms.KmsServer} listens on one Unix socket; {@link io.trousseau.server.kms.CurrentKeyring}
 * is the keyring that it serves, which can be exchanged while it runs.
 */
@NullMarked
package io.trousseau.server.kms;

import org.jspecify.annotations.NullMarked;
