package io.trousseau.core.keyring;

import static io.trousseau.core.keyring.Keyrings.AAD;
import static io.trousseau.core.keyring.Keyrings.PAYLOAD;
import static io.trousseau.core.keyring.Keyrings.PURPOSE;
import static io.trousseau.core.keyring.Keyrings.codeOf;
import static io.trousseau.core.keyring.Keyrings.config;
import static io.trousseau.core.keyring.Keyrings.failureOf;
import static io.trousseau.core.keyring.Keyrings.open;
import static io.trousseau.core.keyring.Keyrings.openAsync;
import static io.trousseau.core.keyring.Keyrings.seal;
import static io.trousseau.core.keyring.Keyrings.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.KmsException;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.keyring.KeyringException.Code;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.localkek.WornOutException;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("A keyring that is closed")
@Timeout(120)
class KeyringCloseTest {
    private final InMemoryKek a = InMemoryKek.create("kek-a");
    private final FaultyKek kms = new FaultyKek(a.open());

    private Envelope sealedBefore() {
        try (Keyring writer = open(a.open())) {
            return seal(writer);
        }
    }

    private static List<String> threads(String keyring) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name ->
                        name.startsWith("trousseau-keyring-" + keyring) || name.startsWith("trousseau-member-0-"))
                .toList();
    }

    @Test
    @DisplayName("does nothing any more, and says so")
    void nothingAnyMore() {
        Envelope unknown = sealedBefore();
        Keyring keyring = open(kms);
        Envelope known = seal(keyring);
        KeyringSession session = keyring.newSession();
        session.status();

        keyring.close();
        keyring.close();

        assertThat(codeOf(() -> seal(keyring))).isEqualTo(Code.CLOSED);
        assertThat(codeOf(() -> session.seal(PAYLOAD, PURPOSE, AAD))).isEqualTo(Code.CLOSED);
        assertThat(codeOf(() -> open(keyring, known))).isEqualTo(Code.CLOSED);
        assertThat(codeOf(() -> keyring.reseal(known, PURPOSE, AAD, soon()))).isEqualTo(Code.CLOSED);
        assertThat(failureOf(openAsync(keyring, unknown)).code()).isEqualTo(Code.CLOSED);
        assertThat(keyring.isCurrent(known)).isFalse();
        assertThat(keyring.status().serving()).isEqualTo(Serving.CLOSED);
        assertThat(keyring.status().keyId()).isEmpty();
        assertThat(keyring.status().cachedLocalKeks()).isZero();
        assertThat(keyring.settled()).isDone();
        assertThat(keyring.heartbeat()).isDone();
    }

    @Test
    @DisplayName("has closed its members' handles and stopped its threads")
    void threadsStop() {
        Keyring keyring = open(KeyringConfig.named("closing"), kms);
        seal(keyring);
        assertThat(threads("closing")).isNotEmpty();

        keyring.close();

        await().untilAsserted(() -> assertThat(threads("closing")).isEmpty());
        assertThat(catchThrowableOfType(KmsException.class, () -> kms.describe(soon()))
                        .code())
                .isEqualTo(KmsException.Code.CLOSED);
    }

    @Test
    @DisplayName("has wiped the local KEK that sealed, even if its cache had let it go")
    void wiped() {
        Envelope other = sealedBefore();
        for (int cached : new int[] {1, 100}) {
            Keyring keyring = open(config().maxCachedLocalKeks(cached), a.open());
            seal(keyring);
            LocalKek localKek = keyring.snapshot().protection().localKek();
            open(keyring, other);

            keyring.close();

            assertThatExceptionOfType(WornOutException.class)
                    .as("%d cached", cached)
                    .isThrownBy(localKek::copyKey);
        }
    }

    @Test
    @DisplayName("fails the opens that are under way, at once")
    void underWay() {
        Envelope envelope = sealedBefore();
        Keyring keyring = open(kms);
        seal(keyring);
        kms.always(Operation.UNWRAP, Fault.hang());
        CompletableFuture<byte[]> waiting = openAsync(keyring, envelope);
        await().until(() -> kms.held() >= 1);

        keyring.close();

        assertThat(waiting).isCompletedExceptionally();
        assertThat(failureOf(waiting).code()).isEqualTo(Code.CLOSED);
    }

    /** The keyring's own thread is kept busy, so that an open is still in its queue when the keyring is closed. */
    @Test
    @DisplayName("fails the opens that it has not yet begun, at once")
    void notYetBegun() throws InterruptedException {
        Envelope envelope = sealedBefore();
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        KeyringListener blocking = new KeyringListener() {
            @Override
            public void attempted(
                    String member,
                    Operation operation,
                    Purpose purpose,
                    Duration duration,
                    KmsException.@Nullable Code failure) {}

            @Override
            public void promoted(KeyId keyId) {
                busy.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        Keyring keyring = open(config(), blocking, kms);
        try {
            assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<byte[]> queued = openAsync(keyring, envelope);

            keyring.close();

            assertThat(queued).isCompletedExceptionally();
            assertThat(failureOf(queued).code()).isEqualTo(Code.CLOSED);
        } finally {
            goOn.countDown();
        }
    }

    @RepeatedTest(20)
    @DisplayName("in the midst of everything ends every call, and each as closed or as done")
    void inTheMidst() throws Exception {
        Envelope unknown = sealedBefore();
        Keyring keyring = open(kms);
        Envelope known = seal(keyring);
        ExecutorService callers = Executors.newFixedThreadPool(6);
        try {
            CountDownLatch started = new CountDownLatch(6);
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int kind = i % 3;
                calls.add(callers.submit(() -> {
                    started.countDown();
                    while (true) {
                        Code code = codeOrNull(() -> {
                            if (kind == 0) {
                                seal(keyring);
                            } else {
                                open(keyring, kind == 1 ? known : unknown);
                            }
                        });
                        if (code != null) {
                            assertThat(code).isEqualTo(Code.CLOSED);
                            return;
                        }
                    }
                }));
            }
            assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();

            keyring.close();

            for (Future<?> call : calls) {
                call.get(30, TimeUnit.SECONDS);
            }
            assertThat(keyring.status().cachedLocalKeks()).isZero();
        } finally {
            callers.shutdownNow();
        }
    }

    private static @Nullable Code codeOrNull(Runnable operation) {
        try {
            operation.run();
            return null;
        } catch (KeyringException e) {
            return e.code();
        }
    }
}
