package io.trousseau.core.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trousseau.api.KmsException.Code;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The algebra of the policy: k of n open, w of n write. For n up to 3 every assignment of behaviours to members at wrap
 * and, independently, at unwrap; above, a sample drawn from a seed.
 */
@DisplayName("A policy of k of n, write quorum w")
class PolicySimulationTest {
    private static final Logger ENGINE = Logger.getLogger("io.trousseau.core.keyring");
    private static final String[] NAMES = {"a", "b", "c", "d", "e"};
    private static final int SAMPLES = Integer.getInteger("trousseau.policy.samples", 300);

    enum Behaviour {
        FINE(Fault.none()),
        FAILING(Fault.error(Code.UNAVAILABLE)),
        HANGING(Fault.hang()),
        CORRUPTING(Fault.corrupt()),
        JUNK(Fault.junk()),
        EMPTY(Fault.empty());

        final Fault fault;

        Behaviour(Fault fault) {
            this.fault = fault;
        }

        /** The assignment of this number, of 6^n. */
        static Behaviour[] assignment(int n, int number) {
            Behaviour[] result = new Behaviour[n];
            int rest = number;
            for (int i = 0; i < n; i++) {
                result[i] = values()[rest % values().length];
                rest /= values().length;
            }
            return result;
        }

        static int assignments(int n) {
            return (int) Math.pow(values().length, n);
        }
    }

    @BeforeAll
    static void silence() {
        ENGINE.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        ENGINE.setLevel(null);
    }

    static Stream<Arguments> policies() {
        return IntStream.rangeClosed(1, 5)
                .boxed()
                .flatMap(n -> IntStream.rangeClosed(1, n)
                        .boxed()
                        .flatMap(k -> IntStream.rangeClosed(k, n).mapToObj(w -> Arguments.of(n, k, w))));
    }

    private static KeyringConfig config(int n, int k, int w) {
        return Cluster.config(n, c -> c.decryptThreshold(k).writeQuorum(w));
    }

    private static Cluster cluster(int n, long seed) {
        return new Cluster(seed, java.util.Arrays.copyOf(NAMES, n));
    }

    private static void behave(Cluster.Node node, Operation operation, Behaviour[] behaviours) {
        for (int i = 0; i < behaviours.length; i++) {
            node.at(NAMES[i]).always(operation, behaviours[i].fault);
        }
    }

    private static List<Integer> fine(Behaviour[] behaviours) {
        List<Integer> result = new ArrayList<>();
        for (int i = 0; i < behaviours.length; i++) {
            if (behaviours[i] == Behaviour.FINE) {
                result.add(i);
            }
        }
        return result;
    }

    /** Assignments at wrap times assignments at unwrap: all for n up to 3, else a sample. */
    private static Stream<int[]> pairs(int n, long seed) {
        int all = Behaviour.assignments(n);
        if (n <= 3) {
            return IntStream.range(0, all)
                    .boxed()
                    .flatMap(wrap -> IntStream.range(0, all).mapToObj(unwrap -> new int[] {wrap, unwrap}));
        }
        Random random = new Random(seed);
        return Stream.generate(() -> new int[] {random.nextInt(all), random.nextInt(all)})
                .limit(SAMPLES);
    }

    @ParameterizedTest(name = "n={0} k={1} w={2}")
    @MethodSource("policies")
    @DisplayName("writes exactly if w members can be proven, and opens exactly if k of their copies can be had")
    void algebra(int n, int k, int w) {
        KeyringConfig config = config(n, k, w);
        int[] written = {-1};
        Cluster[] cluster = {null};
        Envelope[] envelope = {null};
        List<Integer> proven = new ArrayList<>();
        pairs(n, n * 100L + k * 10L + w).forEach(pair -> {
            Behaviour[] atWrap = Behaviour.assignment(n, pair[0]);
            Behaviour[] atUnwrap = Behaviour.assignment(n, pair[1]);
            if (written[0] != pair[0]) {
                written[0] = pair[0];
                cluster[0] = cluster(n, pair[0]);
                proven.clear();
                proven.addAll(fine(atWrap));
                envelope[0] = write(cluster[0], config, atWrap, proven);
            }
            if (envelope[0] != null) {
                open(cluster[0], config, envelope[0], atUnwrap, proven);
            }
        });
    }

