package io.trousseau.core.keyring;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.core.member.Completion;
import io.trousseau.core.member.Member;
import io.trousseau.testkit.kek.Pause;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;

/**
 * Virtual time for loops: one thread, no waiting, the same events in the same order for the same seed.
 *
 * <p>A call is made at once, and its answer arrives when the scripted time has passed: 1 to 9 ms drawn from the seed, and
 * whatever the member's faults spend through {@link #pause}.
 */
final class SimulatedLoop {
    private record Event(long at, long order, Runnable task) {}

    private final PriorityQueue<Event> events = new PriorityQueue<>(
            (a, b) -> a.at() != b.at() ? Long.compare(a.at(), b.at()) : Long.compare(a.order(), b.order()));
    private final Random random;
    private final Map<Purpose, Integer> calls = new HashMap<>();
    private long now;
    private long order;
    private long spentInCall;

    SimulatedLoop(long seed) {
        this.random = new Random(seed);
    }

    /** How scripted delays pass: they are added to the time of the call under way. */
    Pause pause() {
        return (time, released) -> spentInCall += time.toNanos();
    }

    /** Lets time pass, with all that happens in it. */
    void run(Duration time) {
        long until = now + time.toNanos();
        while (!events.isEmpty() && events.peek().at() <= until) {
            Event event = events.poll();
            now = event.at();
            event.task().run();
        }
        now = until;
    }

    /** How many calls were made for a purpose, at all members. */
    int calls(Purpose purpose) {
        return calls.getOrDefault(purpose, 0);
    }

    /** How much is yet to happen. */
    int scheduled() {
        return events.size();
    }

    /** The reading of the virtual clock. */
    long nanoTime() {
        return now;
    }

    private Event at(long time, Runnable task) {
        Event event = new Event(time, order++, task);
        events.add(event);
        return event;
    }

    /** A loop of one process. */
    Loop newLoop() {
        return new ProcessLoop();
    }

    private final class ProcessLoop implements Loop {
        private boolean closed;

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public Instant wallTime() {
            return Instant.EPOCH.plusNanos(now);
        }

        @Override
        public double jitter() {
            return random.nextDouble();
        }

        @Override
        public void execute(Runnable task) {
            schedule(Duration.ZERO, task);
        }

        @Override
        public Runnable schedule(Duration delay, Runnable task) {
            Event event = at(now + delay.toNanos(), () -> {
                if (!closed) {
                    task.run();
                }
            });
            return () -> events.remove(event);
        }

        @Override
        public <T> Runnable call(
                Member member,
                Purpose purpose,
                Duration timeout,
                BiFunction<KekHandle, Deadline, T> work,
                Completion<T> completion) {
            calls.merge(purpose, 1, Integer::sum);
            spentInCall = Duration.ofMillis(1 + random.nextInt(9)).toNanos();
            Deadline deadline = Deadline.after(timeout, () -> now + spentInCall);
            T answer = null;
            KmsException failure = null;
            try {
                answer = work.apply(member.handle(), deadline);
            } catch (KmsException e) {
                failure = e;
            } catch (RuntimeException e) {
                failure = new KmsException(
                        Code.INTERNAL,
                        "the provider failed with " + e.getClass().getName(),
                        e);
            }
            if (spentInCall >= timeout.toNanos()) {
                answer = null;
                failure = new KmsException(Code.TIMEOUT, "member " + member.name() + " did not answer");
            }
            AtomicBoolean cancelled = new AtomicBoolean();
            T result = answer;
            KmsException problem = failure;
            schedule(Duration.ofNanos(Math.min(spentInCall, timeout.toNanos())), () -> {
                if (!cancelled.get()) {
                    completion.done(result, problem);
                }
            });
            return () -> cancelled.set(true);
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
