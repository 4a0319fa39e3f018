package io.trousseau.core.keyring;

import io.trousseau.api.Deadline;
import io.trousseau.api.NanoClock;
import io.trousseau.core.envelope.Envelope;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A keyring as one client sees it: {@link #seal} uses the protection whose key_id the client's last {@link #status} told
 * it, even if another one was promoted in between.
 *
 * <p>kube-apiserver asks Status and then Encrypt, and throws the answer away if their key_ids differ. The pin ends with the
 * next {@link #status}, after {@link #PIN}, or when the keyring fails closed. Make one per connection. Safe for use by any
 * number of threads.
 */
public final class KeyringSession {
    /** How long a client that asks for no Status may go on sealing under the last one. */
    public static final Duration PIN = Duration.ofSeconds(30);

    private record Pin(Protection protection, long at) {}

    private final Keyring keyring;
    private final NanoClock clock;
    private volatile @Nullable Pin pin;

    KeyringSession(Keyring keyring, NanoClock clock) {
        this.keyring = keyring;
        this.clock = clock;
    }

    /** What the keyring knows of itself, from memory; its key_id is the one under which {@link #seal} seals next. */
    public KeyringStatus status() {
        Engine.Snapshot snapshot = keyring.snapshot();
        Protection protection = snapshot.protection();
        pin = protection == null ? null : new Pin(protection, clock.nanoTime());
        return keyring.statusOf(snapshot);
    }

    /**
     * Seals a payload without waiting. See {@link Keyring#seal}.
     *
     * @throws KeyringException as {@link Keyring#seal}; {@link KeyringException.Code#NOT_READY} if there is no local KEK
     */
    public Envelope seal(byte[] payload, String purpose, byte[] associatedData) {
        Pin last = pin;
        boolean holds = last != null && clock.nanoTime() - last.at() < PIN.toNanos();
        return keyring.sealUnder(holds && last != null ? last.protection() : null, payload, purpose, associatedData);
    }

    /** Opens an envelope without blocking. See {@link Keyring#openAsync}. */
    public CompletableFuture<byte[]> open(
            Envelope envelope, String statedKeyId, String purpose, byte[] associatedData, Deadline deadline) {
        return keyring.openAsync(envelope, statedKeyId, purpose, associatedData, deadline);
    }
}