    private static Envelope write(Cluster cluster, KeyringConfig config, Behaviour[] atWrap, List<Integer> proven) {
        Cluster.Node writer = cluster.new Node(config);
        behave(writer, Operation.WRAP, atWrap);
        writer.start();
        cluster.loop.run(Duration.ofSeconds(4));
        boolean possible = proven.size() >= config.writeQuorum();
        assertThat(writer.status().serving())
                .as("at wrap %s", List.of(atWrap))
                .isEqualTo(possible ? Serving.SEALING : Serving.STARTING);
        if (!possible) {
            return null;
        }
        Envelope envelope = writer.seal("secret");
        assertThat(envelope.copies()).as("at wrap %s", List.of(atWrap)).hasSize(proven.size());
        assertThat(writer.status().degraded()).isEqualTo(proven.size() < atWrap.length);
        return envelope;
    }

    private static void open(
            Cluster cluster, KeyringConfig config, Envelope envelope, Behaviour[] atUnwrap, List<Integer> proven) {
        Cluster.Node reader = cluster.new Node(config);
        behave(reader, Operation.UNWRAP, atUnwrap);
        reader.start();
        long usable = proven.stream().filter(i -> atUnwrap[i] == Behaviour.FINE).count();
        try {
            String payload = reader.open(envelope);
            assertThat(payload).isEqualTo("secret");
            assertThat(usable)
                    .as("opened; at unwrap %s", List.of(atUnwrap))
                    .isGreaterThanOrEqualTo(config.decryptThreshold());
        } catch (KeyringException e) {
            if (usable >= config.decryptThreshold()) {
                fail("not opened although %d copies can be had; at unwrap %s: %s", usable, List.of(atUnwrap), e);
            }
        } finally {
            reader.keyring().close();
        }
    }

    @ParameterizedTest(name = "n={0} k={1} w={2}")
    @MethodSource("policies")
    @DisplayName("counts a copy only if the same member gave it back")
    void readBack(int n, int k, int w) {
        KeyringConfig config = config(n, k, w);
        int all = Behaviour.assignments(n);
        Random random = new Random(n * 100L + k * 10L + w);
        IntStream numbers = n <= 3 ? IntStream.range(0, all) : random.ints(SAMPLES, 0, all);
        numbers.forEach(number -> {
            Behaviour[] atReadBack = Behaviour.assignment(n, number);
            Cluster cluster = cluster(n, number);
            Cluster.Node writer = cluster.new Node(config);
            behave(writer, Operation.UNWRAP, atReadBack);
            writer.start();
            cluster.loop.run(Duration.ofSeconds(4));
            int provable = fine(atReadBack).size();
            assertThat(writer.status().keyId().isPresent())
                    .as("at read-back %s", List.of(atReadBack))
                    .isEqualTo(provable >= w);
            if (provable >= w) {
                assertThat(writer.seal("secret").copies()).hasSize(provable);
            }
        });
    }

    @ParameterizedTest(name = "n={0} k={1} w={2}")
    @MethodSource("policies")
    @DisplayName("survives the loss of any n - k members once all copies exist, and of any n - w for writing")
    void losses(int n, int k, int w) {
        KeyringConfig config = config(n, k, w);
        for (int lost = 0; lost < 1 << n; lost++) {
            Cluster cluster = cluster(n, lost);
            Cluster.Node writer = cluster.new Node(config).start();
            cluster.loop.run(Duration.ofSeconds(4));
            Envelope envelope = writer.seal("secret");
            for (int i = 0; i < n; i++) {
                if ((lost >> i & 1) == 1) {
                    cluster.keks.get(NAMES[i]).destroy();
                }
            }
            int left = n - Integer.bitCount(lost);
            Cluster.Node reader = cluster.new Node(config).start();
            cluster.loop.run(Duration.ofSeconds(10));
            boolean writes = left >= w;
            assertThat(reader.status().keyId().isPresent()).as("lost %s", lost).isEqualTo(writes);
            assertThat(reader.status().serving()).isEqualTo(writes ? Serving.SEALING : Serving.FAILED_CLOSED);
            if (writes) {
                // w is at least k, so what can be written can be read.
                assertThat(reader.open(envelope)).isEqualTo("secret");
                assertThat(reader.open(reader.seal("more"))).isEqualTo("more");
            } else {
                Cluster.Node rescuer = cluster.new Node(Cluster.config(
                                n, c -> c.decryptThreshold(k).writeQuorum(w).gone(KeyringConfig.Reaction.SERVE)))
                        .start();
                cluster.loop.run(Duration.ofSeconds(10));
                if (left >= k) {
                    assertThat(rescuer.open(envelope)).isEqualTo("secret");
                } else {
                    org.assertj.core.api.Assertions.assertThatThrownBy(() -> rescuer.open(envelope))
                            .isInstanceOf(KeyringException.class);
                }
            }
        }
    }
}
