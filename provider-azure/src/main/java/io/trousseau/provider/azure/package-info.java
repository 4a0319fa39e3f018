/**
 * KEKs in Azure Key Vault and Managed HSM: the provider {@code azure}.
 *
 * <h2>The KEK and its versions</h2>
 * The identity is the key's URL without a version, in lower case: {@code https://VAULT.vault.azure.net/keys/NAME}. Azure
 * gives a vault's name to one customer at a time, and a key keeps its URL through rotation, deletion and recovery. A key that
 * was restored into another vault is another KEK of the same versions: the setting {@code restoredFrom} and the member's
 * {@code formerKeks} name the former URL. The version is Azure's name of the key version, random and never given twice, so that a key that was purged
 * and made again cannot be taken for the former one.
 *
 * <h2>What the algorithms give</h2>
 * <table>
 * <caption>Capabilities</caption>
 * <tr><th>algorithm</th><th>keys</th><th>operations</th><th>authenticated</th><th>binds the context</th></tr>
 * <tr><td>RSA-OAEP-256</td><td>RSA, RSA-HSM</td><td>wrapKey, unwrapKey</td><td>no</td><td>no</td></tr>
 * <tr><td>A256KW</td><td>oct-HSM, 256 bits</td><td>wrapKey, unwrapKey</td><td>yes (64 bits)</td><td>no</td></tr>
 * <tr><td>A256GCM</td><td>oct-HSM, 256 bits</td><td>encrypt, decrypt</td><td>yes (128 bits)</td><td>yes</td></tr>
 * </table>
 *
 * <h2>Failures</h2>
 * <table>
 * <caption>What Key Vault answers, and the code of the exception</caption>
 * <tr><th>answer</th><th>code</th></tr>
 * <tr><td>400 to unwrapKey or decrypt</td><td>INVALID_CIPHERTEXT</td></tr>
 * <tr><td>400 to anything else</td><td>INTERNAL</td></tr>
 * <tr><td>401, also with a fresh token</td><td>UNAUTHENTICATED</td></tr>
 * <tr><td>403 KeyDisabled</td><td>KEY_DISABLED</td></tr>
 * <tr><td>403 KeyExpired, KeyNotYetValid</td><td>PERMISSION_DENIED: it still unwraps</td></tr>
 * <tr><td>403 ForbiddenByFirewall, ForbiddenByConnection</td><td>PERMISSION_DENIED</td></tr>
 * <tr><td>403 of any other kind</td><td>PERMISSION_DENIED</td></tr>
 * <tr><td>404, and the key is among the deleted ones</td><td>KEY_DESTROYED</td></tr>
 * <tr><td>404 otherwise</td><td>KEY_NOT_FOUND</td></tr>
 * <tr><td>403 or 404 without an error of Key Vault's in it</td><td>UNAVAILABLE: something on the way answered</td></tr>
 * <tr><td>409 ObjectIsDeletedButRecoverable, ObjectIsBeingDeleted</td><td>KEY_DESTROYED</td></tr>
 * <tr><td>409 otherwise</td><td>UNAVAILABLE</td></tr>
 * <tr><td>429</td><td>THROTTLED, with Retry-After</td></tr>
 * <tr><td>408, 500 to 599</td><td>UNAVAILABLE, with Retry-After</td></tr>
 * <tr><td>300 to 399</td><td>UNAVAILABLE: nothing is followed</td></tr>
 * <tr><td>any other error</td><td>INTERNAL</td></tr>
 * <tr><td>success that cannot be read, is empty, or names another key or version</td><td>BAD_ANSWER</td></tr>
 * <tr><td>no connection, no name, no trust, a connection that breaks</td><td>UNAVAILABLE</td></tr>
 * <tr><td>nothing by the deadline</td><td>TIMEOUT</td></tr>
 * <tr><th>what is found in a successful description of the key</th><th></th></tr>
 * <tr><td>the current version is disabled</td><td>KEY_DISABLED for wrap; described as DISABLED</td></tr>
 * <tr><td>it is expired, not yet valid, or its operations lack the one that wraps</td><td>PERMISSION_DENIED for wrap</td></tr>
 * <tr><td>its operations lack the one that unwraps</td><td>KEY_DISABLED</td></tr>
 * <tr><td>it is of a type without the algorithm</td><td>KEY_NOT_FOUND</td></tr>
 * <tr><th>what the login at Entra ID, the metadata service or the CLI says</th><th></th></tr>
 * <tr><td>a refusal (AADSTS…), no identity, nobody logged in, an unusable file</td><td>UNAUTHENTICATED</td></tr>
 * <tr><td>429</td><td>THROTTLED</td></tr>
 * <tr><td>404, 410, 500 to 599, temporarily_unavailable, server_error, no connection</td><td>UNAVAILABLE</td></tr>
 * <tr><td>success that cannot be read</td><td>BAD_ANSWER</td></tr>
 * </table>
 *
 * <p>An expired key is denied, not gone: it is meant to be read from, and a member that is gone would have what it wrapped
 * failed closed.
 *
 * <h2>Secrets in memory</h2>
 * The SDK makes base64 strings and copies of plaintexts, and takes passwords and tokens as strings; none of these can be
 * overwritten. What this package copies itself is overwritten.
 */
@NullMarked
package io.trousseau.provider.azure;

import org.jspecify.annotations.NullMarked;
