package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes each member of a keyring away and gives it back: when the plugin starts, in steady state, and at the rotation of
 * another. A client of the cluster reads and writes all the while that there is a kube-apiserver.
 */
final class MembersComeAndGo {
    private final String scenario;
    private final int threshold;
    private final int quorum;
    private final Map<String, ComingAndGoing> members = new LinkedHashMap<>();
    private final Map<String, String> written = new LinkedHashMap<>();
    private final Set<String> degradedKeyIds = new HashSet<>();
    private int requests;

    MembersComeAndGo(String scenario, int threshold, int quorum, List<? extends ComingAndGoing> members) {
        this.scenario = scenario;
        this.threshold = threshold;
        this.quorum = quorum;
        members.forEach(member -> this.members.put(member.member().name(), member));
    }

    void run(Distribution distribution, Path workspace) {
        int all = members.size();
        List<Plugin.NamedMember> named =
                members.values().stream().map(ComingAndGoing::member).toList();
        // Every return of a member is told at once, so that the test need not wait for the hold to end.
        String policy = "decryptThreshold: %d, writeQuorum: %d, keyIdHold: 0s, probe: {interval: 2s}"
                .formatted(threshold, quorum);
        boolean writesWithoutOne = quorum < all;
        try (Plugin plugin = new Plugin(distribution, "trousseau", workspace, policy, named);
                ControlPlane cluster = ControlPlane.start(workspace)) {
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            for (String away : members.keySet()) {
                String rotated = members.keySet().stream()
                        .filter(name -> !name.equals(away))
                        .findFirst()
                        .orElseThrow();

                members.get(away).takeAway();
                plugin.start();
                if (writesWithoutOne) {
                    plugin.awaitReady();
                    awaitWhole(plugin, false);
                    apiServer.startAndAwaitReady();
                    write(apiServer, plugin, "start-without-" + away);
                    members.get(away).giveBack();
                    awaitWhole(plugin, true);
                } else {
                    await("a status").until(() -> plugin.health("/livez") == 200);
                    assertThat(plugin.status().path("serving").asText()).isEqualTo("starting");
                    members.get(away).giveBack();
                    plugin.awaitReady();
                    apiServer.startAndAwaitReady();
                }
                apiServer.restart();
                apiServer.awaitReady();
                write(apiServer, plugin, "start-with-" + away);

                String before = keyId(plugin);
                Traffic traffic = Traffic.start(apiServer, "meanwhile-" + away);
                members.get(away).takeAway();
                await(away + " is seen to be away")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> phase(plugin, away).equals("unreachable"));
                write(apiServer, plugin, "steady-without-" + away);
                assertThat(keyId(plugin)).as("key_id while %s is away", away).isEqualTo(before);

                members.get(rotated).rotate();
                if (writesWithoutOne) {
                    await("the rotation is promoted without " + away)
                            .atMost(Duration.ofSeconds(30))
                            .until(() -> !keyId(plugin).equals(before));
                    awaitWhole(plugin, false);
                    finish(traffic);
                    apiServer.restart();
                    apiServer.awaitReady();
                    write(apiServer, plugin, "rotation-without-" + away);
                }
                members.get(away).giveBack();
                await("the rotation is complete")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> !keyId(plugin).equals(before) && isWhole(plugin));
                finish(traffic);
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
                    .filteredOn(secret -> written.containsKey(secret.name().substring("default/".length())))
                    .hasSameSizeAs(written.keySet())
                    .allSatisfy(secret -> assertThat(secret.copies() < all)
                            .as("%s has %d copies under %s", secret.name(), secret.copies(), secret.keyId())
                            .isEqualTo(degradedKeyIds.contains(secret.keyId())));
            long degraded =
                    stored.stream().filter(secret -> secret.copies() < all).count();
            if (writesWithoutOne) {
                assertThat(degraded).as("degraded Secrets").isGreaterThanOrEqualTo(2L * all);
            } else {
                assertThat(degraded).as("degraded Secrets").isZero();
            }

            apiServer.kubectl().rewriteAllSecrets();

            assertThat(cluster.etcd().secrets())
                    .allSatisfy(secret -> assertThat(secret.copies()).isEqualTo(all))
                    .extracting(StoredSecret::keyId)
                    .containsOnly(keyId(plugin));
            assertThat(apiServer.secretValues()).containsAllEntriesOf(written);
            Seen.say(
                    scenario,
                    "k=%d w=%d n=%d: each member was taken away and given back at start, in steady state and at rotation;"
                                    .formatted(threshold, quorum, all)
                            + " %d requests meanwhile, none failed; %d of %d Secrets were degraded, by their key_id; after"
                                    .formatted(requests, degraded, stored.size())
                            + " the rewrite none");
        }
    }

    private void finish(Traffic traffic) {
        traffic.close();
        assertThat(traffic.failures()).as("failed requests").isEmpty();
        requests += traffic.completed();
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
