package io.trousseau.core.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.api.KmsException.Code;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.core.member.Member;
import io.trousseau.core.member.Member.Role;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("A keyring of several members, in virtual time")
class SeveralMembersSimulationTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Cluster cluster = new Cluster(2, "a", "b", "c");
    private final KeyringConfig any = Cluster.config(3, c -> c.writeQuorum(1));
    private final KeyringConfig twoOfThree = Cluster.config(3, c -> c.decryptThreshold(2));
    private final Cluster.Node node = cluster.new Node(any);

    private void run(Duration time) {
        cluster.loop.run(time);
    }

    private static String keyId(Cluster.Node at) {
        return at.status().keyId().map(KeyId::text).orElse("none");
    }

    private static List<String> protecting(Cluster.Node at) {
        return at.status().members().stream()
                .filter(KeyringStatus.MemberStatus::protects)
                .map(KeyringStatus.MemberStatus::name)
                .toList();
    }

    private List<String> keyIdsDuring(Cluster.Node at, Duration time) {
        List<String> seen = new ArrayList<>(List.of(keyId(at)));
        for (long passed = 0; passed < time.toMillis(); passed += 100) {
            run(Duration.ofMillis(100));
            if (!seen.get(seen.size() - 1).equals(keyId(at))) {
                seen.add(keyId(at));
            }
        }
        return seen;
    }

    @Nested
    @DisplayName("at start")
    class Start {
        @Test
        @DisplayName("is complete at once when all members answer, though at different speed")
        void complete() {
            node.at("c").always(Fault.delay(Duration.ofMillis(300)));
            node.start();
            assertThat(keyIdsDuring(node, MINUTE)).hasSize(2).startsWith("none");
            assertThat(protecting(node)).containsExactly("a", "b", "c");
        }

        @Test
        @DisplayName("promotes what is there once the grace is over, within the 2 s that Status may wait")
        void grace() {
            node.at("b").always(Fault.hang());
            node.start();
            run(Duration.ofMillis(1400));
            assertThat(keyId(node)).isEqualTo("none");
            run(Duration.ofMillis(599));
            assertThat(protecting(node)).containsExactly("a", "c");
            assertThat(node.status().degraded()).isTrue();
            assertThat(node.status().healthy()).isTrue();
        }

        @Test
        @DisplayName("does not give up a member whose very first calls take longer than its deadline: they set it up")
        void settingUp() {
            for (String member : List.of("a", "b", "c")) {
                // Of the probe, and before the first copy.
                firstDescribes(member, Duration.ofSeconds(4));
            }
            node.start();
            assertThat(keyIdsDuring(node, Duration.ofMillis(4200))).hasSize(2).startsWith("none");
            assertThat(protecting(node)).containsExactly("a", "b", "c");
            assertThat(cluster.loop.calls(Purpose.PROBE)).isEqualTo(3);
            assertThat(cluster.loop.calls(Purpose.PROTECT)).isEqualTo(3);
        }

        @Test
        @DisplayName("has one key_id when a member is set up a little later than its deadline, within the grace")
        void oneKeyId() {
            firstDescribes("a", Duration.ofMillis(700));
            firstDescribes("b", Duration.ofMillis(700));
            firstDescribes("c", Duration.ofMillis(2100));
            node.start();
            assertThat(keyIdsDuring(node, MINUTE)).hasSize(2).startsWith("none");
            assertThat(protecting(node)).containsExactly("a", "b", "c");
        }

        @Test
        @DisplayName("opens with members whose very first unwrap takes longer than their deadline")
        void opensWhileSettingUp() {
            Cluster.Node before = cluster.new Node(any).start();
            run(MINUTE);
            Envelope stored = before.seal("secret");
            for (String member : List.of("a", "b", "c")) {
                node.at(member).always(Fault.delay(Duration.ofMillis(2500)));
            }
            node.start();
            assertThat(node.open(stored)).isEqualTo("secret");
        }

        @Test
        @DisplayName("gives no member more than its deadline once it has answered")
        void afterwards() {
            node.start();
            run(MINUTE);
            node.at("b").always(Fault.hang());
            int probes = cluster.loop.calls(Purpose.PROBE);
            while (cluster.loop.calls(Purpose.PROBE) < probes + 3) {
                run(Duration.ofMillis(10));
            }
            run(Member.DEFAULT_DEADLINE);
            assertThat(node.status().members().get(1).phase()).isEqualTo(MemberPhase.UNREACHABLE);
        }

        private void firstDescribes(String member, Duration time) {
            node.at(member).next(Operation.DESCRIBE, Fault.delay(time));
            node.at(member).next(Operation.DESCRIBE, Fault.delay(time));
        }

        @Test
        @DisplayName("does not wait for a member that refuses for certain")
        void refused() {
            cluster.keks.get("b").destroy();
            node.start();
            run(Duration.ofSeconds(10));
            assertThat(protecting(node)).containsExactly("a", "c");
        }
    }

    @Nested
    @DisplayName("when a member is missing")
    class Missing {
        @Test
        @DisplayName("gains its copy on the same local KEK when it returns, and the key_id changes exactly once")
        void repaired() {
            node.at("b").always(Fault.error(Code.UNAVAILABLE));
            node.start();
            run(MINUTE);
            Envelope degraded = node.seal("secret");
            assertThat(degraded.copies()).hasSize(2);
            node.at("b").heal();
            assertThat(keyIdsDuring(node, MINUTE)).hasSize(2);
            Envelope whole = node.seal("secret");
            assertThat(whole.copies()).hasSize(3);
            assertThat(whole.header().commitment()).isEqualTo(degraded.header().commitment());
            assertThat(node.keyring().isCurrent(degraded)).isFalse();
            assertThat(node.open(degraded)).isEqualTo("secret");
            assertThat(cluster.new Node(any).start().open(degraded)).isEqualTo("secret");
        }

        @Test
        @DisplayName("keeps its key_id while a member that protects is away: its copies exist")
        void steady() {
            node.start();
            run(MINUTE);
            node.at("b").always(Fault.error(Code.UNAVAILABLE));
            assertThat(keyIdsDuring(node, Duration.ofHours(1))).hasSize(1);
            assertThat(node.status().healthy()).isTrue();
            assertThat(node.seal("x").copies()).hasSize(3);
        }

        @Test
        @DisplayName("makes no degraded local KEK because of age alone")
        void age() {
            KeyringConfig hourly = Cluster.config(3, c -> c.writeQuorum(1).localKekMaxAge(Duration.ofHours(1)));
            Cluster.Node aging = cluster.new Node(hourly).start();
            run(MINUTE);
            String before = keyId(aging);
            aging.at("b").always(Fault.error(Code.UNAVAILABLE));
            assertThat(keyIdsDuring(aging, Duration.ofHours(3))).containsExactly(before);
            Envelope old = aging.seal("x");
            aging.at("b").heal();
            assertThat(keyIdsDuring(aging, MINUTE)).containsExactly(before);
            assertThat(aging.seal("x").header().commitment())
                    .isNotEqualTo(old.header().commitment());
        }

        @Test
        @DisplayName("promotes a rotation without it, degraded, and is whole again when it returns")
        void rotation() {
            node.start();
            run(MINUTE);
            node.at("b").always(Fault.error(Code.UNAVAILABLE));
            cluster.keks.get("a").rotate();
            assertThat(keyIdsDuring(node, MINUTE)).hasSize(2);
            assertThat(protecting(node)).containsExactly("a", "c");
            node.at("b").heal();
            assertThat(keyIdsDuring(node, MINUTE)).hasSize(2);
            assertThat(protecting(node)).containsExactly("a", "b", "c");
        }

        @Test
        @DisplayName("a flapping member changes the key_id at most once per hold time")
        void flapping() {
            Cluster.Node flapped = cluster
                    .new Node(Cluster.config(3, c -> c.writeQuorum(1).keyIdHold(Duration.ofMinutes(10))))
                    .start();
            flapped.at("b").always(Fault.error(Code.UNAVAILABLE));
            run(MINUTE);
            int changes = 0;
            String last = keyId(flapped);
            for (int minute = 0; minute < 60; minute++) {
                if (minute % 2 == 0) {
                    flapped.at("b").heal();
                } else {
                    flapped.at("b").always(Fault.error(Code.UNAVAILABLE));
                    // Each rotation makes a new local KEK that b is not there to wrap.
                    cluster.keks.get("a").rotate();
                }
                List<String> seen = keyIdsDuring(flapped, MINUTE);
                for (String keyId : seen) {
                    changes += keyId.equals(last) ? 0 : 1;
                    last = keyId;
                }
            }
            // 30 rotations, and b's returns at most once per 10 minutes.
            assertThat(changes).isBetween(30, 30 + 7);
        }

        @Test
        @DisplayName("leaves when its KEK is disabled, and the rest goes on under a new key_id")
        void disabled() {
            node.start();
            run(MINUTE);
            Envelope before = node.seal("secret");
            cluster.keks.get("b").disable();
            assertThat(keyIdsDuring(node, Duration.ofMinutes(2))).hasSize(2);
            assertThat(protecting(node)).containsExactly("a", "c");
            assertThat(node.status().serving()).isEqualTo(Serving.SEALING);
            assertThat(node.seal("x").header().commitment())
                    .isNotEqualTo(before.header().commitment());
            assertThat(node.open(before)).isEqualTo("secret");
        }
    }

    @Nested
    @DisplayName("when fewer than w members are left")
    class BelowQuorum {
        @Test
        @DisplayName("goes on under the local KEK it has while they are only unreachable, and is not healthy")
        void unreachable() {
            Cluster.Node strict = cluster.new Node(twoOfThree).start();
            run(MINUTE);
            strict.at("a").always(Fault.error(Code.UNAVAILABLE));
            run(MINUTE);
            assertThat(strict.status().healthy()).isFalse();
            assertThat(strict.status().health()).startsWith("2 of 3 members needed are well: a: unavailable");
            assertThat(strict.open(strict.seal("x"))).isEqualTo("x");
        }

        @Test
        @DisplayName("fails closed when they are gone, and opens again when they are back")
        void gone() {
            Cluster.Node strict = cluster.new Node(twoOfThree).start();
            run(MINUTE);
            Envelope envelope = strict.seal("x");
            cluster.keks.get("a").disable();
            run(MINUTE);
            assertThat(strict.status().serving()).isEqualTo(Serving.FAILED_CLOSED);
            assertThatThrownBy(() -> strict.open(envelope)).hasMessageContaining("a: key-disabled");
            cluster.keks.get("a").enable();
            run(MINUTE);
            assertThat(strict.open(envelope)).isEqualTo("x");
        }
    }

    @Nested
    @DisplayName("when opening")
    class Opening {
        private Envelope sealedElsewhere(KeyringConfig config) {
            Cluster.Node other = cluster.new Node(config).start();
            run(MINUTE);
            return other.seal("secret");
        }

        @Test
        @DisplayName("is not slowed by one slow member that it does not need")
        void hedged() {
            Envelope envelope = sealedElsewhere(any);
            node.start();
            run(MINUTE);
            node.at("a").always(Operation.UNWRAP, Fault.hang());
            node.at("b").always(Operation.UNWRAP, Fault.hang());
            long start = cluster.loop.nanoTime();
            var result = node.keyring()
                    .openAsync(
                            envelope,
                            envelope.keyId().text(),
                            Cluster.PURPOSE,
                            Cluster.NO_DATA,
                            io.trousseau.api.Deadline.after(Cluster.DEADLINE, cluster.loop::nanoTime));
            run(Duration.ofMillis(200));
            assertThat(result).isCompleted();
            assertThat(cluster.loop.nanoTime() - start).isLessThan(SECOND.toNanos());
        }

        @Test
        @DisplayName("asks one member if one suffices, and two of three if two are needed")
        void frugal() {
            Envelope one = sealedElsewhere(any);
            node.start();
            run(MINUTE);
            node.open(one);
            assertThat(cluster.loop.calls(Purpose.OPEN)).isEqualTo(1);
            Envelope two = sealedElsewhere(twoOfThree);
            Cluster.Node strict = cluster.new Node(twoOfThree).start();
            run(MINUTE);
            strict.open(two);
            assertThat(cluster.loop.calls(Purpose.OPEN)).isEqualTo(3);
        }

        @Test
        @DisplayName("names the member whose share lies, and the others suffice")
        void lyingShare() {
            Envelope envelope = sealedElsewhere(twoOfThree);
            Cluster.Node strict = cluster.new Node(twoOfThree).start();
            run(MINUTE);
            strict.at("a").always(Operation.UNWRAP, Fault.junk());
            assertThat(strict.open(envelope)).isEqualTo("secret");
            Cluster.Node two = cluster.new Node(twoOfThree).start();
            run(MINUTE);
            two.at("a").always(Operation.UNWRAP, Fault.junk());
            two.at("b").always(Operation.UNWRAP, Fault.corrupt());
            assertThatThrownBy(() -> two.open(envelope))
                    .hasMessageContaining("a: bad-answer")
                    .hasMessageContaining("b: bad-answer");
        }

        @Test
        @DisplayName("a member on its way out unwraps and no longer wraps")
        void unwrapOnly() {
            Envelope old = sealedElsewhere(any);
            Cluster.Node leaving =
                    cluster.new Node(Cluster.config(1, c -> c), Map.of("a", Role.UNWRAP, "b", Role.UNWRAP)).start();
            run(MINUTE);
            assertThat(protecting(leaving)).containsExactly("c");
            leaving.at("c").always(Operation.UNWRAP, Fault.error(Code.UNAVAILABLE));
            assertThat(leaving.open(old)).isEqualTo("secret");
        }
    }

    @Test
    @DisplayName("refuses to count two members on one KEK as two")
    void twins() {
        Cluster twin = new Cluster(3, "a");
        twin.keks.put("b", twin.keks.get("a"));
        Cluster.Node both = twin.new Node(Cluster.config(2, c -> c.writeQuorum(2))).start();
        twin.loop.run(MINUTE);
        assertThat(both.status().keyId()).isEmpty();
        Cluster.Node one = twin.new Node(Cluster.config(2, c -> c.writeQuorum(1))).start();
        twin.loop.run(MINUTE);
        assertThat(one.seal("x").copies()).hasSize(1);
    }

    @Test
    @DisplayName("Two members of one KEK do not make a quorum, not even while it is rotated between them")
    void oneKekTwice() {
        Cluster twins = new Cluster(1, "a");
        twins.keks.put("b", twins.keks.get("a"));
        Cluster.Node node = twins.new Node(Cluster.config(2, c -> c.writeQuorum(2)));
        node.at("b").always(Fault.delay(Duration.ofMillis(300)));
        node.start();
        twins.loop.run(Duration.ofMillis(100));
        twins.keks.get("a").rotate();
        twins.loop.run(Duration.ofSeconds(10));
        assertThat(node.status().keyId()).isEmpty();
    }
}
