package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Two thousand Secrets")
class ManySecretsIT {
    private static final String SCENARIO = "5 many Secrets";
    private static final int ROUNDS = 5;
    private static final int SECRETS = 400;

    @ParameterizedTest(
            name =
                    "written in five lives of both processes cost, after a restart, one unwrap for each local KEK in etcd:"
                            + " {0}")
    @EnumSource
    void costOneUnwrapForEachLocalKek(Kek.Kms kms) {
        Path workspace = Workspace.fresh("many-secrets-" + kms.label());
        Distribution distribution = Distribution.built();
        try (Kek kek = kms.newKek(distribution, workspace);
                Plugin plugin = new Plugin(distribution, "trousseau", workspace, kek.member());
                ControlPlane cluster = ControlPlane.start(workspace)) {
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            plugin.startAndAwaitReady();
            apiServer.startAndAwaitReady();

            Map<String, String> written = new TreeMap<>(write(apiServer, "first", 1));
            // From now on it writes under another seed, which the same local KEK seals.
            apiServer.restart();
            for (int round = 0; round < ROUNDS; round++) {
                written.putAll(write(apiServer, "round-" + round, SECRETS));
                restart(plugin, apiServer);
            }
            restart(plugin, apiServer);

            assertThat(apiServer.secretValues()).isEqualTo(written);
            List<StoredSecret> stored = cluster.etcd().secrets();
            long localKeks =
                    stored.stream().map(StoredSecret::localKek).distinct().count();
            long seeds = stored.stream().map(StoredSecret::seed).distinct().count();
            // The process has counted from zero since the restart.
            long unwraps = (long) plugin.metrics()
                    .sum("trousseau_kms_calls_seconds_count", "operation=\"unwrap\"", "purpose=\"open\"");
            assertThat(stored).hasSize(ROUNDS * SECRETS + 1);
            assertThat(localKeks).as("local KEKs in etcd").isGreaterThanOrEqualTo(ROUNDS);
            assertThat(seeds).as("seeds in etcd").isGreaterThan(localKeks);
            assertThat(unwraps).as("unwraps that the restart cost").isEqualTo(localKeks);
            Seen.say(
                    SCENARIO,
                    "%s: %d Secrets written in %d lives of both processes are readable after one more restart"
                            .formatted(kms.label(), stored.size(), ROUNDS));
            Seen.say(
                    SCENARIO,
                    "%s: etcd has %d local KEKs and %d seeds; the member unwrapped %d copies for them"
                            .formatted(kms.label(), localKeks, seeds, unwraps));
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
    private static Map<String, String> write(ApiServer apiServer, String prefix, int count) {
        Map<String, String> written = new TreeMap<>();
        IntStream.range(0, count).forEach(i -> written.put(prefix + "-" + i, "value " + i + " of " + prefix));
        List<Integer> answers = written.entrySet().parallelStream()
                .map(secret -> apiServer
                        .createSecret(secret.getKey(), secret.getValue())
                        .statusCode())
                .toList();
        assertThat(answers).as("answers to the creation of Secrets").containsOnly(201);
        return written;
    }
}
