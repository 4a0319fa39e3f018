package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.trousseau.testkit.vault.OpenBao;
import io.trousseau.testkit.vault.OpenBaoCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@DisplayName("A raft cluster of three OpenBao servers as the only member")
@Isolated("its callers take all that the machine has")
class VaultClusterIT {
    private static final String SCENARIO = "11 a Vault cluster";

    @Test
    @DisplayName("loses its leader under load, and no request fails, whatever the plugin must ask it for")
    void leaderIsKilled() {
        Path workspace = Workspace.fresh("vault-cluster");
        try (OpenBaoCluster vault = OpenBaoCluster.start();
                Plugin plugin = new Plugin(
                        Distribution.built(), "trousseau", workspace, VaultKek.in(vault, "vault", workspace));
                ControlPlane cluster = ControlPlane.start(workspace)) {
            plugin.startAndAwaitReady();
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            apiServer.startAndAwaitReady();
            Map<String, String> before = new TreeMap<>();
            for (int i = 0; i < 10; i++) {
                before.put("old-" + i, "value " + i);
                apiServer.createSecret("old-" + i, "value " + i);
            }
            String keyId = plugin.status().path("keyId").asText();

            Traffic traffic = Traffic.start(apiServer, "meanwhile");
            KmsLoad load = KmsLoad.start(plugin, workspace, 8);
            KmsLoad.Report report;
            OpenBao killed;
            OpenBao leader;
            try (load;
                    traffic) {
                killed = vault.killLeader();
                leader = vault.leader();
                int atElection = traffic.completed();
                await("requests after the election")
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> traffic.completed() > atElection + 20);

                leader.root().rotateKey("kubernetes");
                await("the new leader's new version is promoted")
                        .atMost(Duration.ofSeconds(120))
                        .until(() -> !plugin.status().path("keyId").asText().equals(keyId));
                // A new process knows no local KEK: what is stored costs it an unwrap by the new leader.
                plugin.replace();
                assertThat(apiServer.secretValues()).containsAllEntriesOf(before);
                report = load.finish();
            }
            assertThat(traffic.failures()).as("failed requests").isEmpty();
            assertThat(report.failedCalls()).as("failed calls: %s", report).isZero();
            assertThat(report.wrongAnswers()).isZero();

            killed.start();
            killed.unseal();
            vault.killLeader();
            plugin.stop();
            apiServer.stop();
            plugin.start();
            apiServer.start();
            apiServer.awaitReady();
            assertThat(apiServer.secretValues()).containsAllEntriesOf(before);
            Seen.say(
                    SCENARIO,
                    "the leader was killed under load: %d Secrets were created and read and %d calls made to the plugin, none"
                                    .formatted(traffic.completed(), report.calls())
                            + " failed; rotated by the next leader; that one killed too, all Secrets read after a restart");
        }
    }
}
