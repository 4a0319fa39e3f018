package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName(
        "A keyring over Vault, AWS, Google Cloud and Azure behind a kube-apiserver, any two of four to read, three to write")
class FourKmsesIT {
    private static final String SCENARIO = "12 four KMSes";
    private static final String POLICY = "decryptThreshold: 2, writeQuorum: 3, keyIdHold: 0s, probe: {interval: 2s}";
    private static final int SECRETS = 10;

    @Test
    @DisplayName("opens all Secrets without any two of them and writes without any one")
    void anyTwoAreAway() {
        Path workspace = Workspace.fresh("four-kmses");
        try (CloudKeks.Closeable vault = CloudKeks.vault(workspace);
                CloudKeks.Closeable aws = CloudKeks.localStack(workspace);
                CloudKeks.Closeable gcp = CloudKeks.gcp();
                CloudKeks.Closeable azure = CloudKeks.azure(workspace)) {
            List<CloudKeks.Closeable> all = List.of(vault, aws, gcp, azure);
            try (Plugin plugin = new Plugin(Distribution.built(), "trousseau", workspace, POLICY, members(all));
                    ControlPlane cluster = ControlPlane.start(workspace)) {
                ApiServer apiServer = cluster.apiServer(plugin.socket());
                Map<String, String> written = writeUnderAll(plugin, cluster, apiServer);
                StringBuilder picture = new StringBuilder("away            opens    writes\n");
                picture.append(row("-", "%d/%d".formatted(SECRETS, SECRETS), "yes"));
                for (ComingAndGoing away : all) {
                    picture.append(withoutOne(away, plugin, apiServer, written));
                }
                repair(plugin, cluster, apiServer);
                for (int i = 0; i < all.size(); i++) {
                    for (int j = i + 1; j < all.size(); j++) {
                        picture.append(withoutTwo(all.get(i), all.get(j), plugin, apiServer, written));
                    }
                }
                Seen.say(SCENARIO, "k=2 w=3 n=4, both processes started anew each time:\n" + picture);
            }
        }
    }

    private static Map<String, String> writeUnderAll(Plugin plugin, ControlPlane cluster, ApiServer apiServer) {
        startWhole(plugin);
        apiServer.startAndAwaitReady();
        Map<String, String> written = new TreeMap<>();
        for (int i = 0; i < SECRETS; i++) {
            written.put("secret-" + i, "value " + i);
            assertThat(apiServer.createSecret("secret-" + i, "value " + i).statusCode())
                    .isEqualTo(201);
        }
        assertThat(cluster.etcd().secrets())
                .allSatisfy(secret -> assertThat(secret.copies()).isEqualTo(4));
        return written;
    }

    private static String withoutOne(
            ComingAndGoing away, Plugin plugin, ApiServer apiServer, Map<String, String> written) {
        String name = away.member().name();
        stop(plugin, apiServer);
        away.takeAway();
        plugin.startAndAwaitReady();
        apiServer.startAndAwaitReady();

        apiServer.kubectl().createSecret("without-" + name, "written without " + name);
        assertThat(apiServer.kubectl().readSecret("without-" + name)).isEqualTo("written without " + name);
        written.put("without-" + name, "written without " + name);
        assertThat(apiServer.secretValues()).isEqualTo(written);
        away.giveBack();
        return row(name, "%d/%d".formatted(written.size(), written.size()), "yes");
    }

    /** What was written without one member gets its fourth copy by being written again. */
    private static void repair(Plugin plugin, ControlPlane cluster, ApiServer apiServer) {
        stop(plugin, apiServer);
        startWhole(plugin);
        apiServer.startAndAwaitReady();
        apiServer.kubectl().rewriteAllSecrets();
        assertThat(cluster.etcd().secrets())
                .allSatisfy(secret -> assertThat(secret.copies()).isEqualTo(4));
    }

