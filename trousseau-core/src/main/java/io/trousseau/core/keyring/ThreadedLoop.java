package io.trousseau.core.keyring;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.NanoClock;
import io.trousseau.core.member.CallListener;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.core.member.Completion;
import io.trousseau.core.member.Member;
import io.trousseau.core.member.MemberCalls;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The real loop: one thread for decisions, and each member's own threads for its calls. */
final class ThreadedLoop implements Loop {
    private static final Logger LOG = System.getLogger(ThreadedLoop.class.getName());

    private final NanoClock clock = NanoClock.system();
    private final ScheduledThreadPoolExecutor decisions;
    private final Map<String, MemberCalls> calls = new HashMap<>();

    ThreadedLoop(String keyring, List<Member> members, CallListener listener) {
        decisions = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "trousseau-keyring-" + keyring);
            thread.setDaemon(true);
            return thread;
        });
        decisions.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        decisions.setRemoveOnCancelPolicy(true);
        members.forEach(member -> calls.put(member.name(), new MemberCalls(member, listener, clock)));
    }

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    @Override
    public Instant wallTime() {
        return Instant.now();
    }

    @Override
    public double jitter() {
        return ThreadLocalRandom.current().nextDouble();
    }

    @Override
    public void execute(Runnable task) {
        try {
            decisions.execute(() -> runLogged(task));
        } catch (RejectedExecutionException e) {
            LOG.log(Level.TRACE, "closed", e);
        }
    }

    @Override
    public void schedule(Duration delay, Runnable task) {
        Future<?> unused = scheduleCancellable(delay, task);
    }

    private @Nullable Future<?> scheduleCancellable(Duration delay, Runnable task) {
        try {
            return decisions.schedule(() -> runLogged(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.TRACE, "closed", e);
            return null;
        }
    }

    private static void runLogged(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // A defect in one decision must not stop the others, and must not go unseen.
            LOG.log(Level.ERROR, "a decision of the keyring failed", e);
        }
    }

    @Override
    public <T> Runnable call(
            Member member,
            Purpose purpose,
            Duration timeout,
            BiFunction<KekHandle, Deadline, T> work,
            Completion<T> completion) {
        MemberCalls memberCalls = Objects.requireNonNull(calls.get(member.name()));
        Deadline deadline = Deadline.after(timeout, clock);
        AtomicBoolean ended = new AtomicBoolean();
        Future<?> running = memberCalls.call(purpose, deadline, handle -> work.apply(handle, deadline), (answer, e) -> {
            if (ended.compareAndSet(false, true)) {
                execute(() -> completion.done(answer, e));
            }
        });
        Future<?> timer = scheduleCancellable(timeout, () -> {
            if (ended.compareAndSet(false, true)) {
                running.cancel(true);
                completion.done(
                        null,
                        new KmsException(
                                Code.TIMEOUT,
                                "member " + member.name() + " did not answer within " + timeout.toMillis() + " ms"));
            }
        });
        return () -> {
            if (ended.compareAndSet(false, true)) {
                running.cancel(true);
            }
            if (timer != null) {
                timer.cancel(false);
            }
        };
    }

    @Override
    public void close() {
        decisions.shutdown();
        calls.values().forEach(MemberCalls::close);
    }
}
