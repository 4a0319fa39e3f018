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
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.KmsException;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.KeyringException.Code;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.localkek.WornOutException;
import io.trousseau.core.member.Member;
import io.trousseau.core.member.Member.Role;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.Operation;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A keyring whose KMS")
@Timeout(120)
class KeyringOutageTest {
    private final InMemoryKek a = InMemoryKek.create("kek-a");
    private final InMemoryKek b = InMemoryKek.create("kek-b");
    private final FaultyKek kms = new FaultyKek(a.open());

    private static void awaitServing(Keyring keyring, Serving serving) {
        await().until(() -> keyring.status().serving() == serving);
    }

    private static void awaitPhase(Keyring keyring, MemberPhase phase) {
        await().until(() -> keyring.status().members().get(0).phase() == phase);
    }

    private Envelope sealedBefore() {
        try (Keyring writer = open(a.open())) {
            return seal(writer);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = KmsException.Code.class,
            names = {"UNAVAILABLE", "THROTTLED", "TIMEOUT", "BAD_ANSWER", "INTERNAL"})
    @DisplayName("is down goes on sealing and opening what it knows, says so, and does not know the rest")
    void outage(KmsException.Code code) {
        Envelope unknown = sealedBefore();
        try (Keyring keyring = open(kms)) {
            Envelope known = seal(keyring);
            kms.always(Fault.error(code));
            awaitPhase(keyring, MemberPhase.UNREACHABLE);

            opens(keyring, known);
            opens(keyring, seal(keyring));
            assertThat(codeOf(() -> open(keyring, unknown))).isIn(Code.UNAVAILABLE, Code.TIMEOUT);
            KeyringStatus status = keyring.status();
            assertThat(status.serving()).isEqualTo(Serving.SEALING);
            assertThat(status.keyId()).contains(known.keyId());
            assertThat(status.healthy()).isFalse();
            assertThat(status.health())
                    .isEqualTo("0 of 1 members needed are well: member-0: " + code.label() + ": scripted: "
                            + code.label());
            assertThat(status.members().get(0).failure()).contains(code);

            kms.heal();
            await().until(() -> keyring.status().healthy());

            assertThat(seal(keyring).keyId()).isEqualTo(known.keyId());
            await().ignoreExceptions().untilAsserted(() -> opens(keyring, unknown));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = KmsException.Code.class,
            names = {"PERMISSION_DENIED", "UNAUTHENTICATED"})
    @DisplayName("refuses this process seals no more, goes on opening what it knows, and seals again once it may")
    void denied(KmsException.Code code) {
        try (Keyring keyring = open(kms)) {
            Envelope known = seal(keyring);
            KeyringSession session = keyring.newSession();
            session.status();
            kms.always(Fault.error(code));
            awaitServing(keyring, Serving.OPENING_ONLY);

            opens(keyring, known);
            KeyringException e = failure(() -> seal(keyring));
            assertThat(e.code()).isEqualTo(Code.SEALING_STOPPED);
            assertThat(e).hasMessageContaining("member-0: " + code.label());
            assertThat(codeOf(() -> session.seal(PAYLOAD, PURPOSE, AAD))).isEqualTo(Code.SEALING_STOPPED);
            assertThat(keyring.status().healthy()).isFalse();
            assertThat(keyring.status().health()).contains("member-0: " + code.label());

            kms.heal();
            awaitServing(keyring, Serving.SEALING);

            opens(keyring, seal(keyring));
            opens(keyring, known);
        }
    }

    @Test
    @DisplayName("has its KEK disabled fails closed with an empty cache, and serves again once it is enabled")
    void disabled() {
        try (Keyring keyring = open(kms)) {
            Envelope known = seal(keyring);
            KeyringSession session = keyring.newSession();
            session.status();
            LocalKek localKek = keyring.snapshot().protection().localKek();
            a.disable();
            awaitServing(keyring, Serving.FAILED_CLOSED);

            assertThat(codeOf(() -> open(keyring, known))).isEqualTo(Code.FAILED_CLOSED);
            KeyringException e = failure(() -> seal(keyring));
            assertThat(e.code()).isEqualTo(Code.FAILED_CLOSED);
            assertThat(e).hasMessageContaining("member-0: key-disabled: the KEK kek-a is disabled");
            assertThat(codeOf(() -> session.seal(PAYLOAD, PURPOSE, AAD))).isEqualTo(Code.FAILED_CLOSED);
            assertThat(keyring.isCurrent(known)).isFalse();
            KeyringStatus status = keyring.status();
            assertThat(status.keyId()).isEmpty();
            assertThat(status.localKek()).isEmpty();
            assertThat(status.healthy()).isFalse();
            assertThat(status.cachedLocalKeks()).isZero();
            assertThatExceptionOfType(WornOutException.class).isThrownBy(localKek::copyKey);

            a.enable();
            awaitServing(keyring, Serving.SEALING);

            opens(keyring, known);
            Envelope sealed = session.seal(PAYLOAD, PURPOSE, AAD);
            assertThat(sealed.header().commitment())
                    .as("a pin ends when the keyring fails closed")
                    .isNotEqualTo(known.header().commitment());
            opens(keyring, sealed);
        }
    }

    @Test
    @DisplayName("has its KEK destroyed fails closed, and lets nothing back into its cache that was on its way")
    void lateAnswer() {
        Envelope former;
        try (Keyring writer = open(b.open())) {
            former = seal(writer);
        }
        FaultyKek slow = new FaultyKek(b.open());
        List<Member> members = List.of(
                Member.of("new", "mem", kms),
                new Member("old", "mem", slow, Role.UNWRAP, Set.of(), Duration.ofSeconds(30)));
        try (Keyring keyring = Keyring.open(config().build(1), members)) {
            seal(keyring);
            slow.always(Operation.UNWRAP, Fault.hang());
            CompletableFuture<byte[]> waiting = openAsync(keyring, former);
            await().until(() -> slow.held() >= 1);
            a.destroy();
            awaitServing(keyring, Serving.FAILED_CLOSED);

            slow.heal();

            assertThat(failureOf(waiting).code()).isEqualTo(Code.FAILED_CLOSED);
            assertThat(keyring.status().cachedLocalKeks()).isZero();
        }
    }

    @Test
    @DisplayName("has its KEK disabled for a moment ends every pin, even of a local KEK that the cache had let go")
    void pinEnds() {
        try (Keyring keyring = open(config().maxCachedLocalKeks(1), kms)) {
            Envelope first = seal(keyring);
            KeyringSession session = keyring.newSession();
            session.status();
            a.rotate();
            await().until(() -> !keyring.isCurrent(first));
            assertThat(session.seal(PAYLOAD, PURPOSE, AAD).keyId()).isEqualTo(first.keyId());

            a.disable();
            awaitServing(keyring, Serving.FAILED_CLOSED);
            a.enable();
            awaitServing(keyring, Serving.SEALING);

            assertThat(session.seal(PAYLOAD, PURPOSE, AAD).keyId()).isNotEqualTo(first.keyId());
        }
    }

    @Test
    @DisplayName("is one of two goes on with the other, whatever becomes of it")
    void oneOfTwo() {
        try (Keyring keyring = open(config().writeQuorum(1), kms, b.open())) {
            await().until(() -> keyring.status().serving() == Serving.SEALING
                    && !keyring.status().degraded());
            Envelope both = seal(keyring);
            a.destroy();
            await().until(() -> keyring.status().degraded());

            assertThat(keyring.status().serving()).isEqualTo(Serving.SEALING);
            opens(keyring, both);
            Envelope one = seal(keyring);
            assertThat(one.copies()).hasSize(1);
            opens(keyring, one);
            try (Keyring restarted = open(config().writeQuorum(1), b.open())) {
                opens(restarted, both);
                opens(restarted, one);
            }
        }
    }

    @Test
    @DisplayName("hangs holds up nobody whom another member can serve, and its status answers at once")
    void hangs() {
        Envelope both;
        try (Keyring writer = open(a.open(), b.open())) {
            both = seal(writer);
        }
        kms.always(Fault.hang());
        try (Keyring keyring = open(config().writeQuorum(1), kms, b.open())) {
            opens(keyring, both);
            opens(keyring, seal(keyring));
            assertThat(keyring.status().members().get(0).protects()).isFalse();
        }
    }
}
