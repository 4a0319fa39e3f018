package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A rotation of the key")
class KeyRotationIT {
    private static final String SCENARIO = "3 rotation";

    /** How often kube-apiserver 1.37 asks a healthy plugin for its Status. */
    private static final Duration STATUS_POLL = Duration.ofSeconds(60);

    @ParameterizedTest(
            name =
                    "in {0} changes the key_id once, leaves old Secrets readable, and is complete after one rewrite, without"
                            + " a failed request")
    @EnumSource
    void isCompleteAfterOneRewrite(Kek.Kms kms) {
        Path workspace = Workspace.fresh("rotation-" + kms.label());
        Distribution distribution = Distribution.built();
        try (Kek kek = kms.newKek(distribution, workspace);
                Plugin plugin = new Plugin(distribution, "trousseau", workspace, kek.member());
                ControlPlane cluster = ControlPlane.start(workspace);
                KeyIdWatch watch = KeyIdWatch.start(plugin, workspace)) {
            plugin.startAndAwaitReady();
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            apiServer.startAndAwaitReady();
            Map<String, String> before = new TreeMap<>();
            for (int i = 0; i < 20; i++) {
                before.put("old-" + i, "value " + i);
                apiServer.createSecret("old-" + i, "value " + i);
            }
            String oldKeyId = cluster.etcd().secret("default/old-0").keyId();

            Traffic traffic = Traffic.start(apiServer, "meanwhile");
            KmsLoad load = KmsLoad.start(plugin, workspace, 4);
            KmsLoad.Report report;
            String newKeyId;
            Duration noticed;
            try (load;
                    traffic) {
                kek.rotate();

                await("a new key_id")
                        .atMost(Duration.ofSeconds(120))
                        .until(() -> watch.keyIds().size() > 1);
                Instant promoted = Instant.now();
                newKeyId = watch.keyIds().get(1);
                await("kube-apiserver hears of it")
                        .atMost(STATUS_POLL.plusSeconds(5))
                        .until(() -> apiServer.lastStatusWith(newKeyId) > 0);
                noticed = Duration.between(promoted, Instant.now());
                assertThat(apiServer.secretValues()).as("old Secrets").containsAllEntriesOf(before);

                apiServer.kubectl().rewriteAllSecrets();
                report = load.finish();
            }

            assertThat(watch.keyIds()).containsExactly(oldKeyId, newKeyId);
            assertThat(cluster.etcd().secrets())
                    .as("Secrets in etcd")
                    .extracting(StoredSecret::keyId)
                    .containsOnly(newKeyId);
            assertThat(apiServer.secretValues()).containsAllEntriesOf(before);
            assertThat(traffic.completed()).isPositive();
            assertThat(traffic.failures())
                    .as("failed requests to kube-apiserver")
                    .isEmpty();
            assertThat(report.failedCalls())
                    .as("failed calls to the plugin: %s", report)
                    .isZero();
            assertThat(report.wrongAnswers()).isZero();
            assertThat(report.keyIds()).containsExactlyInAnyOrder(oldKeyId, newKeyId);
            Seen.say(
                    SCENARIO,
                    "%s: key_id %s, then %s, heard by kube-apiserver %d s after the plugin's promotion"
                            .formatted(kms.label(), oldKeyId, newKeyId, noticed.toSeconds()));
            Seen.say(
                    SCENARIO,
                    "rewritten by kubectl: all %d Secrets in etcd have the new key_id"
                            .formatted(cluster.etcd().secrets().size()));
            Seen.say(
                    SCENARIO,
                    "meanwhile %d Secrets were created and read and %d calls made to the plugin; none failed"
                            .formatted(traffic.completed(), report.calls()));
        }
    }
}
