package io.trousseau.core.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.NanoClock;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.ManualClock;
import io.trousseau.testkit.kek.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The calls at a member")
@Timeout(60)
class MemberCallsTest {
    private static final int THREADS = 16;
    private static final int QUEUE = 1024;

    private final InMemoryKek key = InMemoryKek.create("kek-a");
    private final FaultyKek kms = new FaultyKek(key.open());
    private final ConcurrentLinkedQueue<String> attempts = new ConcurrentLinkedQueue<>();
    private final MemberCalls calls = new MemberCalls(
            Member.of("slow", "vault", kms),
            (member, operation, purpose, duration, failure) ->
                    attempts.add(member + " " + operation + " " + purpose + " " + failure),
            NanoClock.system());

    @AfterEach
    void close() {
        kms.heal();
        calls.close();
    }

    private static <T> CompletableFuture<T> call(
            MemberCalls calls, Purpose purpose, Duration deadline, Function<KekHandle, T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        calls.call(purpose, Deadline.after(deadline), work, (answer, failure) -> {
            boolean first = failure == null ? result.complete(answer) : result.completeExceptionally(failure);
            if (!first) {
                throw new AssertionError("completed twice");
            }
        });
        return result;
    }

    private static CompletableFuture<KekDescription> describe(MemberCalls calls) {
        return call(calls, Purpose.OPEN, Duration.ofMinutes(1), kek -> kek.describe(minute()));
    }

    private static Deadline minute() {
        return Deadline.after(Duration.ofMinutes(1));
    }

    private static Code codeOf(CompletableFuture<?> failed) throws Exception {
        try {
            Object answer = failed.get(30, TimeUnit.SECONDS);
            throw new AssertionError("answered " + answer);
        } catch (ExecutionException e) {
            return ((KmsException) e.getCause()).code();
        }
    }

