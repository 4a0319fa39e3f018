package io.trousseau.provider.aws.sdk;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads on which the SDK may block while its caller leaves in time. Looking up a name, connecting to a host that does
 * not answer and fetching credentials cannot be interrupted; the caller's wait can. A thread that was left behind ends
 * with the SDK's own time-outs. Safe for use by several threads.
 */
public final class Workers implements AutoCloseable {
    private static final long IDLE_SECONDS = 30;

    private final ThreadPoolExecutor threads;
    private final Set<FutureTask<?>> running = ConcurrentHashMap.newKeySet();

    /**
     * Starts no thread yet.
     *
     * @param member in the threads' names
     */
    public Workers(String member) {
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "trousseau-aws-" + member + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Waits for a task until the deadline.
     *
     * @return its answer
     * @throws ExecutionException with what it threw
     * @throws KmsException {@link Code#TIMEOUT}, {@link Code#INTERRUPTED} or {@link Code#CLOSED}, if the task did not end
     *     for that reason
     */
    public <T> T call(Callable<T> task, Deadline deadline) throws ExecutionException {
        FutureTask<T> future = new FutureTask<>(task);
        start(future);
        try {
            return await(future, deadline);
        } finally {
            future.cancel(true);
        }
    }

    /**
     * Starts a task and does not wait.
     *
     * @throws KmsException {@link Code#CLOSED}
     */
    public void start(FutureTask<?> task) {
        running.removeIf(FutureTask::isDone);
        running.add(task);
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            throw new KmsException(Code.CLOSED, "the handle is closed", e);
        }
    }

    /** Waits for a task that was started, as {@link #call} does. */
    public <T> T await(FutureTask<T> task, Deadline deadline) throws ExecutionException {
        try {
            return task.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new KmsException(Code.TIMEOUT, "no answer in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KmsException(Code.INTERRUPTED, "interrupted", e);
        } catch (CancellationException e) {
            throw new KmsException(Code.CLOSED, "the handle is closed", e);
        }
    }

    /** Ends every wait with {@link Code#CLOSED}. Idempotent. */
    @Override
    public void close() {
        // Cancelled before they are interrupted, so that a wait ends with what it is and not with what that does to the
        // SDK.
        threads.shutdown();
        running.forEach(task -> task.cancel(true));
        threads.shutdownNow();
    }
}
