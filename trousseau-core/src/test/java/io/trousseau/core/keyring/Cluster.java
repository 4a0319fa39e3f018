package io.trousseau.core.keyring;

import io.trousseau.api.Deadline;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.member.Member;
import io.trousseau.core.member.Member.Role;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** KMSes and the nodes that use them, in virtual time. */
final class Cluster {
    static final String PURPOSE = "test";
    static final byte[] NO_DATA = {};
    static final Duration DEADLINE = Duration.ofSeconds(3);

    final SimulatedLoop loop;
    final Map<String, InMemoryKek> keks = new LinkedHashMap<>();

    Cluster(long seed, String... names) {
        loop = new SimulatedLoop(seed);
        for (String name : names) {
            keks.put(name, InMemoryKek.create("kek-" + name));
        }
    }

    /** A process of one configuration: its own handles on the shared KEKs, its own memory. */
    final class Node {
        final Map<String, FaultyKek> faults = new LinkedHashMap<>();
        final KeyringConfig config;
        private final List<Member> members = new ArrayList<>();
        private Keyring keyring;

        Node(KeyringConfig config) {
            this(config, Map.of());
        }

        Node(KeyringConfig config, Map<String, Role> roles) {
            this.config = config;
            keks.forEach((name, kek) -> {
                FaultyKek handle = new FaultyKek(kek.open(), loop.pause());
                faults.put(name, handle);
                members.add(new Member(
                        name,
                        "memory",
                        handle,
                        roles.getOrDefault(name, Role.WRAP),
                        Set.of(),
                        Member.DEFAULT_DEADLINE));
            });
        }

        FaultyKek at(String member) {
            return faults.get(member);
        }

        Node start() {
            return start(null);
        }

        /** Takes the place of another keyring of the same process. */
        Node start(@Nullable Node predecessor) {
            keyring = new Keyring(
                    config,
                    members,
                    loop.newLoop(),
                    KeyringListener.NONE,
                    predecessor == null ? null : predecessor.keyring);
            return this;
        }

        Keyring keyring() {
            return keyring;
        }

        KeyringStatus status() {
            return keyring.status();
        }

        Envelope seal(String payload) {
            return keyring.sealUnder(null, payload.getBytes(StandardCharsets.UTF_8), PURPOSE, NO_DATA);
        }

        /** Opens within the deadline, or throws what the caller would see. */
        String open(Envelope envelope) {
            CompletableFuture<byte[]> result = keyring.openAsync(
                    envelope, envelope.keyId().text(), PURPOSE, NO_DATA, Deadline.after(DEADLINE, loop::nanoTime));
            loop.run(DEADLINE.plusMillis(1));
            if (!result.isDone()) {
                throw new AssertionError("an open outlived its deadline");
            }
            try {
                return new String(result.join(), StandardCharsets.UTF_8);
            } catch (CompletionException e) {
                throw (KeyringException) e.getCause();
            }
        }
    }

    static KeyringConfig config(int members, UnaryOperator<KeyringConfig.Builder> with) {
        return with.apply(KeyringConfig.named("test")).build(members);
    }
}