    /** Fewer than writeQuorum members could not protect a new local KEK, so the plugin starts before they go. */
    private static String withoutTwo(
            ComingAndGoing one, ComingAndGoing other, Plugin plugin, ApiServer apiServer, Map<String, String> written) {
        String names = one.member().name() + ", " + other.member().name();
        stop(plugin, apiServer);
        startWhole(plugin);
        long unwrapsBefore = unwraps(plugin);
        one.takeAway();
        other.takeAway();
        apiServer.startAndAwaitReady();

        assertThat(apiServer.secretValues()).as("Secrets without " + names).isEqualTo(written);
        assertThat(unwraps(plugin)).as("unwraps of stored copies").isGreaterThan(unwrapsBefore);
        String name = "meanwhile-" + names.replace(", ", "-");
        apiServer.kubectl().createSecret(name, "written without " + names);
        written.put(name, "written without " + names);
        one.giveBack();
        other.giveBack();
        return row(names, "%d/%d".formatted(written.size() - 1, written.size() - 1), "yes, while the plugin runs");
    }

    private static void startWhole(Plugin plugin) {
        plugin.startAndAwaitReady();
        await("all four protect")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !plugin.status().path("degraded").asBoolean());
    }

    private static long unwraps(Plugin plugin) {
        return (long)
                plugin.metrics().sum("trousseau_kms_calls_seconds_count", "operation=\"unwrap\"", "purpose=\"open\"");
    }

    private static void stop(Plugin plugin, ApiServer apiServer) {
        apiServer.stop();
        plugin.stop();
    }

    private static String row(String away, String opens, String writes) {
        return "%-15s %-8s %s%n".formatted(away, opens, writes);
    }

    @Test
    @DisplayName("changes its key_id once with a rotation at any of the four, and reads what is old")
    void rotations() {
        Path workspace = Workspace.fresh("four-kmses-rotation");
        try (CloudKeks.Closeable vault = CloudKeks.vault(workspace);
                CloudKeks.Closeable aws = CloudKeks.aws(workspace);
                CloudKeks.Closeable gcp = CloudKeks.gcp();
                CloudKeks.Closeable azure = CloudKeks.azure(workspace)) {
            List<CloudKeks.Closeable> all = List.of(vault, aws, gcp, azure);
            try (Plugin plugin = new Plugin(Distribution.built(), "trousseau", workspace, POLICY, members(all));
                    ControlPlane cluster = ControlPlane.start(workspace)) {
                ApiServer apiServer = cluster.apiServer(plugin.socket());
                Map<String, String> written = writeUnderAll(plugin, cluster, apiServer);
                try (KeyIdWatch watch = KeyIdWatch.start(plugin, workspace)) {
                    for (int i = 0; i < all.size(); i++) {
                        String name = all.get(i).member().name();
                        int keyIds = i + 2;
                        all.get(i).rotate();
                        await("the rotation at " + name + " is promoted")
                                .atMost(Duration.ofSeconds(60))
                                .until(() -> watch.keyIds().size() >= keyIds);
                        assertThat(watch.goOnFor(Duration.ofSeconds(8)).keyIds())
                                .as("key_ids after the rotation at %s", name)
                                .hasSize(keyIds)
                                .doesNotHaveDuplicates();
                        // A new process encrypts under the new key_id at once.
                        apiServer.restart();
                        apiServer.awaitReady();
                        apiServer.kubectl().createSecret("after-" + name, "after the rotation at " + name);
                        written.put("after-" + name, "after the rotation at " + name);
                        assertThat(apiServer.secretValues()).isEqualTo(written);
                    }
                    plugin.stop();
                    plugin.startAndAwaitReady();
                    assertThat(apiServer.secretValues()).isEqualTo(written);
                    assertThat(cluster.etcd().secrets())
                            .allSatisfy(secret -> assertThat(secret.copies()).isEqualTo(4));
                    Seen.say(
                            SCENARIO,
                            "rotated at vault, aws, gcp and azure in turn: %d key_ids, and all %d Secrets read"
                                    .formatted(all.size() + 1, written.size()));
                }
            }
        }
    }

    private static List<Plugin.NamedMember> members(List<? extends ComingAndGoing> all) {
        return all.stream().map(ComingAndGoing::member).toList();
    }
}
