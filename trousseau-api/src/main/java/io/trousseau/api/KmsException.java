package io.trousseau.api;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one failure of a KMS operation.
 *
 * <p>The message names the operation, the key and, where there is one, the KMS's request id; it never holds plaintext,
 * ciphertext or credentials, because it reaches logs, health answers and users of {@code kubectl}. A provider does not
 * copy an SDK's message into it unless it knows what that message can contain.
 */
public final class KmsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;
    private final @Nullable Duration retryAfter;

    /**
     * A failure without a cause.
     *
     * @param code what went wrong
     * @param message for people: the operation, the key, what happened, the way out
     */
    public KmsException(Code code, String message) {
        this(code, message, null, null);
    }

    /**
     * A failure with a cause.
     *
     * @param code what went wrong
     * @param message for people: the operation, the key, what happened, the way out
     * @param cause what the SDK or the JDK threw; its message is logged at debug level only, since an SDK may put
     *     anything into it
     */
    public KmsException(Code code, String message, @Nullable Throwable cause) {
        this(code, message, cause, null);
    }

    /**
     * A failure for which the KMS said when to come back.
     *
     * @param code what went wrong
     * @param message for people: the operation, the key, what happened, the way out
     * @param cause what the SDK or the JDK threw
     * @param retryAfter how long the KMS asked to be left alone
     */
    public KmsException(Code code, String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.code = Objects.requireNonNull(code, "code");
        this.retryAfter = retryAfter;
    }

    /** What went wrong. */
    public Code code() {
        return code;
    }

    /** How long the KMS asked to be left alone, if it said. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** What a failure says about the KEK, beyond the call that failed. */
    public enum Verdict {
        /** The KMS did not decide: it was not reached, too slow, too busy or broken. The KEK may be fine. */
        TRANSIENT,
        /** The KMS refused the caller. The KEK may be fine, and another caller may use it. */
        DENIED,
        /** The KMS says that the KEK is out of use: disabled, on its way to destruction, destroyed or unknown. */
        GONE,
        /** The failure is about this call's input or this handle, and says nothing of the KEK. */
        CALL
    }

    /**
     * What went wrong. Each constant tells itself apart from its neighbours; where two seem to fit, the more specific
     * one is right.
     */
    public enum Code {
        /**
         * The caller's input can never be accepted, whatever the state of the KMS: an empty or too long plaintext. Not
         * for a ciphertext that fails to decrypt, which is {@link #INVALID_CIPHERTEXT}.
         */
        INVALID_ARGUMENT(false, Verdict.CALL),

        /**
         * The KMS looked at the ciphertext and refused it: changed, truncated, made by another KEK, or bound to another
         * context. Not for an answer of the KMS that makes no sense, which is {@link #BAD_ANSWER}.
         */
        INVALID_CIPHERTEXT(false, Verdict.CALL),

        /**
         * The KMS does not know the key or the version. Unlike {@link #KEY_DESTROYED} this may be a typing error in the
         * configuration, or a key in another region, namespace or project.
         */
        KEY_NOT_FOUND(false, Verdict.GONE),

        /**
         * The key or version exists and somebody switched it off, or its configuration forbids this version (Vault's
         * {@code min_decryption_version}); switching it on again heals it. {@link #PERMISSION_DENIED} is about the
         * caller, this is about the key.
         */
        KEY_DISABLED(false, Verdict.GONE),

        /** The key material is destroyed, or unusable because its destruction is scheduled. */
        KEY_DESTROYED(false, Verdict.GONE),

        /**
         * The KMS knows who calls and does not allow it. For a caller that it does not know, {@link #UNAUTHENTICATED}.
         */
        PERMISSION_DENIED(false, Verdict.DENIED),

        /**
         * The KMS does not accept the credentials: missing, expired, revoked, or for somebody else. A provider first
         * refreshes credentials by itself, within the deadline.
         */
        UNAUTHENTICATED(false, Verdict.DENIED),

        /** The KMS asks to be called less often. Trousseau waits, for {@link #retryAfter()} if it is given. */
        THROTTLED(true, Verdict.TRANSIENT),

        /**
         * The KMS was not reached, or said that it cannot serve now: refused connection, DNS, TLS, 5xx, sealed, standby.
         * If the deadline passed meanwhile, {@link #TIMEOUT}.
         */
        UNAVAILABLE(true, Verdict.TRANSIENT),

        /** The deadline passed before the KMS answered. The operation may have been done. */
        TIMEOUT(true, Verdict.TRANSIENT),

        /**
         * The KMS answered with success and the answer is not what it must be: empty, truncated, not decodable, wrong
         * length, wrong checksum, another key or version than the one asked for.
         */
        BAD_ANSWER(true, Verdict.TRANSIENT),

        /** The handle is closed. */
        CLOSED(false, Verdict.CALL),

        /** The calling thread was interrupted; its interrupt flag is set. */
        INTERRUPTED(false, Verdict.CALL),

        /**
         * Nothing else fits: an unexpected exception of the SDK or a defect of the provider. Treated as transient,
         * because nothing is known about the key.
         */
        INTERNAL(false, Verdict.TRANSIENT);

        private final boolean retryable;
        private final Verdict verdict;

        Code(boolean retryable, Verdict verdict) {
            this.retryable = retryable;
            this.verdict = verdict;
        }

        /** Whether the same call may succeed if it is made again within the same deadline. */
        public boolean isRetryable() {
            return retryable;
        }

        /** What this code says about the KEK. */
        public Verdict verdict() {
            return verdict;
        }

        /** The name in lower case with dashes, for health texts and metrics: {@code key-disabled}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
