package io.trousseau.core.keyring;

import static io.trousseau.core.keyring.Keyrings.AAD;
import static io.trousseau.core.keyring.Keyrings.PAYLOAD;
import static io.trousseau.core.keyring.Keyrings.PURPOSE;
import static io.trousseau.core.keyring.Keyrings.codeOf;
import static io.trousseau.core.keyring.Keyrings.config;
import static io.trousseau.core.keyring.Keyrings.failure;
import static io.trousseau.core.keyring.Keyrings.failureOf;
import static io.trousseau.core.keyring.Keyrings.open;
import static io.trousseau.core.keyring.Keyrings.openAsync;
import static io.trousseau.core.keyring.Keyrings.opens;
import static io.trousseau.core.keyring.Keyrings.seal;
import static io.trousseau.core.keyring.Keyrings.soon;
import static io.trousseau.core.keyring.Keyrings.withCopies;
import static io.trousseau.core.keyring.Keyrings.withHeader;
import static io.trousseau.core.keyring.Keyrings.withJunkCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.envelope.ShareMark;
import io.trousseau.core.keyring.KeyringException.Code;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A keyring among KMSes and readers that cannot be trusted")
@Timeout(120)
class KeyringHostileTest {
    private final InMemoryKek a = InMemoryKek.create("kek-a");
    private final InMemoryKek b = InMemoryKek.create("kek-b");
    private final InMemoryKek c = InMemoryKek.create("kek-c");
    private final FaultyKek kms = new FaultyKek(a.open());
    private final Recorder recorder = new Recorder();

    /** A keyring that probes so seldom that every unwrap after its start is one that a test asked for. */
    private static KeyringConfig.Builder quiet() {
        return config().probeInterval(Duration.ofHours(1));
    }

    @Nested
    @DisplayName("when a KMS wraps and says OK")
    class Wrapping {
        static Stream<Fault> nonsense() {
            return Stream.of(Fault.junk(), Fault.corrupt(), Fault.empty(), Fault.naming(new KekVersion("kek-a", "7")));
        }

        @ParameterizedTest
        @MethodSource("nonsense")
        @DisplayName("seals nothing under a copy that did not come back as what went in")
        void notCounted(Fault fault) {
            kms.always(Operation.WRAP, fault);
            try (Keyring keyring = open(kms)) {
                await().until(() -> kms.calls(Operation.WRAP) >= 3);
                assertThat(keyring.status().serving()).isEqualTo(Serving.STARTING);
                assertThat(keyring.status().keyId()).isEmpty();
                assertThat(keyring.status().healthy()).isFalse();

                kms.heal();

                opens(keyring, seal(keyring));
            }
        }

        @Test
        @DisplayName("goes on with the others, degraded, and counts the member once it answers sensibly")
        void others() {
            kms.always(Operation.WRAP, Fault.junk());
            try (Keyring keyring = open(config().writeQuorum(1).keyIdHold(Duration.ZERO), kms, b.open())) {
                Envelope envelope = seal(keyring);
                assertThat(envelope.header().kekPart().keks())
                        .extracting(kek -> kek.version().identity())
                        .containsExactly("kek-b");
                assertThat(keyring.status().degraded()).isTrue();

                kms.heal();
                await().until(() -> !keyring.status().degraded());

                assertThat(keyring.isCurrent(envelope)).isFalse();
                assertThat(seal(keyring).copies()).hasSize(2);
            }
        }

        @Test
        @DisplayName("does not take a copy for good that only its reading back spoiled")
        void readBackSpoiled() {
            kms.always(Operation.UNWRAP, Fault.junk());
            try (Keyring keyring = open(kms)) {
                await().until(() -> kms.calls(Operation.UNWRAP) >= 3);
                assertThat(keyring.status().serving()).isEqualTo(Serving.STARTING);
            }
        }
    }

    @Nested
    @DisplayName("when a KMS unwraps and says OK")
    class Unwrapping {
        private Envelope sealedBefore() {
            try (Keyring writer = open(a.open())) {
                return seal(writer);
            }
        }

        @Test
        @DisplayName("with junk: answers an error, remembers it, and opens once the KMS is sensible again")
        void junk() {
            Envelope envelope = sealedBefore();
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);
                kms.always(Operation.UNWRAP, Fault.junk());

