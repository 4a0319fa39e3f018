package io.trousseau.core.member;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.core.member.CallListener.Operation;
import java.time.Duration;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * The one retry layer: repeats what may succeed if repeated, with full jitter, as long as the deadline allows.
 *
 * <p>The pause before attempt n is a random part of 50 ms · 2^(n−1), at most 1 s, and at least what the KMS asked for. An
 * attempt that would start after half of what is left has been waited away is not made: the failure is told at once, so
 * that the caller can turn to another member.
 */
final class RetryingKek extends ForwardingKek {
    private static final int MAX_ATTEMPTS = 3;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** Waits; the seam for virtual time. */
    interface Pause {
        void await(Duration duration) throws InterruptedException;
    }

    private final RandomGenerator random;
    private final Pause pause;

    RetryingKek(KekHandle inner, RandomGenerator random, Pause pause) {
        super(inner);
        this.random = random;
        this.pause = pause;
    }

    @Override
    <T> T around(Operation operation, Deadline deadline, Function<Deadline, T> call) {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.apply(deadline);
            } catch (KmsException e) {
                if (!e.code().isRetryable() || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                Duration wait = jittered(attempt);
                if (e.retryAfter().isPresent() && e.retryAfter().get().compareTo(wait) > 0) {
                    wait = e.retryAfter().get();
                }
                // Not twice the wait: what a KMS asks for may be too long to be doubled.
                if (wait.compareTo(deadline.remaining().dividedBy(2)) > 0) {
                    throw e;
                }
                awaitOrThrow(wait, e);
            }
        }
    }

    private Duration jittered(int attempt) {
        Duration ceiling = FIRST_PAUSE.multipliedBy(1L << (attempt - 1));
        Duration capped = ceiling.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : ceiling;
        return Duration.ofNanos(random.nextLong(capped.toNanos() + 1));
    }

    private void awaitOrThrow(Duration wait, KmsException failure) {
        try {
            pause.await(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            KmsException interrupted =
                    new KmsException(Code.INTERRUPTED, "interrupted while waiting to try again", failure);
            interrupted.addSuppressed(e);
            throw interrupted;
        }
    }
}
