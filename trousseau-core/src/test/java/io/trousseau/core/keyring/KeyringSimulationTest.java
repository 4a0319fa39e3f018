package io.trousseau.core.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException.Code;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("A keyring of one member, in virtual time")
class KeyringSimulationTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Cluster cluster = new Cluster(1, "a");
    private final KeyringConfig config = Cluster.config(1, c -> c);
    private final Cluster.Node node = cluster.new Node(config);

    private void run(Duration time) {
        cluster.loop.run(time);
    }

    private KeyId keyId() {
        return node.status().keyId().orElseThrow();
    }

    /** Every key_id that Status would tell in this time, in order, without repetitions in a row. */
    private List<String> keyIdsDuring(Duration time) {
        List<String> seen = new ArrayList<>();
        for (long passed = 0; passed < time.toMillis(); passed += 100) {
            run(Duration.ofMillis(100));
            String now = node.status().keyId().map(KeyId::text).orElse("none");
            if (seen.isEmpty() || !seen.get(seen.size() - 1).equals(now)) {
                seen.add(now);
            }
        }
        return seen;
    }

    @Nested
    @DisplayName("at start")
    class Start {
        @Test
        @DisplayName("is ready after three round trips and tells one key_id")
        void cold() {
            node.start();
            assertThat(node.status().serving()).isEqualTo(Serving.STARTING);
            assertThat(keyIdsDuring(MINUTE)).hasSize(1).doesNotContain("none");
            assertThat(node.status().healthy()).isTrue();
            assertThat(node.open(node.seal("secret"))).isEqualTo("secret");
        }

        @Test
        @DisplayName("waits for a KMS that is down, says so, and is ready when it comes")
        void late() {
            node.at("a").always(Fault.error(Code.UNAVAILABLE));
            node.start();
            run(MINUTE);
            assertThat(node.status().serving()).isEqualTo(Serving.STARTING);
            assertThat(node.status().health()).contains("a: unavailable");
            assertThatThrownBy(() -> node.seal("secret")).hasMessageContaining("no local KEK is protected yet");
            node.at("a").heal();
            assertThat(keyIdsDuring(MINUTE)).hasSizeLessThanOrEqualTo(2).last().isEqualTo(keyId().text());
            assertThat(node.status().health()).isEqualTo("ok");
        }

        @Test
        @DisplayName("opens what another node sealed before it has a local KEK of its own")
        void opensFirst() {
            Cluster.Node other = cluster.new Node(config).start();
            run(MINUTE);
            Envelope envelope = other.seal("secret");
            node.at("a").always(Operation.WRAP, Fault.error(Code.UNAVAILABLE));
            node.start();
            run(MINUTE);
            assertThat(node.status().keyId()).isEmpty();
            assertThat(node.open(envelope)).isEqualTo("secret");
        }
    }

    @Test
    @DisplayName("keeps nothing of an open that ended long before its deadline")
    void noTimerLeft() {
        Cluster.Node other = cluster.new Node(config).start();
        node.start();
        run(MINUTE);
        Envelope sealed = other.seal("elsewhere");
        int before = cluster.loop.scheduled();
        CompletableFuture<byte[]> opening = node.keyring()
                .openAsync(
                        sealed,
                        sealed.keyId().text(),
                        Cluster.PURPOSE,
                        Cluster.NO_DATA,
                        Deadline.after(Duration.ofHours(1), cluster.loop::nanoTime));
        run(Duration.ofSeconds(1));
        assertThat(opening).isCompletedWithValueMatching(payload -> payload.length == "elsewhere".length());
        assertThat(cluster.loop.scheduled()).isEqualTo(before);
    }

    @Nested
    @DisplayName("when the KEK is rotated")
    class Rotation {
        @Test
        @DisplayName("changes its key_id once, within one probe, and goes on opening what is old")
        void once() {
            node.start();
            run(MINUTE);
            KeyId before = keyId();
            Envelope old = node.seal("old");
            cluster.keks.get("a").rotate();
            List<String> seen = keyIdsDuring(Duration.ofSeconds(40));
            assertThat(seen).hasSize(2).startsWith(before.text());
            assertThat(keyIdsDuring(Duration.ofMinutes(10))).hasSize(1);
            assertThat(node.keyring().isCurrent(old)).isFalse();
            assertThat(node.open(old)).isEqualTo("old");
            assertThat(cluster.new Node(config).start().open(old)).isEqualTo("old");
        }

        @Test
        @DisplayName("tells at two nodes the same key_id before and after")
        void converges() {
            Cluster.Node other = cluster.new Node(config).start();
            node.start();
            run(MINUTE);
            assertThat(other.status().keyId()).isEqualTo(node.status().keyId());
            cluster.keks.get("a").rotate();
            run(MINUTE);
            assertThat(other.status().keyId()).isEqualTo(node.status().keyId());
        }

        @Test
        @DisplayName("follows at once when another node was first and its envelope is read")
        void followsTheOther() {
            KeyringConfig slow = Cluster.config(1, c -> c.probeInterval(Duration.ofHours(1)));
            Cluster.Node late = cluster.new Node(slow).start();
            run(MINUTE);
            KeyId before = late.status().keyId().orElseThrow();
            cluster.keks.get("a").rotate();
            node.start();
            run(MINUTE);
            late.open(node.seal("new"));
            run(Duration.ofSeconds(5));
            assertThat(late.status().keyId()).isEqualTo(node.status().keyId());
            assertThat(keyId()).isNotEqualTo(before);
        }

        @Test
        @DisplayName("never goes back to a version that a newer one replaced, and says how it could")
        void neverBack() {
            var kek = cluster.keks.get("a");
            var first = kek.current();
            node.start();
            run(MINUTE);
            KeyId one = keyId();
            kek.rotate();
            run(MINUTE);
            KeyId two = keyId();
            kek.wrapUnder(first);
            assertThat(keyIdsDuring(Duration.ofMinutes(5))).containsExactly(two.text());
            assertThat(two).isNotEqualTo(one);
            assertThat(node.status().healthy()).isFalse();
            assertThat(node.status().health()).contains("raise keyring.epoch");
            assertThat(node.open(node.seal("still"))).isEqualTo("still");
        }

        @Test
        @DisplayName(
                "does not go back either when a keyring of the same process takes its place, unless the epoch is another")
        void neverBackInSuccessor() {
            var kek = cluster.keks.get("a");
            var first = kek.current();
            node.start();
            run(MINUTE);
            kek.rotate();
            run(MINUTE);
            kek.wrapUnder(first);

            Cluster.Node successor = cluster.new Node(node.config).start(node);
            Cluster.Node meant =
                    cluster.new Node(Cluster.config(1, config -> config.epoch(node.config.epoch() + 1))).start(node);
            run(Duration.ofMinutes(5));
            assertThat(successor.status().keyId()).isEmpty();
            assertThat(successor.status().health()).contains("raise keyring.epoch");
            assertThat(meant.open(meant.seal("back"))).isEqualTo("back");

            kek.rotate();
            run(MINUTE);
            assertThat(successor.open(successor.seal("on"))).isEqualTo("on");
        }

        @Test
        @DisplayName("keeps the old key_id as long as the new version does not give back what it wrapped")
        void provenFirst() {
            node.start();
            run(MINUTE);
            KeyId before = keyId();
            cluster.keks.get("a").rotate();
            node.at("a").always(Operation.UNWRAP, Fault.junk());
            run(Duration.ofMinutes(10));
            assertThat(keyId()).isEqualTo(before);
            assertThat(node.status().health()).contains("bad-answer");
            node.at("a").heal();
            run(MINUTE);
            assertThat(keyId()).isNotEqualTo(before);
        }
    }

    @Nested
    @DisplayName("when the KMS fails for a while")
    class Outage {
        @Test
        @DisplayName("goes on sealing and opening what it knows, and says why it is not healthy")
        void goesOn() {
            node.start();
            run(MINUTE);
            KeyId before = keyId();
            Envelope envelope = node.seal("secret");
            node.at("a").always(Fault.hang());
            run(MINUTE);
            assertThat(node.status().healthy()).isFalse();
            assertThat(node.status().health()).contains("a: timeout");
            assertThat(node.open(envelope)).isEqualTo("secret");
            assertThat(node.open(node.seal("more"))).isEqualTo("more");
            assertThat(keyId()).isEqualTo(before);
            node.at("a").heal();
            run(Duration.ofSeconds(10));
            assertThat(node.status().health()).isEqualTo("ok");
            assertThat(keyId()).isEqualTo(before);
        }

        @Test
        @DisplayName("overruns the age of its local KEK rather than stop")
        void age() {
            KeyringConfig daily = Cluster.config(1, c -> c.localKekMaxAge(Duration.ofDays(1)));
            Cluster.Node aging = cluster.new Node(daily).start();
            run(Duration.ofHours(23));
            var first = aging.seal("x").header().commitment();
            aging.at("a").always(Fault.error(Code.UNAVAILABLE));
            run(Duration.ofHours(10));
            assertThat(aging.seal("x").header().commitment()).isEqualTo(first);
            aging.at("a").heal();
            run(MINUTE);
            Envelope renewed = aging.seal("x");
            assertThat(renewed.header().commitment()).isNotEqualTo(first);
            assertThat(renewed.keyId()).isEqualTo(aging.status().keyId().orElseThrow());
        }

        @Test
        @DisplayName("a new local KEK of the same KEK version leaves the key_id as it is")
        void sameKeyId() {
            KeyringConfig daily = Cluster.config(1, c -> c.localKekMaxAge(Duration.ofDays(1)));
            Cluster.Node aging = cluster.new Node(daily).start();
            run(MINUTE);
            Set<String> keyIds = new LinkedHashSet<>();
            Set<String> localKeks = new LinkedHashSet<>();
            for (int day = 0; day < 5; day++) {
                Envelope envelope = aging.seal("x");
                keyIds.add(envelope.keyId().text());
                localKeks.add(envelope.header().commitment().hex());
                run(Duration.ofDays(1).plus(MINUTE));
            }
            assertThat(keyIds).hasSize(1);
            assertThat(localKeks).hasSize(5);
        }

        @Test
        @DisplayName("makes a new local KEK when the soft bound on uses is reached")
        void uses() {
            KeyringConfig few = Cluster.config(1, c -> c.localKekSoftUses(3));
            Cluster.Node worn = cluster.new Node(few).start();
            run(MINUTE);
            var first = worn.seal("1").header().commitment();
            worn.seal("2");
            worn.seal("3");
            run(Duration.ofSeconds(1));
            assertThat(worn.seal("4").header().commitment()).isNotEqualTo(first);
        }
    }

    @Nested
    @DisplayName("when the KMS refuses")
    class Refusal {
        @Test
        @DisplayName(
                "fails closed once a second probe confirms that the KEK is disabled, and recovers when it is enabled")
        void disabled() {
            node.start();
            run(MINUTE);
            KeyId before = keyId();
            Envelope envelope = node.seal("secret");
            cluster.keks.get("a").disable();
            run(Duration.ofSeconds(40));
            assertThat(node.status().serving()).isEqualTo(Serving.FAILED_CLOSED);
            assertThat(node.status().keyId()).isEmpty();
            assertThat(node.status().cachedLocalKeks()).isZero();
            assertThatThrownBy(() -> node.open(envelope)).hasMessageContaining("failed closed");
            assertThatThrownBy(() -> node.seal("more")).hasMessageContaining("disabled");
            cluster.keks.get("a").enable();
            run(Duration.ofSeconds(10));
            assertThat(node.status().healthy()).isTrue();
            assertThat(keyId()).isEqualTo(before);
            assertThat(node.open(envelope)).isEqualTo("secret");
        }

        @Test
        @DisplayName("does not believe a single refusal")
        void single() {
            node.start();
            run(MINUTE);
            node.at("a").next(Operation.DESCRIBE, Fault.error(Code.KEY_NOT_FOUND));
            List<Serving> seen = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                run(Duration.ofMillis(100));
                seen.add(node.status().serving());
            }
            assertThat(seen).containsOnly(Serving.SEALING);
        }

        @Test
        @DisplayName("stops sealing and goes on opening from memory when it is denied")
        void denied() {
            node.start();
            run(MINUTE);
            Envelope envelope = node.seal("secret");
            KeyId before = keyId();
            node.at("a").always(Fault.error(Code.PERMISSION_DENIED));
            run(Duration.ofSeconds(40));
            assertThat(node.status().serving()).isEqualTo(Serving.OPENING_ONLY);
            assertThat(node.status().healthy()).isFalse();
            assertThat(keyId()).isEqualTo(before);
            assertThatThrownBy(() -> node.seal("more")).hasMessageContaining("permission-denied");
            assertThat(node.open(envelope)).isEqualTo("secret");
            node.at("a").heal();
            run(Duration.ofSeconds(10));
            assertThat(node.open(node.seal("again"))).isEqualTo("again");
            assertThat(keyId()).isEqualTo(before);
        }

        @Test
        @DisplayName("an outage after the refusal does not unlock it")
        void outageAfterRefusal() {
            node.start();
            run(MINUTE);
            cluster.keks.get("a").disable();
            run(Duration.ofSeconds(40));
            node.at("a").always(Fault.error(Code.UNAVAILABLE));
            run(Duration.ofMinutes(5));
            assertThat(node.status().serving()).isEqualTo(Serving.FAILED_CLOSED);
        }

        @Test
        @DisplayName("serves on if the configuration says so")
        void serve() {
            KeyringConfig brave =
                    Cluster.config(1, c -> c.gone(KeyringConfig.Reaction.SERVE).denied(KeyringConfig.Reaction.SERVE));
            Cluster.Node serving = cluster.new Node(brave).start();
            run(MINUTE);
            cluster.keks.get("a").disable();
            run(MINUTE);
            assertThat(serving.status().healthy()).isFalse();
            assertThat(serving.open(serving.seal("x"))).isEqualTo("x");
        }
    }

    @Nested
    @DisplayName("for a client")
    class Session {
        @Test
        @DisplayName("Encrypt returns the key_id that Status told, also if another one was promoted in between")
        void pinned() {
            node.start();
            run(MINUTE);
            KeyringSession session = node.keyring().newSession();
            KeyId told = session.status().keyId().orElseThrow();
            cluster.keks.get("a").rotate();
            run(Duration.ofSeconds(29));
            Cluster.Node early = cluster.new Node(config).start();
            run(Duration.ofMillis(900));
            assertThat(early.status().keyId()).isNotEqualTo(told);
            assertThat(session.seal(new byte[32], "p", new byte[0]).keyId()).isEqualTo(told);
        }

        @Test
        @DisplayName("the pin ends with the next Status, and after 30 s without one")
        void ends() {
            node.start();
            run(MINUTE);
            KeyringSession asking = node.keyring().newSession();
            KeyringSession silent = node.keyring().newSession();
            KeyId told = asking.status().keyId().orElseThrow();
            silent.status();
            cluster.keks.get("a").rotate();
            run(Duration.ofSeconds(40));
            assertThat(keyId()).isNotEqualTo(told);
            assertThat(silent.seal(new byte[32], "p", new byte[0]).keyId()).isEqualTo(keyId());
            assertThat(asking.status().keyId()).contains(keyId());
            assertThat(asking.seal(new byte[32], "p", new byte[0]).keyId()).isEqualTo(keyId());
        }
    }

    @Test
    @DisplayName("asks its KMS for nothing when only Status is asked")
    void statusIsFree() {
        node.start();
        run(MINUTE);
        int before = cluster.loop.calls(Purpose.PROBE) + cluster.loop.calls(Purpose.PROTECT);
        for (int i = 0; i < 10_000; i++) {
            node.status();
        }
        assertThat(cluster.loop.calls(Purpose.PROBE) + cluster.loop.calls(Purpose.PROTECT))
                .isEqualTo(before);
    }

    @Test
    @DisplayName("answers an open before its deadline even if the KMS hangs")
    void hangs() {
        Cluster.Node other = cluster.new Node(config).start();
        node.start();
        run(MINUTE);
        Envelope envelope = other.seal("secret");
        node.at("a").always(Fault.hang());
        assertThatThrownBy(() -> node.open(envelope))
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.code()).isEqualTo(KeyringException.Code.TIMEOUT));
    }
}
