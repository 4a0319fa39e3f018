/**
 * A key of Vault's Transit engine as a KEK: which key, which versions of it, what wrap and unwrap send and accept, and what
 * Vault's refusals mean.
 *
 * <h2>What an answer means</h2>
 * Texts are those of OpenBao 2.7; a part of them decides, in any case.
 *
 * <table>
 *   <caption>From Vault's answer to the code of the exception</caption>
 *   <tr><th>status<th>text<th>code<th>because
 *   <tr><td>400, decrypt<td>invalid ciphertext; message authentication failed<td>INVALID_CIPHERTEXT
 *       <td>unless the key no longer has the version: see below
 *   <tr><td>500, decrypt<td>failed to RSA decrypt<td>INVALID_CIPHERTEXT<td>Vault calls it its own failure
 *   <tr><td>400<td>encryption key not found<td>KEY_NOT_FOUND<td>
 *   <tr><td>400<td>disallowed by policy (too old)<td>KEY_DISABLED<td>min_decryption_version was raised
 *   <tr><td>400<td>soft-deleted<td>KEY_DISABLED<td>it can be restored
 *   <tr><td>400<td>not supported for key type; non-AEAD cipher suite; missing 'context'<td>KEY_DISABLED
 *       <td>the key is of another kind than when it was read
 *   <tr><td>400<td>version is too new; no such key version; requested version for encryption is<td>UNAVAILABLE
 *       <td>the version was just read: the key changes now, or this node is behind
 *   <tr><td>400<td>anything else<td>INTERNAL<td>
 *   <tr><td>403<td><td>PERMISSION_DENIED<td>the token is good; else the session says UNAUTHENTICATED
 *   <tr><td>404<td>nothing; no handler for route; namespace not found<td>KEY_NOT_FOUND<td>the message names the setting
 *   <tr><td>412<td><td>UNAVAILABLE<td>this node is behind the others
 *   <tr><td>429<td><td>THROTTLED<td>with Retry-After; a standby's 429 is an answer of sys/health alone
 *   <tr><td>472, 473<td><td>UNAVAILABLE<td>standby
 *   <tr><td>501, 503<td><td>UNAVAILABLE<td>not initialised, sealed
 *   <tr><td>other 5xx<td><td>UNAVAILABLE<td>Vault's or a proxy's
 *   <tr><td>2xx<td>not exactly what was asked for<td>BAD_ANSWER<td>empty, cut, HTML, other version or length
 *   <tr><td>none<td><td>UNAVAILABLE, TIMEOUT, INTERRUPTED, CLOSED<td>
 * </table>
 *
 * <h2>What the state of the key means</h2>
 * The key is read before each wrap, before the first unwrap of a version, and when Vault refused for a reason that the key's
 * state may explain.
 *
 * <table>
 *   <caption>From what is recorded and what the key has to the code</caption>
 *   <tr><th>the recorded version<th>code
 *   <tr><td>below min_available_version<td>KEY_DESTROYED: trimmed
 *   <tr><td>below min_decryption_version<td>KEY_DISABLED
 *   <tr><td>of the same number and another time<td>KEY_NOT_FOUND: the key was deleted and made again. Not KEY_DESTROYED, since
 *       a backup may have it, or the settings lead to another Vault
 *   <tr><td>of no such number<td>KEY_NOT_FOUND
 *   <tr><td>any, while the key is soft-deleted, derived, convergent, of another type or of one that does not encrypt
 *       <td>KEY_DISABLED
 * </table>
 */
@NullMarked
package io.trousseau.provider.vault.transit;

import org.jspecify.annotations.NullMarked;
