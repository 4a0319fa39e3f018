package io.trousseau.core.member;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.NanoClock;
import io.trousseau.core.member.CallListener.Purpose;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Makes blocking calls at one member on threads of its own: a bulkhead, so that a member that hangs uses up its own threads
 * and nobody else's.
 *
 * <p>At most {@value #THREADS} calls run at once and {@value #QUEUE} wait; more are refused at once. Safe for use by any
 * number of threads.
 */
public final class MemberCalls implements AutoCloseable {
    private static final Logger LOG = System.getLogger(MemberCalls.class.getName());
    private static final int THREADS = 16;
    private static final int QUEUE = 1024;

    private final Member member;
    private final Map<Purpose, KekHandle> handles = new EnumMap<>(Purpose.class);
    private final ThreadPoolExecutor threads;

    /**
     * Starts no thread yet.
     *
     * @param member whose handle is decorated and closed with this
     * @param listener hears of every attempt
     * @param clock for deadlines
     */
    public MemberCalls(Member member, CallListener listener, NanoClock clock) {
        this.member = member;
        AtomicReference<CircuitBreaker> breaker = new AtomicReference<>(CircuitBreaker.CLOSED);
        for (Purpose purpose : Purpose.values()) {
            KekHandle guarded = new GuardedKek(member.name(), member.handle());
            KekHandle observed = new ObservedKek(member.name(), purpose, listener, clock, guarded);
            // A probe tells the truth of one attempt, whatever the breaker thinks.
            boolean probe = purpose == Purpose.PROBE;
            KekHandle breaking = new BreakingKek(member.name(), breaker, !probe, clock, observed);
            handles.put(purpose, probe ? breaking : new RetryingKek(breaking, new Random(), MemberCalls::sleep));
        }
        AtomicInteger count = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUE), task -> {
                    Thread thread = new Thread(task, "trousseau-" + member.name() + "-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Makes a call on one of the member's threads. Returns at once.
     *
     * @param purpose why, for metrics; a probe is a single attempt around the circuit breaker
     * @param deadline after which the call is not started
     * @param work what to do with the handle
     * @param completion called once, on the member's thread, or on this one if the call is refused
     * @return cancel it to interrupt the call; the completion is then not promised
     */
    public <T> Future<?> call(
            Purpose purpose, Deadline deadline, Function<KekHandle, T> work, Completion<T> completion) {
        KekHandle handle = Objects.requireNonNull(handles.get(purpose));
        try {
            return threads.submit(() -> run(handle, deadline, work, completion));
        } catch (RejectedExecutionException e) {
            Code code = threads.isShutdown() ? Code.CLOSED : Code.THROTTLED;
            completion.done(
                    null,
                    new KmsException(
                            code,
                            code == Code.CLOSED
                                    ? "member " + member.name() + " is closed"
                                    : "member " + member.name() + " has " + QUEUE + " calls waiting already",
                            e));
            return CompletableFuture.completedFuture(null);
        }
    }

    private <T> void run(KekHandle handle, Deadline deadline, Function<KekHandle, T> work, Completion<T> completion) {
        T answer;
        try {
            if (deadline.hasPassed()) {
                throw new KmsException(
                        Code.TIMEOUT, "member " + member.name() + ": the deadline passed while the call waited");
            }
            answer = work.apply(handle);
        } catch (KmsException e) {
            completion.done(null, e);
            return;
        } catch (Throwable e) {
            // Whatever it is, who waits must hear of it.
            completion.done(
                    null, new KmsException(Code.INTERNAL, "member " + member.name() + ": unexpected failure", e));
            return;
        }
        completion.done(answer, null);
    }

    private static void sleep(Duration duration) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    }

    /** Interrupts what runs, forgets what waits, closes the handle and stops the threads. Idempotent, never throws. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            member.handle().close();
        } catch (RuntimeException | Error e) {
            // One provider's defect must not keep the others open.
            LOG.log(
                    Level.WARNING,
                    "member {0}: closing the KEK failed with {1}",
                    member.name(),
                    e.getClass().getName());
        }
    }
}
