package io.trousseau.testkit;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A call on a thread of its own, so that one that never comes back fails its test and does not stop the suite. */
final class Call<T> {
    private final String what;
    private final Thread thread;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile @Nullable Outcome<T> outcome;

    private Call(String what, @Nullable ThreadGroup group, Supplier<T> body) {
        this.what = what;
        this.thread = new Thread(group, () -> run(body), "contract-" + what.replace(' ', '-'));
        thread.setDaemon(true);
    }

    /** Starts {@code body}; {@code what} completes the sentence "… did not come back". */
    static <T> Call<T> start(String what, Supplier<T> body) {
        return start(what, null, body);
    }

    /** Starts {@code body} in {@code group}, which every thread that it starts inherits. */
    static <T> Call<T> start(String what, @Nullable ThreadGroup group, Supplier<T> body) {
        Call<T> call = new Call<>(what, group, body);
        call.thread.start();
        return call;
    }

    /** Waits until {@code condition} holds; fails if it does not within {@code limit}. */
    static void awaitUntil(String condition, Duration limit, BooleanSupplier holds) {
        long start = System.nanoTime();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new AssertionError(condition + " did not come true within " + limit.toMillis() + " ms");
            }
            pause();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("the test was interrupted", e);
        }
    }

    private void run(Supplier<T> body) {
        T value = null;
        Throwable thrown = null;
        try {
            value = body.get();
        } catch (Throwable e) {
            thrown = e;
        }
        outcome = new Outcome<>(value, thrown, Thread.currentThread().isInterrupted());
        done.countDown();
    }

    /** Interrupts the thread. */
    void interrupt() {
        thread.interrupt();
    }

    /** Waits for the end; fails, showing where the call stands, if it has not come within {@code limit}. */
    Outcome<T> await(Duration limit) {
        if (!endsWithin(limit)) {
            AssertionError stuck = new AssertionError(
                    what + " did not come back within " + limit.toMillis() + " ms; it stands as shown");
            stuck.setStackTrace(thread.getStackTrace());
            thread.interrupt();
            throw stuck;
        }
        return Objects.requireNonNull(outcome);
    }

    /** Waits for the end, no longer than {@code limit}; whether it has come. */
    boolean endsWithin(Duration limit) {
        try {
            return done.await(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("the test was interrupted", e);
        }
    }

    /**
     * How a call ended.
     *
     * @param value what it answered, {@code null} if it threw
     * @param thrown what it threw, {@code null} if it answered
     * @param interrupted whether the thread's interrupt flag was set at the end
     */
    record Outcome<T>(@Nullable T value, @Nullable Throwable thrown, boolean interrupted) {
        /** The answer; throws what the call threw. */
        T get() {
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
            if (thrown instanceof Error e) {
                throw e;
            }
            return Objects.requireNonNull(value, "the call answered null");
        }
    }
}
