package io.trousseau.e2e;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Two thousand Secrets")
class ManySecretsIT {
    private static final String SCENARIO = "5 many Secrets";
    private static final int ROUNDS = 5;
    private static final int SECRETS = 400;

    @Test
    @DisplayName("written in five lives of both processes cost, after a restart, one unwrap for each local KEK in etcd")
    void costOneUnwrapForEachLocalKek() {
        Path workspace = Workspace.fresh("many-secrets");
        Distribution distribution = FaultyMember.installed(Distribution.built(), workspace);
        FaultyMember member = new FaultyMember(distribution.generateKey(workspace.resolve("kek.key")));
        try (Plugin plugin = new Plugin(distribution, "trousseau", workspace, member.member());
                ControlPlane cluster = ControlPlane.start(workspace)) {
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            plugin.startAndAwaitReady();
            apiServer.startAndAwaitReady();

            Map<String, String> written = new TreeMap<>();
            for (int round = 0; round < ROUNDS; round++) {
                written.putAll(write(apiServer, "round-" + round));
                restart(plugin, apiServer);
            }
            int unwrapsBefore = member.unwrapped().size();
            restart(plugin, apiServer);

            assertThat(apiServer.secretValues()).hasSize(ROUNDS * SECRETS).isEqualTo(written);
            List<StoredSecret> stored = cluster.etcd().secrets();
            Set<String> localKeks = stored.stream().map(StoredSecret::localKek).collect(toSet());
            Set<String> copies = stored.stream().flatMap(StoredSecret::copies).collect(toSet());
            List<String> unwrapped = member.unwrapped();
            List<String> ofStored = unwrapped.subList(unwrapsBefore, unwrapped.size()).stream()
                    .filter(copies::contains)
                    .toList();
            assertThat(stored).hasSize(ROUNDS * SECRETS);
            assertThat(localKeks).as("local KEKs in etcd").hasSizeGreaterThanOrEqualTo(ROUNDS);
            assertThat(ofStored)
                    .as("copies from etcd that the member unwrapped")
                    .containsExactlyInAnyOrderElementsOf(copies);
            assertThat(ofStored).hasSameSizeAs(localKeks);
            Seen.say(
                    SCENARIO,
                    "%d Secrets written in %d lives of both processes are readable after one more restart"
                            .formatted(stored.size(), ROUNDS));
            Seen.say(
                    SCENARIO,
                    "etcd has %d local KEKs and %d seeds; the member unwrapped %d copies for them"
                            .formatted(
                                    localKeks.size(),
                                    stored.stream()
                                            .map(StoredSecret::seed)
                                            .distinct()
                                            .count(),
                                    ofStored.size()));
        }
    }

    private static void restart(Plugin plugin, ApiServer apiServer) {
        plugin.stop();
        apiServer.stop();
        plugin.start();
        apiServer.start();
        apiServer.awaitReady();
    }

    /** Creates Secrets over several connections at once: their values by name. */
    private static Map<String, String> write(ApiServer apiServer, String prefix) {
        Map<String, String> written = new TreeMap<>();
        IntStream.range(0, SECRETS).forEach(i -> written.put(prefix + "-" + i, "value " + i + " of " + prefix));
        List<Integer> answers = written.entrySet().parallelStream()
                .map(secret -> apiServer
                        .createSecret(secret.getKey(), secret.getValue())
                        .statusCode())
                .toList();
        assertThat(answers).as("answers to the creation of Secrets").containsOnly(201);
        return written;
    }
}
