package io.trousseau.server.kms;

import io.grpc.Context;
import io.trousseau.api.Deadline;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.KeyringSession;
import io.trousseau.core.keyring.KeyringStatus;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.server.kms.CurrentKeyring.Served;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One client's HTTP/2 connection: what its last Status told it holds for its next Encrypt, also while the keyring is
 * exchanged.
 */
final class Connection {
    /** Where a call finds its connection. */
    static final Context.Key<Connection> KEY = Context.key("trousseau-connection");

    private static final byte[] NO_ASSOCIATED_DATA = {};

    private final CurrentKeyring keyring;

    // One object for both, so that a reader never pairs the session with another keyring.
    private volatile Told told;

    private record Told(Served served, KeyringSession session, long at) {
        boolean holds() {
            return System.nanoTime() - at < KeyringSession.PIN.toNanos();
        }
    }

    Connection(CurrentKeyring keyring) {
        this.keyring = keyring;
        Served served = keyring.served();
        this.told = new Told(served, served.newSession(), System.nanoTime() - KeyringSession.PIN.toNanos());
    }

    /** The connection of the call that runs on this thread. */
    static Connection current() {
        Connection connection = KEY.get();
        if (connection == null) {
            throw new IllegalStateException("the call has no connection");
        }
        return connection;
    }

    /** Completes when it makes no more sense to wait for the first key_id. */
    CompletableFuture<@Nullable Void> settled() {
        Served served = keyring.served();
        KeyringStatus status = served.keyring().status();
        return status.keyId().isEmpty() && status.serving() == Serving.STARTING
                ? served.keyring().settled()
                : CompletableFuture.completedFuture(null);
    }

    /** What the keyring knows of itself; the next {@link #seal} agrees with it. */
    KeyringStatus status() {
        Served served = keyring.served();
        Told last = told;
        KeyringSession session = last.served() == served ? last.session() : served.newSession();
        told = new Told(served, session, System.nanoTime());
        return session.status();
    }

    /** Seals under the key_id that the last {@link #status} told, if that was not long ago. Never blocks. */
    Envelope seal(byte[] payload, String purpose) {
        Told last = told;
        if (last.served() == keyring.served() || last.holds()) {
            if (last.served().acquire()) {
                try {
                    return last.session().seal(payload, purpose, NO_ASSOCIATED_DATA);
                } finally {
                    last.served().release();
                }
            }
        }
        Served served = acquire();
        try {
            return served.newSession().seal(payload, purpose, NO_ASSOCIATED_DATA);
        } finally {
            served.release();
        }
    }

    /** Opens an envelope without blocking. */
    CompletableFuture<byte[]> open(Envelope envelope, String statedKeyId, String purpose, Deadline deadline) {
        Served served = acquire();
        CompletableFuture<byte[]> payload =
                served.newSession().open(envelope, statedKeyId, purpose, NO_ASSOCIATED_DATA, deadline);
        return payload.whenComplete((ignored, failure) -> served.release());
    }

    private Served acquire() {
        Served served = keyring.served();
        while (!served.acquire()) {
            Served next = keyring.served();
            if (next == served) {
                throw new IllegalStateException("the keyring is closed while calls are under way");
            }
            served = next;
        }
        return served;
    }
}
