/**
 * The {@code gcp} provider: KEKs that are CryptoKeys in Google Cloud KMS, by its official client over gRPC.
 *
 * <p>The KEK's identity is the CryptoKey's resource name, its version the number of the CryptoKeyVersion: Google gives
 * neither away twice. {@code wrap} is Encrypt on the key, and tells the version that the answer names; {@code unwrap} is
 * Decrypt on the key, whose answer names none. The wrap context is the additional authenticated data. CRC-32C checksums go
 * both ways and are verified; a call whose checksums do not fit is made once more. There are no other retries: the
 * client's are off.
 *
 * <h2>Permissions</h2>
 * {@code cloudkms.cryptoKeyVersions.useToEncrypt} and {@code …useToDecrypt}, which
 * {@code roles/cloudkms.cryptoKeyEncrypterDecrypter} has, and {@code cloudkms.cryptoKeys.get}, which it lacks and
 * {@code roles/cloudkms.viewer} has. Without the last one {@code describe} fails with PERMISSION_DENIED.
 *
 * <h2>Errors</h2>
 * <table>
 * <caption>What the service answers, by code of {@code google.rpc} and detail</caption>
 * <tr><th>answer</th><th>code</th></tr>
 * <tr><td>INVALID_ARGUMENT at Decrypt</td><td>INVALID_CIPHERTEXT</td></tr>
 * <tr><td>INVALID_ARGUMENT elsewhere, OUT_OF_RANGE</td><td>INVALID_ARGUMENT</td></tr>
 * <tr><td>INVALID_ARGUMENT about a checksum; a missing or wrong checksum, or one not verified; an answer that is empty,
 * cut off, too long, undecodable, or about another key</td><td>BAD_ANSWER</td></tr>
 * <tr><td>NOT_FOUND</td><td>KEY_NOT_FOUND</td></tr>
 * <tr><td>PERMISSION_DENIED, whatever the reason in ErrorInfo</td><td>PERMISSION_DENIED</td></tr>
 * <tr><td>UNAUTHENTICATED</td><td>UNAUTHENTICATED, after one attempt with new credentials</td></tr>
 * <tr><td>FAILED_PRECONDITION, state DISABLED, IMPORT_FAILED, GENERATION_FAILED, or violation KEY_DISABLED</td>
 * <td>KEY_DISABLED</td></tr>
 * <tr><td>FAILED_PRECONDITION, state DESTROY_SCHEDULED, DESTROYED, PENDING_EXTERNAL_DESTRUCTION,
 * EXTERNAL_DESTRUCTION_FAILED</td><td>KEY_DESTROYED</td></tr>
 * <tr><td>FAILED_PRECONDITION, state PENDING_GENERATION, PENDING_IMPORT, or violation KEY_PENDING_GENERATION</td>
 * <td>UNAVAILABLE</td></tr>
 * <tr><td>FAILED_PRECONDITION, violation EXTERNAL_PERMISSION_DENIED / EXTERNAL_NOT_FOUND / any other EXTERNAL_…</td>
 * <td>PERMISSION_DENIED / KEY_NOT_FOUND / UNAVAILABLE</td></tr>
 * <tr><td>FAILED_PRECONDITION, anything else</td><td>INTERNAL</td></tr>
 * <tr><td>RESOURCE_EXHAUSTED</td><td>THROTTLED, with the delay of RetryInfo</td></tr>
 * <tr><td>DEADLINE_EXCEEDED</td><td>TIMEOUT</td></tr>
 * <tr><td>UNAVAILABLE, INTERNAL, UNKNOWN, ABORTED, CANCELLED, DATA_LOSS, UNIMPLEMENTED; no connection, no TLS, no name;
 * anything that is not gRPC</td><td>UNAVAILABLE</td></tr>
 * <tr><td>ALREADY_EXISTS, and what the client throws without an answer</td><td>INTERNAL</td></tr>
 * </table>
 * What gives out tokens: 4xx is UNAUTHENTICATED (403 to an impersonation PERMISSION_DENIED), 429 THROTTLED, 3xx, 5xx, no
 * connection and an answer that breaks off UNAVAILABLE, success that is no JSON BAD_ANSWER.
 *
 * <h2>Copies in memory</h2>
 * Our copy of a plaintext is wiped. What protocol buffers, gRPC and Netty copy of it, and the tokens that Google's library
 * keeps as text, cannot be.
 */
@NullMarked
package io.trousseau.provider.gcp;

import org.jspecify.annotations.NullMarked;
