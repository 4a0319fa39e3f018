package io.trousseau.core.keyring;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The one failure of a keyring's operations.
 *
 * <p>The message says what is wrong and the way out. It holds no plaintext, ciphertext or credentials: it reaches the
 * users of {@code kubectl}.
 */
public final class KeyringException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;

    KeyringException(Code code, String message) {
        this(code, message, null);
    }

    KeyringException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** What went wrong. */
    public Code code() {
        return code;
    }

    /** What went wrong. */
    public enum Code {
        /** The caller's input can never be accepted: an empty or too long payload, purpose or context. */
        INVALID_ARGUMENT,

        /** The envelope belongs to another keyring: check which one this process serves. */
        FOREIGN_KEYRING,

        /** The key_id given beside the envelope is not the one of its header. */
        KEY_ID_MISMATCH,

        /** The envelope states a threshold that this keyring's policy does not accept. */
        POLICY_REFUSED,

        /** Too few of the KEKs that the envelope names are held by members; the message prints the line to add. */
        UNKNOWN_KEK,

        /**
         * The envelope is damaged or forged: no copy gives the local KEK, or the payload's tag does not prove header,
         * purpose, associated data and payload. Asking again gives the same answer.
         */
        NOT_AUTHENTIC,

        /** The KMSes refuse this process; the message names member and reason. */
        DENIED,

        /** The KMSes say that their KEKs are disabled, destroyed or unknown. */
        KEK_GONE,

        /** Too few members answered; later it may succeed. */
        UNAVAILABLE,

        /** The deadline passed first; later it may succeed. */
        TIMEOUT,

        /**
         * There is no proven local KEK yet, or none any more. Unlike {@link #FAILED_CLOSED} nothing is known against the
         * KEKs.
         */
        NOT_READY,

        /** Sealing is stopped because too few members may wrap; opening goes on. */
        SEALING_STOPPED,

        /** The keyring refuses to serve because its KEKs are disabled or destroyed. */
        FAILED_CLOSED,

        /** The calling thread was interrupted; its interrupt flag is set. */
        INTERRUPTED,

        /** The keyring is closed. */
        CLOSED;

        /** The name in lower case with dashes, for metrics. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
