package io.trousseau.provider.vault.transit;

import io.trousseau.api.ProviderContext;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The newest that was read of a key. Says in the log, once, what has changed about it and what is unsafe.
 *
 * <p>Safe for use by any number of threads.
 */
final class KnownKey {
    private final KeyAddress address;
    private final ProviderContext host;
    private final AtomicLong reads = new AtomicLong();
    private final AtomicReference<@Nullable Reading> newest = new AtomicReference<>();

    private record Reading(long begun, TransitKey key) {}

    KnownKey(KeyAddress address, ProviderContext host) {
        this.address = address;
        this.host = host;
    }

    /** To be called before a read, and its result given to {@link #seen}. */
    long beginRead() {
        return reads.incrementAndGet();
    }

    /** What a read brought. One that began before the newest changes nothing. */
    void seen(long begun, TransitKey key) {
        Reading reading = new Reading(begun, key);
        Reading before;
        do {
            before = newest.get();
            if (before != null && before.begun > begun) {
                return;
            }
        } while (!newest.compareAndSet(before, reading));
        tell(before == null ? null : before.key, key);
    }

    /** The newest that was read; empty before the first read. */
    Optional<TransitKey> get() {
        return Optional.ofNullable(newest.get()).map(Reading::key);
    }

    private void tell(@Nullable TransitKey before, TransitKey now) {
        for (UnsafeOption option : now.unsafe()) {
            if (before == null || !before.unsafe().contains(option)) {
                log(Level.WARNING, "has " + option.label() + "=true: " + option.risk() + "; " + option.remedy());
            }
        }
        if (before == null) {
            return;
        }
        if (now.isAnotherThan(before)) {
            log(
                    Level.WARNING,
                    "was deleted and made again, or this is another Vault: version " + before.latest()
                            + " is gone, and what it wrapped cannot be unwrapped; restore the key from a backup");
        } else if (!now.latest().equals(before.latest())) {
            log(Level.INFO, "was rotated: version " + now.latest() + " wraps now");
        }
        if (now.minDecryptionVersion() > before.minDecryptionVersion()) {
            log(
                    Level.WARNING,
                    "has min_decryption_version=" + now.minDecryptionVersion() + " now, no longer "
                            + before.minDecryptionVersion()
                            + ": what older versions wrapped is not unwrapped until that is set back");
        }
    }

    private void log(Level level, String what) {
        host.logger().log(level, "member {0}: the Transit key {1} {2}", host.member(), address, what);
    }
}
