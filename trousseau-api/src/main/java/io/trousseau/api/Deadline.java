package io.trousseau.api;

import java.time.Duration;

/** A moment on a monotonic clock at which a call gives up. Immutable. */
public final class Deadline {
    private final NanoClock clock;
    private final long at;

    private Deadline(NanoClock clock, long at) {
        this.clock = clock;
        this.at = at;
    }

    /**
     * The moment {@code timeout} from now on the JVM's clock.
     *
     * @param timeout zero or negative gives a deadline that has passed
     */
    public static Deadline after(Duration timeout) {
        return after(timeout, NanoClock.system());
    }

    /**
     * The moment {@code timeout} from now on {@code clock}.
     *
     * @param timeout zero or negative gives a deadline that has passed; capped at about 146 years
     */
    public static Deadline after(Duration timeout, NanoClock clock) {
        return new Deadline(clock, clock.nanoTime() + nanos(timeout));
    }

    /** What is left, zero once the deadline has passed; never negative. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, at - clock.nanoTime()));
    }

    /** Whether nothing is left. */
    public boolean hasPassed() {
        return at - clock.nanoTime() <= 0;
    }

    /** The earlier of this deadline and the moment {@code timeout} from now on the same clock. */
    public Deadline within(Duration timeout) {
        long other = clock.nanoTime() + nanos(timeout);
        return other - at < 0 ? new Deadline(clock, other) : this;
    }

    private static long nanos(Duration timeout) {
        // Half of the range, so that differences of readings cannot overflow.
        Duration cap = Duration.ofNanos(Long.MAX_VALUE / 2);
        return timeout.isNegative() ? 0 : (timeout.compareTo(cap) > 0 ? cap : timeout).toNanos();
    }

    /** What is left. */
    @Override
    public String toString() {
        return "Deadline[" + remaining().toMillis() + " ms left]";
    }
}
