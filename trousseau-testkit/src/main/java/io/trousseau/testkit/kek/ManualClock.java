package io.trousseau.testkit.kek;

import io.trousseau.api.NanoClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it. Safe for use by several threads. */
public final class ManualClock implements NanoClock {
    private final AtomicLong nanos = new AtomicLong();

    /** Makes a clock that reads zero. */
    public ManualClock() {}

    @Override
    public long nanoTime() {
        return nanos.get();
    }

    /** Moves the clock ahead. */
    public void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