                KeyringException e = failure(() -> open(keyring, envelope));
                assertThat(e.code()).isEqualTo(Code.NOT_AUTHENTIC);
                assertThat(e).hasMessageContaining("what it unwrapped is not what the envelope names");
                assertThat(recorder.damaged).containsExactly("member-0");

                kms.heal();
                await().until(() -> {
                    try {
                        return open(keyring, envelope).length == PAYLOAD.length;
                    } catch (KeyringException remembered) {
                        return false;
                    }
                });
            }
        }

        @Test
        @DisplayName("with junk, and another member can: opens by that one")
        void another() {
            Envelope envelope;
            try (Keyring writer = open(a.open(), b.open())) {
                envelope = seal(writer);
            }
            kms.always(Operation.UNWRAP, Fault.junk());
            try (Keyring keyring = open(quiet().writeQuorum(1), recorder, kms, b.open())) {
                opens(keyring, envelope);
            }
        }

        @Test
        @DisplayName("with another share than the envelope names: joins the shares of the others")
        void anotherShare() {
            Envelope envelope;
            try (Keyring writer = open(config().decryptThreshold(2).writeQuorum(3), a.open(), b.open(), c.open())) {
                envelope = seal(writer);
            }
            kms.always(Operation.UNWRAP, Fault.corrupt());
            try (Keyring keyring =
                    open(quiet().decryptThreshold(2).writeQuorum(2), recorder, kms, b.open(), c.open())) {
                opens(keyring, envelope);
            }
        }

        @Test
        @DisplayName("with nothing: takes it for an outage, not for a forgery")
        void empty() {
            Envelope envelope = sealedBefore();
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);
                kms.always(Operation.UNWRAP, Fault.empty());

                assertThat(codeOf(() -> open(keyring, envelope))).isEqualTo(Code.UNAVAILABLE);
            }
        }

        @ParameterizedTest
        @EnumSource(
                value = KmsException.Code.class,
                names = {"BAD_ANSWER", "INTERNAL", "UNAVAILABLE", "THROTTLED", "CLOSED", "INTERRUPTED"})
        @DisplayName("or fails in a way that says nothing of the envelope: does not call the envelope forged")
        void notTheEnvelopesFault(KmsException.Code code) {
            Envelope envelope = sealedBefore();
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);
                kms.always(Operation.UNWRAP, Fault.error(code));

                KeyringException e = failure(() -> open(keyring, envelope));
                assertThat(e.code()).isEqualTo(Code.UNAVAILABLE);
                assertThat(e).hasMessageContaining("member-0: " + code.label());
            }
        }

        @Test
        @DisplayName("or refuses the ciphertext, the caller or the KEK: says which")
        void verdicts() {
            Envelope envelope = sealedBefore();
            KmsException.Code[] codes = {
                KmsException.Code.INVALID_CIPHERTEXT,
                KmsException.Code.PERMISSION_DENIED,
                KmsException.Code.KEY_DESTROYED,
                KmsException.Code.TIMEOUT
            };
            Code[] expected = {Code.NOT_AUTHENTIC, Code.DENIED, Code.KEK_GONE, Code.TIMEOUT};
            for (int i = 0; i < codes.length; i++) {
                FaultyKek refusing = new FaultyKek(a.open());
                try (Keyring keyring = open(quiet(), refusing)) {
                    seal(keyring);
                    refusing.always(Operation.UNWRAP, Fault.error(codes[i]));

                    assertThat(codeOf(() -> open(keyring, envelope))).isEqualTo(expected[i]);
                }
            }
        }
    }

    @Nested
    @DisplayName("given a forged sibling of a genuine envelope")
    class Siblings {
        private Envelope sealedBefore(int threshold, InMemoryKek... keks) {
            try (Keyring writer = open(
                    config().decryptThreshold(threshold).writeQuorum(keks.length),
                    Stream.of(keks).map(InMemoryKek::open).toArray(KekHandle[]::new))) {
                return seal(writer);
            }
        }

        @Test
        @DisplayName("with junk copies, asked just before: answers the genuine reader, at once")
        void junkCopiesRemembered() {
            Envelope genuine = sealedBefore(1, a);
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);

                assertThat(codeOf(() -> open(keyring, withJunkCopies(genuine, 1))))
                        .isEqualTo(Code.NOT_AUTHENTIC);

                opens(keyring, genuine);
                assertThat(recorder.refused).containsExactly(Code.NOT_AUTHENTIC);
            }
        }

        @Test
        @DisplayName("with junk copies, still being asked for: does not let the genuine reader wait for its end")
        void junkCopiesUnderWay() {
            Envelope genuine = sealedBefore(1, a);
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);
                kms.next(Operation.UNWRAP, Fault.hang());
                CompletableFuture<byte[]> forged = openAsync(keyring, withJunkCopies(genuine, 2));
                await().until(() -> kms.held() == 1);

                opens(keyring, genuine);

                kms.heal();
                // It has the genuine sealed payload, so it may open, too, once the local KEK is known; never anything
                // else.
                await().until(forged::isDone);
            }
        }

        @Test
        @DisplayName("with other hashes of shares: answers the genuine reader, whichever was asked first")
        void otherShareMarks() {
            Envelope genuine = sealedBefore(2, a, b, c);
            Header header = genuine.header();
            List<ShareMark> marks = new ArrayList<>(header.shares());
            Collections.rotate(marks, 1);
            Envelope forged = withHeader(genuine, new Header(header.kekPart(), header.commitment(), marks));
            try (Keyring keyring = open(quiet().decryptThreshold(2), recorder, kms, b.open(), c.open())) {
                seal(keyring);

                assertThat(codeOf(() -> open(keyring, forged))).isEqualTo(Code.NOT_AUTHENTIC);
                opens(keyring, genuine);
                assertThat(codeOf(() -> open(keyring, forged))).isEqualTo(Code.NOT_AUTHENTIC);
            }
        }

        @Test
        @DisplayName("with copies of another local KEK: opens nothing by them, and leads nobody to that local KEK")
        void copiesOfAnother() {
            Envelope genuine = sealedBefore(1, a);
            Envelope other = sealedBefore(1, a);
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);

                assertThat(codeOf(() -> open(keyring, withCopies(genuine, other.copies()))))
                        .isEqualTo(Code.NOT_AUTHENTIC);
                assertThat(codeOf(() -> open(keyring, withHeader(other, genuine.header()))))
                        .isEqualTo(Code.NOT_AUTHENTIC);

                opens(keyring, genuine);
                opens(keyring, other);
            }
        }

        @Test
        @DisplayName("that states another epoch: is refused though its local KEK is known")
        void otherEpoch() {
            Envelope genuine = sealedBefore(1, a);
            KekPart part = genuine.header().kekPart();
            Header forged = new Header(
                    new KekPart(part.keyring(), part.epoch() + 1, 1, part.keks()),
                    genuine.header().commitment(),
                    List.of());
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                opens(keyring, genuine);

                assertThat(codeOf(() -> open(keyring, withHeader(genuine, forged))))
                        .isEqualTo(Code.NOT_AUTHENTIC);
            }
        }
    }

    @Nested
    @DisplayName("asked by many at once")
    class Crowds {
        private static final int READERS = 64;

        private Envelope sealedBefore() {
            try (Keyring writer = open(a.open())) {
                return seal(writer);
            }
        }

        @Test
        @DisplayName("for one local KEK: asks the KMS once")
        void coalesced() throws Exception {
            Envelope envelope = sealedBefore();
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);
                kms.always(Operation.UNWRAP, Fault.hang());
                List<CompletableFuture<byte[]>> readers = new ArrayList<>();
                for (int i = 0; i < READERS; i++) {
                    readers.add(openAsync(keyring, envelope));
                }
                await().until(() -> kms.held() >= 1);
                kms.heal();

                for (CompletableFuture<byte[]> reader : readers) {
                    assertThat(reader.get(30, TimeUnit.SECONDS)).containsExactly(PAYLOAD);
                }
                assertThat(recorder.unwrapsToOpen).hasValue(1);
                opens(keyring, envelope);
                assertThat(recorder.unwrapsToOpen).hasValue(1);
                assertThat(recorder.openedByMembers).hasValue(READERS);
                assertThat(recorder.openedFromMemory).hasValue(1);
            }
        }

        @Test
        @DisplayName("of whom some give up, and one runs out of time: answers the others")
        void someGiveUp() throws Exception {
            Envelope envelope = sealedBefore();
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);
                kms.always(Operation.UNWRAP, Fault.hang());
                CompletableFuture<byte[]> first = openAsync(keyring, envelope);
                CompletableFuture<byte[]> late = keyring.openAsync(
                        envelope, envelope.keyId().text(), PURPOSE, AAD, Deadline.after(Duration.ofMillis(10)));
                CompletableFuture<byte[]> patient = openAsync(keyring, envelope);
                await().until(() -> kms.held() >= 1);

                first.cancel(true);
                assertThat(failureOf(late).code()).isEqualTo(Code.TIMEOUT);
                kms.heal();

                assertThat(patient.get(30, TimeUnit.SECONDS)).containsExactly(PAYLOAD);
                assertThat(recorder.unwrapsToOpen).hasValue(1);
            }
        }

        @Test
        @DisplayName("for what cannot be opened: asks the KMS a few times, not every time")
        void negativeStorm() throws Exception {
            Envelope bad = withJunkCopies(sealedBefore(), 3);
            ExecutorService readers = Executors.newFixedThreadPool(16);
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);
                long start = System.nanoTime();
                List<Future<Code>> codes = new ArrayList<>();
                for (int i = 0; i < 1000; i++) {
                    codes.add(readers.submit(() -> codeOf(() -> open(keyring, bad))));
                }
                for (Future<Code> code : codes) {
                    assertThat(code.get(60, TimeUnit.SECONDS)).isEqualTo(Code.NOT_AUTHENTIC);
                }
                // A refusal is remembered for five seconds.
                long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
                assertThat(recorder.unwrapsToOpen.get()).isBetween(1, (int) (1 + seconds / 5 + 1));
                assertThat(recorder.refused).hasSize(1000);
            } finally {
                readers.shutdownNow();
            }
        }

        @Test
        @DisplayName("while the KMS is down: asks it again soon, and not every time")
        void outageStorm() {
            Envelope envelope = sealedBefore();
            try (Keyring keyring = open(quiet(), recorder, kms)) {
                seal(keyring);
                kms.always(Operation.UNWRAP, Fault.error(KmsException.Code.INTERNAL));
                long start = System.nanoTime();
                for (int i = 0; i < 1000; i++) {
                    assertThat(codeOf(() -> open(keyring, envelope))).isEqualTo(Code.UNAVAILABLE);
                }
                long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
                assertThat(recorder.unwrapsToOpen.get()).isBetween(1, (int) (1 + seconds + 1));

                kms.heal();
                await().ignoreExceptions().untilAsserted(() -> opens(keyring, envelope));
            }
        }
    }

    @Test
    @DisplayName("opens under the local KEK that it seals with though its cache has let it go and the KMS is down")
    void ownLocalKek() {
        Envelope other;
        try (Keyring writer = open(a.open())) {
            other = seal(writer);
        }
        try (Keyring keyring = open(quiet().maxCachedLocalKeks(1), recorder, kms)) {
            Envelope own = seal(keyring);
            opens(keyring, other);
            kms.always(Fault.error(KmsException.Code.UNAVAILABLE));

            opens(keyring, own);
        }
    }

    @Test
    @DisplayName("tells a caller whose deadline has passed just that")
    void deadline() {
        Envelope envelope;
        try (Keyring writer = open(a.open())) {
            envelope = seal(writer);
        }
        try (Keyring keyring = open(quiet(), recorder, kms)) {
            seal(keyring);
            kms.always(Operation.UNWRAP, Fault.hang());

            assertThat(codeOf(() -> keyring.open(envelope, PURPOSE, AAD, Deadline.after(Duration.ofMillis(20)))))
                    .isEqualTo(Code.TIMEOUT);
            Thread.currentThread().interrupt();
            assertThat(codeOf(() -> keyring.open(envelope, PURPOSE, AAD, soon())))
                    .isEqualTo(Code.INTERRUPTED);
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