    private static List<String> threads(String member) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("trousseau-" + member + "-"))
                .sorted()
                .toList();
    }

    @Test
    @DisplayName("are made on threads that carry the member's name")
    void threadNames() throws Exception {
        String name = call(
                        calls,
                        Purpose.OPEN,
                        Duration.ofMinutes(1),
                        kek -> Thread.currentThread().getName())
                .get();

        assertThat(name).isEqualTo("trousseau-slow-1");
    }

    @Test
    @DisplayName("that hang hold up neither the calls at another member nor who makes them")
    void bulkhead() throws Exception {
        kms.always(Fault.hang());
        List<CompletableFuture<KekDescription>> hanging = new ArrayList<>();
        for (int i = 0; i < THREADS + 10; i++) {
            hanging.add(describe(calls));
        }
        await().until(() -> kms.held() == THREADS);

        try (MemberCalls other = new MemberCalls(
                Member.of("quick", "vault", InMemoryKek.create("kek-b").open()),
                CallListener.NONE,
                NanoClock.system())) {
            assertThat(describe(other).get(30, TimeUnit.SECONDS).current().identity())
                    .isEqualTo("kek-b");
        }
        assertThat(hanging).noneMatch(CompletableFuture::isDone);

        kms.heal();
        for (CompletableFuture<KekDescription> call : hanging) {
            assertThat(call.get(30, TimeUnit.SECONDS).current()).isEqualTo(key.current());
        }
    }

    @Test
    @DisplayName("are refused at once when too many wait already")
    void refusal() throws Exception {
        kms.always(Fault.hang());
        List<CompletableFuture<KekDescription>> admitted = new ArrayList<>();
        for (int i = 0; i < THREADS + QUEUE; i++) {
            admitted.add(describe(calls));
        }

        assertThat(codeOf(describe(calls))).isEqualTo(Code.THROTTLED);

        kms.heal();
        for (CompletableFuture<KekDescription> call : admitted) {
            assertThat(call.get(30, TimeUnit.SECONDS)).isNotNull();
        }
        assertThat(describe(calls).get(30, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    @DisplayName("are not started once their deadline has passed while they waited")
    void waitedTooLong() throws Exception {
        kms.always(Fault.hang());
        for (int i = 0; i < THREADS; i++) {
            describe(calls);
        }
        CompletableFuture<String> late = call(calls, Purpose.OPEN, Duration.ZERO, kek -> "started");
        kms.heal();

        assertThat(codeOf(late)).isEqualTo(Code.TIMEOUT);
    }

    @Test
    @DisplayName("can be given up, which interrupts them")
    void cancellation() {
        kms.always(Fault.hang());
        Future<?> running = calls.call(Purpose.OPEN, minute(), kek -> kek.describe(minute()), (answer, failure) -> {});
        await().until(() -> kms.held() == 1);

        running.cancel(true);

        await().until(() -> kms.held() == 0);
        assertThat(attempts).containsExactly("slow DESCRIBE OPEN INTERRUPTED");
    }

    @Test
    @DisplayName("that open or protect are repeated after a passing failure; a probe tells of its one attempt")
    void probesAreSingle() throws Exception {
        kms.next(Operation.DESCRIBE, Fault.error(Code.UNAVAILABLE));
        describe(calls).get(30, TimeUnit.SECONDS);
        assertThat(attempts).containsExactly("slow DESCRIBE OPEN UNAVAILABLE", "slow DESCRIBE OPEN null");

        attempts.clear();
        kms.next(Operation.DESCRIBE, Fault.error(Code.UNAVAILABLE));
        assertThat(codeOf(call(calls, Purpose.PROBE, Duration.ofMinutes(1), kek -> kek.describe(minute()))))
                .isEqualTo(Code.UNAVAILABLE);
        assertThat(attempts).containsExactly("slow DESCRIBE PROBE UNAVAILABLE");
    }

    @Test
    @DisplayName("share one circuit breaker, which a good probe closes")
    void sharedBreaker() throws Exception {
        try (MemberCalls broken =
                new MemberCalls(Member.of("broken", "vault", kms), CallListener.NONE, new ManualClock())) {
            kms.always(Fault.error(Code.INTERNAL));
            for (int i = 0; i < 5; i++) {
                assertThat(codeOf(describe(broken))).isEqualTo(Code.INTERNAL);
            }
            kms.heal();
            assertThat(codeOf(call(
                            broken,
                            Purpose.PROTECT,
                            Duration.ofMinutes(1),
                            kek -> kek.describe(Deadline.after(Duration.ofSeconds(1))))))
                    .isEqualTo(Code.UNAVAILABLE);
            assertThat(kms.calls(Operation.DESCRIBE)).isEqualTo(5);

            call(broken, Purpose.PROBE, Duration.ofMinutes(1), kek -> kek.describe(minute()))
                    .get(30, TimeUnit.SECONDS);

            assertThat(describe(broken).get(30, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    @DisplayName("end with an internal failure if what is done with the handle fails, whatever the class")
    void defects() throws Exception {
        assertThat(codeOf(call(calls, Purpose.OPEN, Duration.ofMinutes(1), kek -> {
                    throw new IllegalStateException("defect");
                })))
                .isEqualTo(Code.INTERNAL);
        assertThat(codeOf(call(calls, Purpose.OPEN, Duration.ofMinutes(1), kek -> {
                    throw new NoClassDefFoundError("defect");
                })))
                .isEqualTo(Code.INTERNAL);
    }

    @Test
    @DisplayName("end when they are closed: what runs is interrupted, the handle is closed, the threads stop")
    void closing() throws Exception {
        kms.always(Fault.hang());
        CompletableFuture<KekDescription> running = describe(calls);
        await().until(() -> kms.held() == 1);

        calls.close();
        calls.close();

        assertThat(codeOf(running)).isIn(Code.INTERRUPTED, Code.CLOSED);
        await().untilAsserted(() -> assertThat(threads("slow")).isEmpty());
        assertThat(codeOf(describe(calls))).isEqualTo(Code.CLOSED);
        assertThat(kms.held()).isZero();
    }

    @Test
    @DisplayName("are closed even if the provider breaks its promise that closing never fails")
    void closingFails() {
        MemberCalls defectiveCalls = new MemberCalls(
                Member.of("defective", "vault", StubKek.failingToClose()), CallListener.NONE, NanoClock.system());

        defectiveCalls.close();

        assertThat(describe(defectiveCalls)).isCompletedExceptionally();
    }
}
