package io.trousseau.api;

import java.util.List;

/**
 * One configured key encryption key inside a KMS; the key itself never leaves the KMS.
 *
 * <h2>Security guarantees</h2>
 * What {@link #wrap} produced, only {@link #unwrap} of a handle on the same KEK turns back, and only under an equal
 * {@link WrapContext} if {@link Capability#BINDS_CONTEXT} is declared. With {@link Capability#AUTHENTICATED}, a changed
 * ciphertext is refused, and nobody without the KEK can make one that {@link #unwrap} accepts. A handle never answers
 * with bytes that the KMS did not vouch for: an empty, missing, truncated or malformed answer is a {@link KmsException}
 * with {@link KmsException.Code#BAD_ANSWER}, never a result.
 *
 * <h2>Deadlines</h2>
 * Calls block. Each returns or throws before its {@link Deadline} has passed, with {@link KmsException.Code#TIMEOUT} if
 * the KMS did not answer; connect and read time-outs come from it. An interrupted call stops soon, throws
 * {@link KmsException.Code#INTERRUPTED} and leaves the thread's interrupt flag set.
 *
 * <h2>Errors</h2>
 * Every failure of an operation is a {@link KmsException}; whether one attempt may be followed by another is told by its
 * code. An implementation makes <em>one</em> attempt per call. A failed call leaves the handle usable.
 *
 * <h2>Concurrency</h2>
 * Safe for use by any number of threads without external locking. A call that waits does not hold up the others.
 *
 * <h2>Lifecycle</h2>
 * After {@link #close}, calls fail with {@link KmsException.Code#CLOSED}.
 */
public interface KekHandle extends AutoCloseable {
    /**
     * What this KEK can and cannot do. Known without asking the KMS and constant for the life of the handle.
     *
     * @return the declared abilities and sizes; the compatibility kit holds the provider to them
     */
    KekTraits traits();

    /**
     * Encrypts a short secret under the newest usable KEK version.
     *
     * <p>Two calls with equal arguments give different ciphertexts.
     *
     * @param plaintext 1 to {@link KekTraits#maxPlaintextBytes()} bytes
     * @param context bound to the ciphertext where {@link Capability#BINDS_CONTEXT} is declared, else ignored
     * @param deadline when to give up
     * @return the ciphertext and, with {@link Capability#NAMES_VERSION_ON_WRAP}, the KEK version that the KMS says it
     *     used
     * @throws KmsException {@link KmsException.Code#INVALID_ARGUMENT} if {@code plaintext} is empty or too long (decided
     *     before the KMS is asked), or any other code
     */
    WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline);

    /**
     * Decrypts what {@link #wrap} of the same KEK made, under this or an older KEK version.
     *
     * @param wrapped the ciphertext and the KEK version under which it was recorded. A provider that addresses versions
     *     uses the version's name; one that does not may ignore it, but never decrypts under another KEK than the one
     *     named by {@link KekVersion#identity()}
     * @param context equal to the one given to {@link #wrap}
     * @param deadline when to give up
     * @return the plaintext, 1 or more bytes, and, with {@link Capability#NAMES_VERSION_ON_UNWRAP}, the KEK version that
     *     the KMS says it used
     * @throws KmsException {@link KmsException.Code#INVALID_CIPHERTEXT} if the KMS refuses the ciphertext or the
     *     context, {@link KmsException.Code#KEY_NOT_FOUND} if the identity is not one that this handle may unwrap for or
     *     the version does not exist, or any other code
     */
    UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline);

    /**
     * Asks the KMS for the state of the KEK: what it is called, which version wraps now, whether it is usable, whether
     * its death is scheduled. Costs one cheap request and changes nothing.
     *
     * @param deadline when to give up
     * @return the answer of this moment; never cached by the provider
     * @throws KmsException if the KMS could not be asked or does not know the key. A key that exists and is disabled or
     *     scheduled for destruction is an answer, not an exception.
     */
    KekDescription describe(Deadline deadline);

    /**
     * Examines everything on the way to this KEK that a person could repair: address, TLS, credentials and how long they
     * live, each permission by trying it, unsafe options of the key, clocks, latency. Asked by {@code trousseau doctor},
     * by nothing else. Creates and changes nothing in the KMS; may wrap and unwrap random bytes to try a permission.
     *
     * <p>Trousseau itself checks what every provider has (that {@link #describe}, {@link #wrap} and {@link #unwrap} work
     * and agree), so a provider reports only what it alone knows.
     *
     * @param deadline when to give up; what was not reached by then is {@link Finding.Verdict#SKIPPED}
     * @return the findings, each check once, in the order in which a person would repair them; never an exception, also
     *     not after {@link #close}, since what fails is a finding. Empty, which is the default, if there is nothing to add.
     */
    default List<Finding> examine(Deadline deadline) {
        return List.of();
    }

    /**
     * Frees connections and wipes key material. Idempotent, never throws. Calls under way finish or fail with
     * {@link KmsException.Code#CLOSED}.
     */
    @Override
    void close();
}
