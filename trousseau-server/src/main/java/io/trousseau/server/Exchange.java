package io.trousseau.server;

import io.trousseau.core.keyring.KeyringStatus;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import java.time.Duration;

/** When a keyring of a changed configuration takes the place of the one that serves. */
final class Exchange {
    /** How long a change waits for a member that does not answer, so that its absence changes no key_id. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private Exchange() {}

    /**
     * Whether it is time.
     *
     * @param now of the keyring that serves
     * @param next of the keyring that waits
     * @param waited since it was opened
     */
    static boolean isDue(KeyringStatus now, KeyringStatus next, Duration waited) {
        boolean patient = waited.compareTo(PATIENCE) < 0;
        if (!seals(next)) {
            // What serves is not given up for what does not.
            return !patient && !seals(now) && now.serving() != Serving.OPENING_ONLY;
        }
        return !patient || !next.degraded() || now.degraded() || !seals(now);
    }

    private static boolean seals(KeyringStatus status) {
        return status.serving() == Serving.SEALING && status.keyId().isPresent();
    }
}
