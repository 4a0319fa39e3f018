package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A plugin under the load of 64 callers")
@Isolated("its callers take all that the machine has")
class HandoverIT {
    private static final String SCENARIO = "7 handover";
    private static final int CALLERS = 64;

    @Test
    @DisplayName("answers every call that began before its SIGTERM")
    void drainsOnSigterm() {
        Path workspace = Workspace.fresh("sigterm");
        Distribution distribution = Distribution.built();
        Path key = distribution.generateKey(workspace.resolve("kek.key"));
        try (Plugin plugin = new Plugin(distribution, "trousseau", workspace, Plugin.Member.local(key))) {
            plugin.startAndAwaitReady();
            try (KmsLoad load = KmsLoad.start(plugin, workspace, CALLERS)) {
                steadily(Duration.ofSeconds(2));

                Instant signal = Instant.now();
                plugin.terminate();
                int exit = plugin.awaitExit();
                KmsLoad.Report report = load.finish();

                assertThat(exit).as("exit code on SIGTERM").isZero();
                assertThat(report.failuresBegunBefore(signal)).isEmpty();
                assertThat(report.wrongAnswers()).isZero();
                assertThat(report.calls()).isGreaterThan(CALLERS * 2);
                Seen.say(
                        SCENARIO,
                        "SIGTERM under %d callers: %d calls, none failed that began before it (%s)"
                                .formatted(CALLERS, report.calls() - report.failedCalls(), report.latencies()));
                Seen.say(
                        SCENARIO,
                        "%d calls began after it, when nobody served any more, and ended with an error"
                                .formatted(report.failedCalls()));
            }
        }
    }

    @ParameterizedTest(
            name =
                    "is replaced by serve --replace without one failed call, nor one failed request to kube-apiserver: {0}")
    @EnumSource
    void isReplacedWithoutAFailedCall(Kek.Kms kms) {
        Path workspace = Workspace.fresh("replace-" + kms.label());
        Distribution distribution = Distribution.built();
        try (Kek kek = kms.newKek(distribution, workspace);
                Plugin plugin = new Plugin(distribution, "trousseau", workspace, kek.member());
                ControlPlane cluster = ControlPlane.start(workspace)) {
            plugin.startAndAwaitReady();
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            apiServer.startAndAwaitReady();

            Traffic traffic = Traffic.start(apiServer, "meanwhile");
            KmsLoad.Report report;
            try (traffic;
                    KmsLoad load = KmsLoad.start(plugin, workspace, CALLERS)) {
                for (int i = 0; i < 3; i++) {
                    long replaced = plugin.pid();
                    plugin.replace();
                    assertThat(plugin.pid()).isNotEqualTo(replaced);
                    steadily(Duration.ofSeconds(1));
                }
                report = load.finish();
            }

            assertThat(report.failedCalls()).as("failed calls: %s", report).isZero();
            assertThat(report.wrongAnswers()).isZero();
            assertThat(report.keyIds()).hasSize(1);
            assertThat(report.calls()).isGreaterThan(CALLERS * 2);
            assertThat(traffic.completed()).isPositive();
            assertThat(traffic.failures()).isEmpty();
            Seen.say(
                    SCENARIO,
                    "%s: serve --replace, three times, under %d callers: %d calls, none failed (%s)"
                            .formatted(kms.label(), CALLERS, report.calls(), report.latencies()));
            Seen.say(
                    SCENARIO,
                    "meanwhile %d Secrets were created and read through kube-apiserver; none failed"
                            .formatted(traffic.completed()));
        }
    }

    /** Lets the load flow for a while. */
    private static void steadily(Duration time) {
        await().pollDelay(time).until(() -> true);
    }
}
