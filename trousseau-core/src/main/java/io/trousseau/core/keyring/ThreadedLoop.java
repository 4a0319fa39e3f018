package io.trousseau.core.keyring;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.NanoClock;
import io.trousseau.api.UnwrapResult;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The real loop: one thread for decisions, and each member's own threads for its calls. */
final class ThreadedLoop implements Loop {
    private static final Logger LOG = System.getLogger(ThreadedLoop.class.getName());

    private final NanoClock clock = NanoClock.system();
    private final ScheduledThreadPoolExecutor decisions;
    private final Map<String, MemberCalls> calls = new HashMap<>();

    ThreadedLoop(String keyring, List<Member> members, CallListener listener) {
        this(decisions(keyring), members, listener);
    }

    /** Takes over a thread made by {@link #decisions}. */
    ThreadedLoop(ScheduledThreadPoolExecutor decisions, List<Member> members, CallListener listener) {
        this.decisions = decisions;
        members.forEach(member -> calls.put(member.name(), new MemberCalls(member, listener, clock)));
    }

    /** The one thread of a keyring's decisions, not started. */
    static ScheduledThreadPoolExecutor decisions(String keyring) {
        ScheduledThreadPoolExecutor decisions = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "trousseau-keyring-" + keyring);
            thread.setDaemon(true);
            return thread;
        });
        decisions.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        decisions.setRemoveOnCancelPolicy(true);
        return decisions;
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
        accepts(task);
    }

    /** Like {@link #execute}; false once closed. */
    private boolean accepts(Runnable task) {
        try {
            decisions.execute(() -> runLogged(task));
            return true;
        } catch (RejectedExecutionException e) {
            LOG.log(Level.TRACE, "closed", e);
            return false;
        }
    }

    @Override
    public Runnable schedule(Duration delay, Runnable task) {
        try {
            Future<?> timer = decisions.schedule(() -> runLogged(task), delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> timer.cancel(false);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.TRACE, "closed", e);
            return () -> {};
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
        PendingCall<T> pending = new PendingCall<>(completion);
        Future<?> running = memberCalls.call(purpose, deadline, handle -> work.apply(handle, deadline), (answer, e) -> {
            pending.answered();
            if (!accepts(() -> pending.end(answer, e))) {
                wipe(answer);
            }
        });
        pending.stopOnAnswer(schedule(timeout, () -> {
            running.cancel(true);
            pending.end(
                    null,
                    new KmsException(
                            Code.TIMEOUT,
                            "member " + member.name() + " did not answer within " + timeout.toMillis() + " ms"));
        }));
        return () -> {
            pending.giveUp();
            running.cancel(true);
        };
    }

    private static void wipe(@Nullable Object answer) {
        if (answer instanceof UnwrapResult secret) {
            secret.close();
        }
    }

    /** Sees to it that a call ends once, whatever comes first: its answer, its time-out or its cancellation. */
    private static final class PendingCall<T> {
        private final Completion<T> completion;
        private final CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();

        // Belongs to the loop's thread.
        private boolean ended;

        PendingCall(Completion<T> completion) {
            this.completion = completion;
        }

        /** The time-out has become pointless. Any thread. */
        void answered() {
            answer.complete(null);
        }

        void stopOnAnswer(Runnable timer) {
            CompletableFuture<@Nullable Void> unused = answer.thenRun(timer);
        }

        void end(@Nullable T result, @Nullable KmsException failure) {
            if (ended) {
                wipe(result);
                return;
            }
            ended = true;
            completion.done(result, failure);
        }

        void giveUp() {
            ended = true;
            answered();
        }
    }

    @Override
    public void close() {
        decisions.shutdown();
        calls.values().forEach(MemberCalls::close);
    }
}
