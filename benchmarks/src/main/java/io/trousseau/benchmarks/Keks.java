package io.trousseau.benchmarks;

import io.trousseau.api.Deadline;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringConfig;
import io.trousseau.core.member.Member;
import io.trousseau.testkit.kek.InMemoryKek;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * KEKs in memory, which answer at once, and keyrings over them as different nodes have them: what is left to measure is
 * Trousseau's own work.
 */
final class Keks {
    static final String PURPOSE = "benchmark";
    static final byte[] ASSOCIATED_DATA = "default/my-secret".getBytes(StandardCharsets.US_ASCII);

    private final int decryptThreshold;
    private final List<InMemoryKek> keks;

    /** As many KEKs as {@code members}, of which {@code decryptThreshold} open. */
    Keks(int decryptThreshold, int members) {
        this.decryptThreshold = decryptThreshold;
        this.keks = IntStream.range(0, members)
                .mapToObj(number -> InMemoryKek.create("kek-" + number))
                .toList();
    }

    /** KEKs for a policy in the words of the tables, such as {@code 2of3}. */
    static Keks of(String policy) {
        String[] numbers = policy.split("of", 2);
        return new Keks(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
    }

    KeyringConfig.Builder config() {
        return KeyringConfig.named("benchmark").decryptThreshold(decryptThreshold);
    }

    /** One more node's keyring over the same KEKs. */
    Keyring open(KeyringConfig.Builder config) {
        List<Member> members = new ArrayList<>();
        for (InMemoryKek kek : keks) {
            members.add(Member.of("member-" + members.size(), "memory", kek.open()));
        }
        return Keyring.open(config.build(members.size()), members);
    }

    /** What a node seals that is gone by now: its local KEK is in nobody's memory. */
    Envelope sealedElsewhere(byte[] payload) {
        try (Keyring node = open(config())) {
            return node.seal(payload, PURPOSE, ASSOCIATED_DATA, soon());
        }
    }

    /** As long as kube-apiserver waits. */
    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(3));
    }
}
