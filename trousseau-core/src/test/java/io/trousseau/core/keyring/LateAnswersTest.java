package io.trousseau.core.keyring;

import static io.trousseau.core.keyring.Keyrings.AAD;
import static io.trousseau.core.keyring.Keyrings.PURPOSE;
import static io.trousseau.core.keyring.Keyrings.codeOf;
import static io.trousseau.core.keyring.Keyrings.failureOf;
import static io.trousseau.core.keyring.Keyrings.open;
import static io.trousseau.core.keyring.Keyrings.openAsync;
import static io.trousseau.core.keyring.Keyrings.opens;
import static io.trousseau.core.keyring.Keyrings.seal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.KeyringException.Code;
import io.trousseau.core.member.Member;
import io.trousseau.core.member.Member.Role;
import io.trousseau.testkit.kek.InMemoryKek;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("An answer that comes when nobody waits for it any more is wiped")
@Timeout(120)
class LateAnswersTest {
    private final InMemoryKek a = InMemoryKek.create("kek-a");
    private final InMemoryKek b = InMemoryKek.create("kek-b");
    private final InMemoryKek own = InMemoryKek.create("kek-own");
    private final LateKek late = new LateKek(a.open());

    @AfterEach
    void letGo() {
        late.letGo();
    }

    /** Seals under a KEK of its own, so that only opening asks the others. */
    private Keyring reader(Duration deadline, KeyringListener listener, KekHandle... others) {
        List<Member> members = new ArrayList<>();
        members.add(Member.of("own", "mem", own.open()));
        for (KekHandle other : others) {
            members.add(new Member("other-" + members.size(), "mem", other, Role.UNWRAP, Set.of(), deadline));
        }
        Keyring keyring = Keyring.open(
                KeyringConfig.named("prod").probeInterval(Duration.ofHours(1)).build(1), members, listener);
        seal(keyring);
        return keyring;
    }

    private Envelope sealed(InMemoryKek... keks) {
        KekHandle[] handles = Arrays.stream(keks).map(InMemoryKek::open).toArray(KekHandle[]::new);
        try (Keyring writer = open(handles)) {
            await().until(() ->
                    writer.status().keyId().isPresent() && !writer.status().degraded());
            return seal(writer);
        }
    }

    private void assertWiped() {
        await().untilAsserted(() -> assertThat(late.plaintexts())
                .isNotEmpty()
                .allSatisfy(plaintext -> assertThat(plaintext).containsOnly(0)));
    }

    @Test
    @DisplayName("because another member was faster")
    void hedged() {
        Envelope envelope = sealed(a, b);
        LateKek other = new LateKek(b.open());
        try (Keyring keyring = reader(Duration.ofSeconds(60), KeyringListener.NONE, late, other)) {
            // Whichever is asked first is held until the other one is asked, and has answered.
            late.hold();
            other.hold();
            CompletableFuture<byte[]> opening = openAsync(keyring, envelope);
            await().until(() ->
                    !late.plaintexts().isEmpty() && !other.plaintexts().isEmpty());
            other.letGo();
            assertThat(opening).succeedsWithin(Duration.ofSeconds(30));
            assertThat(late.plaintexts().get(0)).isNotEqualTo(new byte[32]);

            late.letGo();

            assertWiped();
        } finally {
            other.letGo();
        }
    }

    @Test
    @DisplayName("because the member's deadline had passed")
    void timedOut() {
        Envelope envelope = sealed(a);
        try (Keyring keyring = reader(Duration.ofMillis(100), KeyringListener.NONE, late)) {
            late.hold();
            assertThat(codeOf(() -> open(keyring, envelope))).isEqualTo(Code.TIMEOUT);

            late.letGo();

            assertWiped();
        }
    }

    @Test
    @DisplayName("because the keyring was closed")
    void closed() {
        Envelope envelope = sealed(a);
        Keyring keyring = reader(Duration.ofSeconds(60), KeyringListener.NONE, late);
        late.hold();
        CompletableFuture<byte[]> opening = openAsync(keyring, envelope);
        await().until(() -> !late.plaintexts().isEmpty());
        keyring.close();
        assertThat(failureOf(opening).code()).isEqualTo(Code.CLOSED);

        late.letGo();

        assertWiped();
    }

    @Test
    @DisplayName("and what a member was to wrap is wiped when its call ends, though it was given up")
    void wrapped() {
        late.hold();
        Keyring keyring = open(KeyringConfig.named("prod"), late);
        await().until(() -> late.plaintexts().size() == 2);
        keyring.close();

        late.letGo();

        await().untilAsserted(() -> assertThat(late.wrapped())
                .isNotEmpty()
                .anySatisfy(secret -> assertThat(secret).containsOnly(0)));
        assertWiped();
    }

    @Test
    @DisplayName("and a payload is not even opened once the caller has given up; the local KEK serves the next one")
    void payload() throws Exception {
        Envelope envelope = sealed(a);
        Recorder recorder = new Recorder();
        try (Keyring keyring = reader(Duration.ofSeconds(60), recorder, late)) {
            late.hold();
            assertThat(codeOf(() -> keyring.open(envelope, PURPOSE, AAD, Deadline.after(Duration.ofMillis(100)))))
                    .isEqualTo(Code.TIMEOUT);
            CompletableFuture<byte[]> givenUp = openAsync(keyring, envelope);
            await().until(() -> !late.plaintexts().isEmpty());
            givenUp.cancel(false);

            late.letGo();
            await().until(() -> keyring.status().cachedLocalKeks() == 2);
            keyring.heartbeat().get(30, TimeUnit.SECONDS);

            assertThat(recorder.openedByMembers).hasValue(0);
            assertThat(recorder.openedFromMemory).hasValue(0);
            opens(keyring, envelope);
            assertThat(recorder.openedByMembers).hasValue(0);
            assertThat(recorder.openedFromMemory).hasValue(1);
        }
    }
}
