package io.trousseau.server.admin;

import io.trousseau.api.KmsException;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.keyring.KeyringException;
import io.trousseau.core.keyring.KeyringListener;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells several listeners, in order, for example {@link Metrics} and {@link AuditLog}. */
public final class Listeners implements KeyringListener {
    private final List<KeyringListener> listeners;

    /** Tells the given ones. */
    public Listeners(KeyringListener... listeners) {
        this.listeners = List.of(listeners);
    }

    @Override
    public void attempted(
            String member,
            Operation operation,
            Purpose purpose,
            Duration duration,
            KmsException.@Nullable Code failure) {
        listeners.forEach(listener -> listener.attempted(member, operation, purpose, duration, failure));
    }

    @Override
    public void promoted(KeyId keyId) {
        listeners.forEach(listener -> listener.promoted(keyId));
    }

    @Override
    public void sealed() {
        listeners.forEach(KeyringListener::sealed);
    }

    @Override
    public void opened(boolean fromMemory) {
        listeners.forEach(listener -> listener.opened(fromMemory));
    }

    @Override
    public void refused(KeyringException.Code code) {
        listeners.forEach(listener -> listener.refused(code));
    }

    @Override
    public void damagedCopy(String member) {
        listeners.forEach(listener -> listener.damagedCopy(member));
    }
}
