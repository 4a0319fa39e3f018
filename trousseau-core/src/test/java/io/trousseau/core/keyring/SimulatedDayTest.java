package io.trousseau.core.keyring;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KmsException.Code;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.testkit.kek.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes, three KMSes, and a day on which much goes wrong; the same day for the same seed. */
@DisplayName("A day of a cluster, from a seed")
class SimulatedDayTest {
    private static final Logger ENGINE = Logger.getLogger("io.trousseau.core.keyring");
    private static final String[] NAMES = {"a", "b", "c"};
    private static final List<Fault> FAULTS = List.of(
            Fault.none(),
            Fault.none(),
            Fault.none(),
            Fault.error(Code.UNAVAILABLE),
            Fault.error(Code.THROTTLED),
            Fault.error(Code.PERMISSION_DENIED),
            Fault.hang(),
            Fault.delay(Duration.ofMillis(700)),
            Fault.corrupt(),
            Fault.junk(),
            Fault.empty());

    @BeforeAll
    static void silence() {
        ENGINE.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        ENGINE.setLevel(null);
    }

    private record Stored(Envelope envelope, String payload) {}

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @DisplayName("never answers a wrong payload, loses nothing, tells one key_id in the end, and reuses none")
    void day(long seed) {
        Random random = new Random(seed);
        Cluster cluster = new Cluster(seed, NAMES);
        int threshold = 1 + random.nextInt(2);
        KeyringConfig config = Cluster.config(
                3,
                c -> c.decryptThreshold(threshold)
                        .writeQuorum(threshold + random.nextInt(2))
                        .localKekMaxAge(Duration.ofHours(3))
                        .denied(KeyringConfig.Reaction.SERVE)
                        .gone(KeyringConfig.Reaction.SERVE));
        Cluster.Node[] nodes = new Cluster.Node[3];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = cluster.new Node(config).start();
        }
        List<Stored> store = new ArrayList<>();
        Map<KeyId, Set<String>> versionsOf = new HashMap<>();
        int opened = 0;
        int refused = 0;
        for (int minute = 0; minute < 24 * 60; minute += 4) {
            cluster.loop.run(Duration.ofMinutes(4));
            Cluster.Node node = nodes[random.nextInt(3)];
            switch (random.nextInt(6)) {
                case 0 -> node.at(NAMES[random.nextInt(3)]).always(FAULTS.get(random.nextInt(FAULTS.size())));
                case 1 -> heal(node);
                case 2 -> {
                    if (random.nextInt(8) == 0) {
                        cluster.keks.get(NAMES[random.nextInt(3)]).rotate();
                    }
                }
                case 3 -> {
                    if (random.nextInt(4) == 0) {
                        int i = random.nextInt(3);
                        nodes[i].keyring().close();
                        nodes[i] = cluster.new Node(config).start();
                    }
                }
                case 4 -> {
                    if (node.status().keyId().isPresent()) {
                        String payload = "payload " + store.size();
                        Envelope envelope = node.seal(payload);
                        store.add(new Stored(envelope, payload));
                        // A key_id stands for exactly one set of KEK versions.
                        versionsOf
                                .computeIfAbsent(envelope.keyId(), id -> new HashSet<>())
                                .add(envelope.header().kekPart().keks().toString());
                    }
                }
                default -> {
                    if (!store.isEmpty()) {
                        Stored stored = store.get(random.nextInt(store.size()));
                        try {
                            assertThat(node.open(stored.envelope())).isEqualTo(stored.payload());
                            opened++;
                        } catch (KeyringException e) {
                            refused++;
                        }
                    }
                }
            }
        }
        assertThat(store).hasSizeGreaterThan(20);
        assertThat(opened).isGreaterThan(refused);
        assertThat(versionsOf.values())
                .allSatisfy(versions -> assertThat(versions).hasSize(1));

        for (Cluster.Node node : nodes) {
            heal(node);
        }
        cluster.loop.run(Duration.ofMinutes(15));
        Set<Optional<KeyId>> told = new HashSet<>();
        for (Cluster.Node node : nodes) {
            assertThat(node.status().health()).isEqualTo("ok");
            assertThat(node.status().degraded()).isFalse();
            told.add(node.status().keyId());
        }
        assertThat(told).hasSize(1);
        Cluster.Node fresh = cluster.new Node(config).start();
        for (Stored stored : store) {
            assertThat(fresh.open(stored.envelope())).isEqualTo(stored.payload());
        }
    }

    private static void heal(Cluster.Node node) {
        node.faults.values().forEach(io.trousseau.testkit.kek.FaultyKek::heal);
    }
}
