package io.trousseau.core.keyring;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.core.member.Completion;
import io.trousseau.core.member.Member;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiFunction;

/**
 * What the engine stands on: one thread on which all of its decisions run, time, and blocking calls made elsewhere. The
 * seam at which tests put virtual time.
 */
interface Loop extends AutoCloseable {
    /** The monotonic clock. */
    long nanoTime();

    /** The time of day. */
    Instant wallTime();

    /** A number from 0 up to 1, for jitter. */
    double jitter();

    /** Runs a task on the loop's thread, soon. Does nothing once closed. */
    void execute(Runnable task);

    /**
     * Runs a task on the loop's thread after a time. Does nothing once closed.
     *
     * @return cancels: the task is forgotten if it has not begun
     */
    Runnable schedule(Duration delay, Runnable task);

    /**
     * Makes a blocking call at a member. The completion runs once, on the loop's thread, at the latest when {@code timeout}
     * has passed: then with {@link io.trousseau.api.KmsException.Code#TIMEOUT}, and the call is interrupted. An answer that
     * comes after that, or after the call was cancelled, is wiped.
     *
     * @return cancels, on the loop's thread: interrupts the call, and the completion does not run
     */
    <T> Runnable call(
            Member member,
            Purpose purpose,
            Duration timeout,
            BiFunction<KekHandle, Deadline, T> work,
            Completion<T> completion);

    /** Stops all threads, after what {@link #execute} was given before, and closes the members' handles. */
    @Override
    void close();
}
