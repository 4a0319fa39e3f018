package io.trousseau.core.keyring;

import io.trousseau.api.KmsException;
import io.trousseau.core.envelope.KeyId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Counts what a keyring tells its listener. */
final class Recorder implements KeyringListener {
    final AtomicInteger unwrapsToOpen = new AtomicInteger();
    final AtomicInteger sealed = new AtomicInteger();
    final AtomicInteger openedFromMemory = new AtomicInteger();
    final AtomicInteger openedByMembers = new AtomicInteger();
    final List<KeyId> promoted = new CopyOnWriteArrayList<>();
    final List<KeyringException.Code> refused = new CopyOnWriteArrayList<>();
    final List<String> damaged = new CopyOnWriteArrayList<>();

    @Override
    public void attempted(
            String member,
            Operation operation,
            Purpose purpose,
            Duration duration,
            KmsException.@Nullable Code failure) {
        if (operation == Operation.UNWRAP && purpose == Purpose.OPEN) {
            unwrapsToOpen.incrementAndGet();
        }
    }

    @Override
    public void promoted(KeyId keyId) {
        promoted.add(keyId);
    }

    @Override
    public void sealed() {
        sealed.incrementAndGet();
    }

    @Override
    public void opened(boolean fromMemory) {
        (fromMemory ? openedFromMemory : openedByMembers).incrementAndGet();
    }

    @Override
    public void refused(KeyringException.Code code) {
        refused.add(code);
    }

    @Override
    public void damagedCopy(String member) {
        damaged.add(member);
    }
}
