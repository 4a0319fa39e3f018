package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A keyring of three members behind a kube-apiserver")
class ThreeMembersIT {
    private static final String SCENARIO = "8 three members";
    private static final String AWAY = "error UNAVAILABLE";

    private final Map<String, FaultMember> members = new LinkedHashMap<>();
    private final Map<String, String> orders = new LinkedHashMap<>();
    private final Map<String, String> written = new LinkedHashMap<>();
    private final Set<String> degradedKeyIds = new HashSet<>();

    @ParameterizedTest(
            name = "k={0} w={1}: each member is taken away and returned, at start, in steady state and at rotation")
    @CsvSource({"1, 2", "2, 3"})
    void membersComeAndGo(int threshold, int quorum) {
        Path workspace = Workspace.fresh("three-members-" + threshold + "-" + quorum);
        Distribution distribution = FaultMember.installed(Distribution.built(), workspace);
        List<Plugin.NamedMember> named = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            FaultMember member = new FaultMember(workspace, name);
            members.put(name, member);
            order(name, "ok");
            named.add(member.member().named(name));
        }
        // Every return of a member is told at once, so that the test need not wait for the hold to end.
        String policy = "decryptThreshold: %d, writeQuorum: %d, keyIdHold: 0s, probe: {interval: 2s}"
                .formatted(threshold, quorum);
        boolean writesWithoutOne = quorum < 3;
        try (Plugin plugin = new Plugin(distribution, "trousseau", workspace, policy, named);
                ControlPlane cluster = ControlPlane.start(workspace)) {
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            int version = 1;
            for (String away : members.keySet()) {
                String rotated = away.equals("a") ? "b" : "a";

                order(away, AWAY);
                plugin.start();
                if (writesWithoutOne) {
                    plugin.awaitReady();
                    awaitWhole(plugin, false);
                    apiServer.startAndAwaitReady();
                    write(apiServer, plugin, "start-without-" + away);
                    restore(away);
                    awaitWhole(plugin, true);
                } else {
                    await("a status").until(() -> plugin.health("/livez") == 200);
                    assertThat(plugin.status().path("serving").asText()).isEqualTo("starting");
                    restore(away);
                    plugin.awaitReady();
                    apiServer.startAndAwaitReady();
                }
                apiServer.restart();
                apiServer.awaitReady();
                write(apiServer, plugin, "start-with-" + away);

                String before = keyId(plugin);
                order(away, AWAY);
                await(away + " is seen to be away")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> phase(plugin, away).equals("unreachable"));
                write(apiServer, plugin, "steady-without-" + away);
                assertThat(keyId(plugin)).as("key_id while %s is away", away).isEqualTo(before);

                version++;
                order(rotated, "version " + version);
                if (writesWithoutOne) {
                    await("the rotation is promoted without " + away)
                            .atMost(Duration.ofSeconds(30))
                            .until(() -> !keyId(plugin).equals(before));
                    awaitWhole(plugin, false);
                    apiServer.restart();
                    apiServer.awaitReady();
                    write(apiServer, plugin, "rotation-without-" + away);
                }
                restore(away);
                await("the rotation is complete")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> !keyId(plugin).equals(before) && isWhole(plugin));
                apiServer.restart();
                apiServer.awaitReady();
                write(apiServer, plugin, "rotation-with-" + away);
                apiServer.stop();
                plugin.stop();
            }

            plugin.startAndAwaitReady();
            apiServer.startAndAwaitReady();
            assertThat(apiServer.secretValues()).containsAllEntriesOf(written);
            List<StoredSecret> stored = cluster.etcd().secrets();
            assertThat(stored)
                    .allSatisfy(secret -> assertThat(secret.copies() < 3)
                            .as("%s has %d copies under %s", secret.name(), secret.copies(), secret.keyId())
                            .isEqualTo(degradedKeyIds.contains(secret.keyId())));
            long degraded =
                    stored.stream().filter(secret -> secret.copies() < 3).count();
            assertThat(degraded).isEqualTo(writesWithoutOne ? 6 : 0);

            apiServer.kubectl().rewriteAllSecrets();

            assertThat(cluster.etcd().secrets())
                    .allSatisfy(secret -> assertThat(secret.copies()).isEqualTo(3))
                    .extracting(StoredSecret::keyId)
                    .containsOnly(keyId(plugin));
            assertThat(apiServer.secretValues()).containsAllEntriesOf(written);
            Seen.say(
                    SCENARIO,
                    "k=%d w=%d: %d of %d Secrets were degraded, all of them and no other by their key_id; after the rewrite none"
                            .formatted(threshold, quorum, degraded, stored.size()));
        }
    }

    private void order(String member, String words) {
        FaultMember orders = members.get(member);
        if (words.startsWith("version ")) {
            this.orders.put(member, words);
        }
        String version = this.orders.getOrDefault(member, "version 1");
        orders.order(words.equals(AWAY) ? version + "\n" + AWAY : version);
    }

    private void restore(String member) {
        order(member, "ok");
    }

    private void write(ApiServer apiServer, Plugin plugin, String name) {
        if (plugin.status().path("degraded").asBoolean()) {
            degradedKeyIds.add(keyId(plugin));
        }
        apiServer.kubectl().createSecret(name, "value of " + name);
        assertThat(apiServer.kubectl().readSecret(name)).isEqualTo("value of " + name);
        written.put(name, "value of " + name);
    }

    private static void awaitWhole(Plugin plugin, boolean whole) {
        await(whole ? "all members protect" : "the others protect")
                .atMost(Duration.ofSeconds(30))
                .until(() -> isWhole(plugin) == whole);
    }

    private static boolean isWhole(Plugin plugin) {
        return !plugin.status().path("degraded").asBoolean();
    }

    private static String keyId(Plugin plugin) {
        return plugin.status().path("keyId").asText();
    }

    private static String phase(Plugin plugin, String member) {
        for (var each : plugin.status().path("members")) {
            if (each.path("name").asText().equals(member)) {
                return each.path("phase").asText();
            }
        }
        throw new AssertionError("no member " + member);
    }
}
