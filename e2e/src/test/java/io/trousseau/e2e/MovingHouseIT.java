package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A cluster that moves from one KMS to another")
class MovingHouseIT {
    private static final String SCENARIO = "9 moving house";

    private Path workspace;
    private Distribution distribution;

    @Test
    @DisplayName(
            "reads and writes all the way from A over A+B and B with A for reading to B alone, and A can be deleted")
    void moves() throws IOException {
        workspace = Workspace.fresh("moving-house");
        distribution = Distribution.built();
        Path keyOfA = distribution.generateKey(workspace.resolve("a.key"));
        Path keyOfB = distribution.generateKey(workspace.resolve("b.key"));
        Plugin.NamedMember a = Plugin.Member.local(keyOfA).named("a");
        Plugin.NamedMember b = Plugin.Member.local(keyOfB).named("b");
        try (Plugin plugin = new Plugin(distribution, "trousseau", workspace, "", List.of(a));
                ControlPlane cluster = ControlPlane.start(workspace)) {
            plugin.startAndAwaitReady();
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            apiServer.startAndAwaitReady();
            Map<String, String> old = new TreeMap<>();
            for (int i = 0; i < 10; i++) {
                old.put("old-" + i, "value " + i);
                apiServer.createSecret("old-" + i, "value " + i);
            }
            Traffic traffic = Traffic.start(apiServer, "moving");
            try (traffic) {
                step(cluster, apiServer, plugin, List.of(a, b), 2);
                step(cluster, apiServer, plugin, List.of(b, a.unwrapOnly()), 1);
                step(cluster, apiServer, plugin, List.of(b), 1);
                Files.delete(keyOfA);
            }
            assertThat(traffic.failures()).as("failed requests").isEmpty();
            assertThat(traffic.completed()).isPositive();

            apiServer.stop();
            plugin.stop();
            plugin.startAndAwaitReady();
            apiServer.startAndAwaitReady();

            assertThat(apiServer.secretValues()).containsAllEntriesOf(old);
            Seen.say(
                    SCENARIO,
                    "A is deleted; all %d Secrets read; %d were written and read on the way and none failed"
                            .formatted(cluster.etcd().secrets().size(), traffic.completed()));
        }
    }

    /** One configuration follows another: checked, taken over, heard by kube-apiserver, and everything rewritten. */
    private void step(
            ControlPlane cluster, ApiServer apiServer, Plugin plugin, List<Plugin.NamedMember> members, int copies)
            throws IOException {
        Path before = Files.copy(
                workspace.resolve("trousseau.yaml"),
                workspace.resolve("before.yaml"),
                StandardCopyOption.REPLACE_EXISTING);
        String keyIdBefore = plugin.status().path("keyId").asText();
        Path after = plugin.configure("", members);
        String consequences = distribution.configDiff(before, after);
        assertThat(consequences).doesNotContain("unreadable:");

        plugin.replace();
        String keyId = plugin.status().path("keyId").asText();
        if (consequences.contains("stale:")) {
            assertThat(keyId).isNotEqualTo(keyIdBefore);
        } else {
            assertThat(keyId).isEqualTo(keyIdBefore);
        }
        await("kube-apiserver hears of it")
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> apiServer.health("/readyz") == 200 && apiServer.lastStatusWith(keyId) > 0);
        apiServer.kubectl().rewriteAllSecrets();

        assertThat(cluster.etcd().secrets()).allSatisfy(secret -> {
            assertThat(secret.keyId()).isEqualTo(keyId);
            assertThat(secret.copies()).isEqualTo(copies);
        });
        Seen.say(
                SCENARIO,
                members.stream().map(each -> each.name() + " " + each.role()).toList() + ": "
                        + consequences.lines().findFirst().orElse(""));
    }
}
