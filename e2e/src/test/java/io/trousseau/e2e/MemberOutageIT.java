package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.testkit.vault.OpenBao;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("While the only member")
class MemberOutageIT {
    private static final String SCENARIO = "6 outage";

    @ParameterizedTest(
            name = "is ordered to \"{0}\", Status answers at once and says why, known local KEKs are served, and"
                    + " kube-apiserver recovers by itself")
    @ValueSource(strings = {"hang", "error UNAVAILABLE"})
    void knownLocalKeksAreServed(String order) {
        Path workspace = Workspace.fresh("outage-" + order.replace(' ', '-'));
        Distribution distribution = FaultMember.installed(Distribution.built(), workspace);
        FaultMember member = new FaultMember(workspace);
        try (Plugin plugin = new Plugin(distribution, "trousseau", workspace, member.only());
                ControlPlane cluster = ControlPlane.start(workspace)) {
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            plugin.startAndAwaitReady();
            apiServer.startAndAwaitReady();
            apiServer.kubectl().createSecret("before", "readable all the time");
            try (KeyIdWatch watch = KeyIdWatch.start(plugin, workspace)) {
                outage(order, () -> member.order(order), () -> member.order("ok"), cluster, apiServer, watch);
            }
        }
    }

    @ParameterizedTest(
            name = "is a Vault that is {0}, Status answers at once and says why, known local KEKs are served, and"
                    + " kube-apiserver recovers by itself")
    @ValueSource(strings = {"frozen", "sealed", "killed"})
    void knownLocalKeksAreServedWithoutVault(String outage) {
        Path workspace = Workspace.fresh("outage-vault-" + outage);
        try (VaultKek kek = VaultKek.start("vault", workspace);
                Plugin plugin = new Plugin(Distribution.built(), "trousseau", workspace, kek.member());
                ControlPlane cluster = ControlPlane.start(workspace)) {
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            plugin.startAndAwaitReady();
            apiServer.startAndAwaitReady();
            apiServer.kubectl().createSecret("before", "readable all the time");
            OpenBao server = kek.server();
            try (KeyIdWatch watch = KeyIdWatch.start(plugin, workspace)) {
                switch (outage) {
                    case "frozen" ->
                        outage("vault is frozen", server::pause, server::resume, cluster, apiServer, watch);
                    case "sealed" -> outage("vault is sealed", server::seal, server::unseal, cluster, apiServer, watch);
                    default ->
                        outage(
                                "vault is killed",
                                server::kill,
                                () -> {
                                    server.start();
                                    server.unseal();
                                },
                                cluster,
                                apiServer,
                                watch);
                }
            }
        }
    }

    @Test
    @DisplayName(
            "is a Vault that is stopped for longer than a local KEK lives, nothing fails, and the local KEK is replaced"
                    + " once Vault is back, under the same key_id")
    void longerThanALocalKekLives() {
        Path workspace = Workspace.fresh("outage-vault-long");
        String policy = "localKek: {maxAge: 1m}, probe: {interval: 2s}";
        try (VaultKek kek = VaultKek.start("vault", workspace);
                Plugin plugin = new Plugin(
                        Distribution.built(),
                        "trousseau",
                        workspace,
                        policy,
                        List.of(kek.member().named("main")));
                ControlPlane cluster = ControlPlane.start(workspace)) {
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            plugin.startAndAwaitReady();
            apiServer.startAndAwaitReady();
            apiServer.kubectl().createSecret("before", "readable all the time");
            String keyId = plugin.status().path("keyId").asText();

            Traffic traffic = Traffic.start(apiServer, "meanwhile");
            try (traffic) {
                kek.server().stop();
                await("the local KEK is older than it should be")
                        .atMost(Duration.ofSeconds(100))
                        .pollInterval(Duration.ofSeconds(1))
                        .until(() -> localKekAge(plugin) > 65);
                assertThat(plugin.status().path("keyId").asText()).isEqualTo(keyId);
                kek.server().start();
                kek.server().unseal();
                await("the local KEK is replaced")
                        .atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofSeconds(1))
                        .until(() -> localKekAge(plugin) < 60);
            }

            assertThat(traffic.failures()).as("failed requests").isEmpty();
            assertThat(plugin.status().path("keyId").asText()).isEqualTo(keyId);
            assertThat(apiServer.kubectl().readSecret("before")).isEqualTo("readable all the time");
            Seen.say(
                    SCENARIO,
                    "vault was stopped for longer than a local KEK lives: %d Secrets were created and read, none failed;"
                                    .formatted(traffic.completed())
                            + " then the local KEK was replaced, the key_id stayed");
        }
    }

    private static double localKekAge(Plugin plugin) {
        return plugin.metrics().sum("trousseau_local_kek_age_seconds");
    }

    private static void outage(
            String order, Runnable begin, Runnable end, ControlPlane cluster, ApiServer apiServer, KeyIdWatch watch) {
        String keyId = cluster.etcd().secret("default/before").keyId();

        begin.run();
        await("Status tells of the outage")
                .atMost(Duration.ofSeconds(120))
                .until(() ->
                        !List.of("", "ok").contains(watch.last().path("healthz").asText()));

        JsonNode reason = watch.last();
        assertThat(reason.path("code").asText())
                .as("Status during the outage: %s", reason)
                .isEqualTo("OK");
        assertThat(reason.path("keyId").asText()).isEqualTo(keyId);
        assertThat(reason.path("healthz").asText()).as("the reason").contains("main");
        assertThat(apiServer.kubectl().readSecret("before")).isEqualTo("readable all the time");
        assertThat(apiServer
                        .createSecret("during", "written without the member")
                        .statusCode())
                .isEqualTo(201);
        Seen.say(
                SCENARIO,
                "\"%s\": Status answers at once: %s"
                        .formatted(order, reason.path("healthz").asText()));

        // A new process knows no seed: each of its reads needs the plugin.
        apiServer.stop();
        apiServer.start();
        apiServer.awaitHealth("/livez");
        await("reads through a kube-apiserver that was started during the outage")
                .atMost(Duration.ofSeconds(30))
                .until(() -> apiServer.getSecret("before").statusCode() == 200
                        && apiServer.getSecret("during").statusCode() == 200);
        assertThat(apiServer.health("/readyz/kms-providers"))
                .as("readiness during the outage")
                .isEqualTo(500);

        end.run();
        apiServer.awaitReady();

        apiServer.kubectl().createSecret("after", "written again");
        assertThat(apiServer.kubectl().readSecret("after")).isEqualTo("written again");
        assertThat(apiServer.kubectl().readSecret("before")).isEqualTo("readable all the time");
        assertThat(watch.keyIds()).containsExactly(keyId);
        // Each call of the watch has a second.
        assertThat(watch.answers())
                .extracting(answer -> answer.path("code").asText())
                .containsOnly("OK");
        Seen.say(
                SCENARIO,
                "\"%s\": Secrets were read and written, through a restarted kube-apiserver too; it became"
                                .formatted(order)
                        + " ready by itself");
    }
}
