package io.trousseau.core.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.KmsException;
import io.trousseau.api.UnwrapResult;
import io.trousseau.core.member.CallListener;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.core.member.Member;
import io.trousseau.testkit.kek.InMemoryKek;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The loop of a keyring")
@Timeout(60)
class ThreadedLoopTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final Member member =
            Member.of("slow", "mem", InMemoryKek.create("kek-a").open());
    private final ScheduledThreadPoolExecutor decisions = ThreadedLoop.decisions("loop");
    private final ThreadedLoop loop = new ThreadedLoop(decisions, List.of(member), CallListener.NONE);

    @AfterEach
    void close() {
        loop.close();
    }

    @Test
    @DisplayName("keeps no timer of a call that was answered")
    void answered() throws Exception {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        loop.<Integer>call(
                member, Purpose.OPEN, HOUR, (kek, deadline) -> 7, (seven, failure) -> answer.complete(seven));

        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(7);
        await().untilAsserted(() -> assertThat(decisions.getQueue()).isEmpty());
    }

    @Test
    @DisplayName("keeps no timer of a call that was given up, nor one that was cancelled")
    void cancelled() {
        CountDownLatch never = new CountDownLatch(1);
        Runnable call = loop.<Boolean>call(
                member,
                Purpose.OPEN,
                HOUR,
                (kek, deadline) -> {
                    try {
                        return never.await(1, TimeUnit.HOURS);
                    } catch (InterruptedException e) {
                        throw new KmsException(KmsException.Code.INTERRUPTED, "given up", e);
                    }
                },
                (answer, failure) -> {});
        Runnable timer = loop.schedule(HOUR, () -> {});
        assertThat(decisions.getQueue()).hasSize(2);

        loop.execute(call);
        timer.run();

        await().untilAsserted(() -> assertThat(decisions.getQueue()).isEmpty());
    }

    @Test
    @DisplayName(
            "does not complete a call that was given up while its answer waited for its turn, and wipes the answer")
    void givenUpAtTheLastMoment() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicReference<Runnable> giveUp = new AtomicReference<>();
        loop.execute(() -> {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            giveUp.get().run();
        });
        UnwrapResult secret = new UnwrapResult(new byte[] {1, 2, 3}, Optional.empty());
        AtomicReference<Thread> thread = new AtomicReference<>();
        AtomicInteger completions = new AtomicInteger();
        giveUp.set(loop.<UnwrapResult>call(
                member,
                Purpose.OPEN,
                HOUR,
                (kek, deadline) -> {
                    thread.set(Thread.currentThread());
                    return secret;
                },
                (answer, failure) -> completions.incrementAndGet()));
        // Then it has handed in its answer, and waits for another call.
        await().until(() -> thread.get() != null && thread.get().getState() == Thread.State.TIMED_WAITING);

        goOn.countDown();
        CountDownLatch after = new CountDownLatch(1);
        loop.execute(after::countDown);

        assertThat(after.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(completions).hasValue(0);
        assertThat(secret.plaintext()).containsOnly(0);
    }
}
