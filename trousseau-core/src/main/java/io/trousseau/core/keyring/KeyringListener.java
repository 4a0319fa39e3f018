package io.trousseau.core.keyring;

import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.member.CallListener;

/**
 * Hears what a keyring does, for metrics and audit.
 *
 * <p>Called on whichever thread it happens on; must be fast, must not throw, and is used by many threads at once.
 */
public interface KeyringListener extends CallListener {
    /** A listener that does nothing. */
    KeyringListener NONE = (member, operation, purpose, duration, failure) -> {};

    /** Payloads are sealed under this key_id from now on. */
    default void promoted(KeyId keyId) {}

    /** A payload was sealed. */
    default void sealed() {}

    /**
     * An envelope was opened.
     *
     * @param fromMemory whether its local KEK was in memory already
     */
    default void opened(boolean fromMemory) {}

    /** An envelope was not opened. */
    default void refused(KeyringException.Code code) {}

    /** A member gave a local KEK, or a share of one, that is not the one which an envelope names; others are asked. */
    default void damagedCopy(String member) {}
}
