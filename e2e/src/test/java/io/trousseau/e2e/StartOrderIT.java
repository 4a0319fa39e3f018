package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("kube-apiserver and the plugin, started in either order")
class StartOrderIT {
    private static final String SCENARIO = "4 start order";

    @ParameterizedTest(
            name = "work without a restart of either when kube-apiserver comes first, and one key_id is reported: {0}")
    @EnumSource
    void apiServerFirst(Kek.Kms kms) {
        Path workspace = Workspace.fresh("apiserver-first-" + kms.label());
        Distribution distribution = Distribution.built();
        try (Kek kek = kms.newKek(distribution, workspace);
                Plugin plugin = new Plugin(distribution, "trousseau", workspace, kek.member());
                ControlPlane cluster = ControlPlane.start(workspace);
                KeyIdWatch watch = KeyIdWatch.start(plugin, workspace)) {
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            apiServer.start();
            apiServer.awaitHealth("/livez");
            assertThat(apiServer.health("/readyz"))
                    .as("/readyz without a plugin")
                    .isNotEqualTo(200);

            plugin.start();
            apiServer.awaitReady();

            assertWorks(apiServer, cluster, watch);
            Seen.say(SCENARIO, kms.label() + ": kube-apiserver first: ready once the plugin was there, one key_id");
        }
    }

    @ParameterizedTest(
            name = "work without a restart of either when the plugin comes first, and one key_id is reported: {0}")
    @EnumSource
    void pluginFirst(Kek.Kms kms) {
        Path workspace = Workspace.fresh("plugin-first-" + kms.label());
        Distribution distribution = Distribution.built();
        try (Kek kek = kms.newKek(distribution, workspace);
                Plugin plugin = new Plugin(distribution, "trousseau", workspace, kek.member());
                KeyIdWatch watch = KeyIdWatch.start(plugin, workspace);
                ControlPlane cluster = ControlPlane.start(workspace)) {
            plugin.startAndAwaitReady();

            ApiServer apiServer = cluster.apiServer(plugin.socket());
            apiServer.startAndAwaitReady();

            assertWorks(apiServer, cluster, watch);
            Seen.say(SCENARIO, kms.label() + ": the plugin first: ready, one key_id");
        }
    }

    private static void assertWorks(ApiServer apiServer, ControlPlane cluster, KeyIdWatch watch) {
        apiServer.kubectl().createSecret("password", "in either order");

        assertThat(apiServer.kubectl().readSecret("password")).isEqualTo("in either order");
        assertThat(watch.goOnFor(Duration.ofSeconds(10)).keyIds())
                .as("key_ids since the plugin started: %s", watch.answers())
                .containsExactly(cluster.etcd().secret("default/password").keyId());
    }
}
