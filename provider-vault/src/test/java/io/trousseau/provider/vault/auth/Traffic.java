package io.trousseau.provider.vault.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.Vault;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls without a pause, as a busy server does, and keeps what failed. */
final class Traffic implements AutoCloseable {
    /** What each call may take: as long as an unwrap of Trousseau. */
    static final Duration TIME = Duration.ofSeconds(5);

    private final Vault vault;
    private final List<VaultException> failures = new CopyOnWriteArrayList<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final Thread thread = new Thread(this::run, "traffic");
    private volatile boolean ended;

    Traffic(Vault vault) {
        this.vault = vault;
        thread.start();
    }

    static void callOnce(Vault vault) {
        vault.call(VaultRequest.get("transit/keys/payments", Optional.empty()), Deadline.after(TIME))
                .close();
    }

    private void run() {
        while (!ended) {
            try {
                callOnce(vault);
            } catch (VaultException e) {
                failures.add(e);
            }
            calls.incrementAndGet();
        }
    }

    /** Waits for another two calls, and finds that none has failed so far. */
    void goesOn() {
        int before = calls.get();
        await().atMost(Duration.ofSeconds(20)).until(() -> calls.get() >= before + 2);
        assertThat(failures).isEmpty();
    }

    @Override
    public void close() {
        ended = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
