/**
 * The {@code local} provider: AES-256-GCM KEKs in a key file.
 *
 * <p><strong>Not for production.</strong> A KEK that lies beside the data that it protects protects it from nobody who
 * has the machine or its backup. This provider is for trying Trousseau out, for tests, and as the model for provider
 * authors: {@link io.trousseau.provider.local.LocalKmsProvider} and its handle are what a provider looks like.
 *
 * <h2>Copies in memory</h2>
 * Key material is wiped when a handle is closed and when a version leaves the key file. What the JDK copies cannot be
 * wiped: the expanded key inside a {@code Cipher}, until it is collected, and the I/O buffer through which the file was
 * read.
 */
@NullMarked
package io.trousseau.provider.local;

import org.jspecify.annotations.NullMarked;
