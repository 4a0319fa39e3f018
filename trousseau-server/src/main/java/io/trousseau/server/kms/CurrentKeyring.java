package io.trousseau.server.kms;

import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringSession;
import io.trousseau.core.keyring.KeyringStatus;

/**
 * The keyring that is served, and its exchange for another one while calls are under way.
 *
 * <p>A keyring that was exchanged goes on sealing for the clients that have seen its key_id in their last Status, until
 * it is retired; then it is closed once the last call that uses it has ended. Safe for use by any number
 * of threads.
 */
public final class CurrentKeyring implements AutoCloseable {
    private volatile Served current;

    /**
     * Serves a keyring.
     *
     * @param first closed by this object
     */
    public CurrentKeyring(Keyring first) {
        current = new Served(first);
    }

    /** What the served keyring knows of itself. */
    public KeyringStatus status() {
        return current.keyring.status();
    }

    /** The served keyring. It may be closed at any time after it was exchanged. */
    public Keyring keyring() {
        return current.keyring;
    }

    /**
     * Serves another keyring from now on.
     *
     * @param next closed by this object
     * @return retires the one before; run it {@link KeyringSession#PIN} later, when no client may still expect its key_id
     */
    public synchronized Runnable exchange(Keyring next) {
        Served before = current;
        current = new Served(next);
        return before::retire;
    }

    /** The keyring that new work uses. */
    Served served() {
        return current;
    }

    /** Retires the served keyring: it closes when the calls under way have ended. */
    @Override
    public synchronized void close() {
        current.retire();
    }

    /** A keyring, and how many calls use it. */
    static final class Served {
        private final Keyring keyring;
        private int users;
        private boolean retired;

        Served(Keyring keyring) {
            this.keyring = keyring;
        }

        KeyringSession newSession() {
            return keyring.newSession();
        }

        Keyring keyring() {
            return keyring;
        }

        /** Takes part in using the keyring; false if it is retired. {@link #release} ends it. */
        synchronized boolean acquire() {
            if (retired) {
                return false;
            }
            users++;
            return true;
        }

        void release() {
            boolean last;
            synchronized (this) {
                users--;
                last = retired && users == 0;
            }
            if (last) {
                keyring.close();
            }
        }

        private void retire() {
            boolean last;
            synchronized (this) {
                last = !retired && users == 0;
                retired = true;
            }
            if (last) {
                keyring.close();
            }
        }
    }
}
