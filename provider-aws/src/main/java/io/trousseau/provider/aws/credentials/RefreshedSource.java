package io.trousseau.provider.aws.credentials;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.provider.aws.sdk.Workers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Credentials of a role, kept until shortly before they expire. New ones are fetched {@link #EARLY} before that, on a
 * thread of their own, while the old ones serve; only when there are none do callers wait. One fetch at a time, and when
 * one fails early the next begins after {@link #PAUSE}.
 */
final class RefreshedSource implements CredentialSource {
    static final Duration EARLY = Duration.ofMinutes(5);
    static final Duration PAUSE = Duration.ofSeconds(15);
    private static final Duration TOO_LATE = Duration.ofSeconds(20);
    private static final Duration FETCH = Duration.ofSeconds(10);

    private final Function<Deadline, Issued> fetch;
    private final CredentialSource base;
    private final Workers workers;
    private final InstantSource clock;
    private final Object lock = new Object();

    // Guarded by the lock.
    private @Nullable Issued current;
    private @Nullable FutureTask<Issued> fetching;
    private Instant nextFetch = Instant.MIN;

    /**
     * Fetches nothing yet.
     *
     * @param fetch gives credentials that expire; blocks
     * @param base closed with this
     */
    RefreshedSource(Function<Deadline, Issued> fetch, CredentialSource base, Workers workers, InstantSource clock) {
        this.fetch = fetch;
        this.base = base;
        this.workers = workers;
        this.clock = clock;
    }

    @Override
    public Issued get(Deadline deadline) {
        FutureTask<Issued> awaited;
        synchronized (lock) {
            Instant now = clock.instant();
            Issued held = current;
            if (held != null && !endsWithin(held, EARLY, now)) {
                return held;
            }
            Issued usable = held == null || endsWithin(held, TOO_LATE, now) ? null : held;
            if (fetching == null && !(usable != null && now.isBefore(nextFetch))) {
                FutureTask<Issued> task = new FutureTask<>(this::fetch);
                workers.start(task);
                fetching = task;
            }
            if (usable != null) {
                return usable;
            }
            awaited = fetching;
        }
        if (awaited == null) {
            throw new IllegalStateException("nothing is being fetched");
        }
        try {
            return workers.await(awaited, deadline);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KmsException ours) {
                throw new KmsException(ours.code(), String.valueOf(ours.getMessage()), ours);
            }
            throw new KmsException(Code.INTERNAL, "credentials cannot be fetched", e.getCause());
        }
    }

    private Issued fetch() {
        Issued fetched = null;
        try {
            fetched = fetch.apply(Deadline.after(FETCH));
            return fetched;
        } finally {
            synchronized (lock) {
                fetching = null;
                if (fetched == null) {
                    nextFetch = clock.instant().plus(PAUSE);
                } else {
                    current = fetched;
                }
            }
        }
    }

    private static boolean endsWithin(Issued issued, Duration time, Instant now) {
        return issued.expiresAt().filter(end -> !now.plus(time).isBefore(end)).isPresent();
    }

    @Override
    public void refused(Issued issued) {
        synchronized (lock) {
            if (issued.equals(current)) {
                current = null;
            }
        }
    }

    @Override
    public void close() {
        base.close();
    }
}
