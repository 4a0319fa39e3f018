/**
 * The service provider interface of Trousseau: what code that speaks to one kind of KMS implements.
 *
 * <p>A provider is two classes. {@link io.trousseau.api.KmsProvider} is found by {@link java.util.ServiceLoader}, names
 * its settings, and opens {@link io.trousseau.api.KekHandle}s; a handle is one configured key encryption key (KEK)
 * inside one KMS and wraps and unwraps short secrets under it. Everything else in this package is a value that crosses
 * between the two sides.
 *
 * <h2>Writing a provider</h2>
 * <ol>
 *   <li>Depend on {@code trousseau-api} alone; take whatever SDK the KMS needs beside it.
 *   <li>Implement {@link io.trousseau.api.KmsProvider}, annotate it with {@link io.trousseau.api.ProviderName}, and name
 *       it in {@code META-INF/services/io.trousseau.api.KmsProvider}.
 *   <li>Implement {@link io.trousseau.api.KekHandle}. Switch the SDK's own retries off: Trousseau retries, breaks the
 *       circuit, measures and caches around every handle, and must know the truth of each single attempt.
 *   <li>Subclass the compatibility kit in {@code trousseau-testkit}; it states the rules of this package as tests.
 * </ol>
 *
 * <h2>Byte arrays</h2>
 * The caller owns every array that it passes: an implementation neither changes nor keeps it. Every array in an answer
 * is fresh and belongs to the receiver. A temporary copy of a plaintext is overwritten in a {@code finally} block. Where
 * an SDK forces an immutable copy ({@code String}, {@code ByteString}) that cannot be done; say so in the provider's
 * documentation.
 *
 * <h2>Secrets in text</h2>
 * No plaintext, ciphertext, credential or token appears in an exception message, a log line or a {@code toString}.
 *
 * <p>Parameters and results are never {@code null} unless annotated so; {@code null} where none is allowed throws
 * {@link NullPointerException}.
 */
@NullMarked
package io.trousseau.api;

import org.jspecify.annotations.NullMarked;
