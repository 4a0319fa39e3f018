package io.trousseau.testkit.kek;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** How scripted time passes: the seam at which tests put virtual time. Safe for use by several threads. */
@FunctionalInterface
public interface Pause {
    /**
     * Lets {@code time} pass, or less if {@code released} opens first.
     *
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    void pass(Duration time, CountDownLatch released) throws InterruptedException;

    /** Blocks the thread for real. */
    static Pause blocking() {
        return (time, released) -> {
            // What opens the latch is whatever ends the pause early; there is no difference to its caller.
            boolean unused = released.await(time.toNanos(), TimeUnit.NANOSECONDS);
        };
    }

    /** Moves {@code clock} ahead and returns at once. */
    static Pause advancing(ManualClock clock) {
        return (time, released) -> clock.advance(time);
    }
}
