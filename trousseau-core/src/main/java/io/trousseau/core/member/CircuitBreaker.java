package io.trousseau.core.member;

import java.time.Duration;

/**
 * Decides whether a member is asked at all. Pure: it holds no thread, lock or clock.
 *
 * <p>Closed, it lets everything through. After {@link #THRESHOLD} transient failures in a row it is open and lets nothing
 * through for a while, which doubles from 1 s to 30 s; then it lets one call through and the outcome decides. A success,
 * also of a probe, which does not ask the breaker, closes it.
 *
 * @param failures transient failures in a row
 * @param restsUntil on the monotonic clock in nanoseconds: before it no call goes through; meaningful if {@code failures}
 *     is at least the threshold
 */
record CircuitBreaker(int failures, long restsUntil) {
    /** This many transient failures in a row open the breaker. */
    static final int THRESHOLD = 5;

    private static final Duration FIRST_REST = Duration.ofSeconds(1);
    private static final Duration LONGEST_REST = Duration.ofSeconds(30);

    /** A closed breaker. */
    static final CircuitBreaker CLOSED = new CircuitBreaker(0, 0);

    /** Whether a call may be made now. */
    boolean allows(long now) {
        return failures < THRESHOLD || now - restsUntil >= 0;
    }

    /** How long until a call may be made, if none may be made now. */
    Duration rest(long now) {
        return Duration.ofNanos(Math.max(0, restsUntil - now));
    }

    /** The state once a call was let through: while one tries, others wait. */
    CircuitBreaker entered(long now) {
        return failures < THRESHOLD ? this : new CircuitBreaker(failures, now + FIRST_REST.toNanos());
    }

    /** The state after a success, or after a failure that shows the KMS alive. */
    CircuitBreaker succeeded() {
        return CLOSED;
    }

    /** The state after a transient failure. */
    CircuitBreaker failed(long now) {
        int count = Math.min(failures + 1, 1_000_000);
        if (count < THRESHOLD) {
            return new CircuitBreaker(count, 0);
        }
        int doublings = Math.min(count - THRESHOLD, 5);
        Duration rest = FIRST_REST.multipliedBy(1L << doublings);
        return new CircuitBreaker(count, now + (rest.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : rest).toNanos());
    }
}
