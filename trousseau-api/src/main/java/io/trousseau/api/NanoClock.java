package io.trousseau.api;

/**
 * A monotonic clock: the seam at which tests put virtual time. Its reading has meaning only as a difference from another
 * reading of the same clock.
 */
@FunctionalInterface
public interface NanoClock {
    /** The reading of this moment, in nanoseconds. */
    long nanoTime();

    /** The clock of the JVM, {@link System#nanoTime()}. */
    static NanoClock system() {
        return System::nanoTime;
    }
}
