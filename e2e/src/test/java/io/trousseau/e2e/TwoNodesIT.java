package io.trousseau.e2e;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Two plugins of one configuration behind two kube-apiservers on one etcd")
class TwoNodesIT {
    private static final String SCENARIO = "2 two nodes";
    private static final Duration STAGGER = Duration.ofSeconds(30);

    /** The new version wraps once both nodes have it. */
    private static final Duration ACTIVATE_IN = STAGGER.plusSeconds(15);

    @Test
    @DisplayName("read each other's Secrets, agree on the key_id, and converge after a staggered rotation without"
            + " rewriting anything again and again")
    void aKeyFileEach() throws IOException {
        Path workspace = Workspace.fresh("two-nodes-local");
        Distribution distribution = Distribution.built();
        // Each node has its own copy of the key file, as nodes have.
        Path keyOfA = distribution.generateKey(workspace.resolve("a.key"));
        Path keyOfB = workspace.resolve("b.key");
        distribute(keyOfA, keyOfB);
        try (Nodes nodes = new Nodes(workspace, Plugin.Member.local(keyOfA), Plugin.Member.local(keyOfB))) {
            String oldKeyId = nodes.startAndAgree();

            Instant rotatedAtA = Instant.now();
            distribution.rotateKeyLater(keyOfA, ACTIVATE_IN);
            nodes.readEachOtherUntil(
                    "30 s between the rotations",
                    STAGGER.plusSeconds(5),
                    () -> Duration.between(rotatedAtA, Instant.now()).compareTo(STAGGER) >= 0);
            assertThat(nodes.a.watch.keyIds()).containsExactly(oldKeyId);
            assertThat(nodes.b.watch.keyIds())
                    .as("key_ids of the node that has not rotated")
                    .containsExactly(oldKeyId);
            distribute(keyOfA, keyOfB);

            nodes.converge("local, rotated 30 s apart", oldKeyId);
        }
    }

    @Test
    @DisplayName("see a rotation in the Vault that they share each by itself, read each other's Secrets meanwhile, and"
            + " converge without rewriting anything again and again")
    void oneVault() {
        Path workspace = Workspace.fresh("two-nodes-vault");
        try (VaultKek kek = VaultKek.start("vault", workspace);
                Nodes nodes = new Nodes(workspace, kek.member(), kek.memberOfAnotherNode(workspace))) {
            String oldKeyId = nodes.startAndAgree();

            kek.rotate();

            nodes.converge("vault, rotated once", oldKeyId);
        }
    }

    /** Two nodes of a control plane: the scenario up to the rotation, and from it on. */
    private static final class Nodes implements AutoCloseable {
        /** The time between two probes of a member, 30 s, and that until kube-apiserver asks for Status, 20 s; twice. */
        private static final Duration LONGEST_ROTATION = Duration.ofSeconds(100);

        private final ControlPlane cluster;
        private final Node a;
        private final Node b;
        private int written;

        Nodes(Path workspace, Plugin.Member memberAtA, Plugin.Member memberAtB) {
            cluster = ControlPlane.start(workspace);
            a = new Node("a", workspace, memberAtA, cluster);
            b = new Node("b", workspace, memberAtB, cluster);
        }

        /** The key_id on which both agree from their start on. */
        String startAndAgree() {
            List.of(a, b).forEach(Node::start);
            List.of(a, b).forEach(node -> node.apiServer.awaitReady());
            writeAndReadEachOther("before");

            String keyId = cluster.etcd().secret("default/before-a").keyId();
            assertThat(cluster.etcd().secret("default/before-b").keyId()).isEqualTo(keyId);
            assertThat(a.watch.keyIds()).containsExactly(keyId);
            assertThat(b.watch.keyIds()).containsExactly(keyId);
            Seen.say(SCENARIO, "each reads what the other wrote; both report " + keyId);
            return keyId;
        }

        /** What both could read, both can read, and what either writes the other can read, whoever has rotated. */
        void readEachOtherUntil(String what, Duration atMost, BooleanSupplier condition) {
            await(what).atMost(atMost).pollInterval(Duration.ofSeconds(1)).until(() -> {
                assertReads(a, "before-b", "written at b");
                assertReads(b, "before-a", "written at a");
                writeAndReadEachOther("meanwhile-" + ++written);
                return condition.getAsBoolean();
            });
        }

        /** After a rotation: both change the key_id once, to the same one, and nothing is rewritten for nothing. */
        void converge(String rotation, String oldKeyId) {
            // What each kube-apiserver writes is under the new key_id before the other, or the other's plugin, knows
            // it.
            readEachOtherUntil(
                    "both plugins have promoted the new version, and both kube-apiservers have heard of it",
                    LONGEST_ROTATION,
                    () -> a.hasRotated() & b.hasRotated());
            String newKeyId = a.watch.keyIds().get(1);
            writeAndReadEachOther("after");
            assertThat(cluster.etcd().secret("default/after-a").keyId()).isEqualTo(newKeyId);
            assertThat(cluster.etcd().secret("default/after-b").keyId()).isEqualTo(newKeyId);

            List<String> rewrites = rewritesOfUnchangedWrites("before-a");

            assertThat(rewrites)
                    .as("resource versions after writes that change nothing")
                    .hasSize(2);
            assertThat(cluster.etcd().secret("default/before-a").keyId()).isEqualTo(newKeyId);
            assertThat(a.watch.keyIds()).containsExactly(oldKeyId, newKeyId);
            assertThat(b.watch.keyIds()).containsExactly(oldKeyId, newKeyId);
            Seen.say(
                    SCENARIO,
                    "%s: %d Secrets from either, all read by the other meanwhile; each changed its key_id once, both to %s"
                            .formatted(rotation, written, newKeyId));
            Seen.say(SCENARIO, "10 writes that change nothing, through both in turn, rewrote a Secret once");
        }

        private void writeAndReadEachOther(String name) {
            write(a, name);
            write(b, name);
            assertReads(b, name + "-a", "written at a");
            assertReads(a, name + "-b", "written at b");
        }

        private static void write(Node node, String name) {
            assertThat(node.apiServer
                            .createSecret(name + "-" + node.name, "written at " + node.name)
                            .statusCode())
                    .as("the creation of %s at %s", name, node.name)
                    .isEqualTo(201);
        }

        private static void assertReads(Node node, String secret, String value) {
            HttpResponse<String> answer = node.apiServer.getSecret(secret);
            assertThat(answer.statusCode())
                    .as("%s at %s: %s", secret, node.name, answer.body())
                    .isEqualTo(200);
            assertThat(ApiServer.valueOf(Json.parse(answer.body()))).isEqualTo(value);
        }

        /** The resource versions that a Secret had, in order, while both wrote it back unchanged five times in turn. */
        private List<String> rewritesOfUnchangedWrites(String secret) {
            List<String> versions = new ArrayList<>(
                    List.of(resourceVersion(a.apiServer.getSecret(secret).body())));
            for (int i = 0; i < 10; i++) {
                Node node = i % 2 == 0 ? a : b;
                String version =
                        resourceVersion(node.apiServer.replaceUnchanged(secret).body());
                if (!versions.get(versions.size() - 1).equals(version)) {
                    versions.add(version);
                }
            }
            return versions;
        }

        private static String resourceVersion(String answer) {
            JsonNode version = Json.parse(answer).path("metadata").path("resourceVersion");
            assertThat(version.isTextual()).as("a Secret: %s", answer).isTrue();
            return version.asText();
        }

        @Override
        public void close() {
            a.close();
            b.close();
            cluster.close();
        }
    }

    /** One of them: its plugin, its kube-apiserver, and what the plugin's Status said since its start. */
    private static final class Node implements AutoCloseable {
        private final String name;
        private final Plugin plugin;
        private final KeyIdWatch watch;
        private final ApiServer apiServer;

        Node(String name, Path workspace, Plugin.Member member, ControlPlane cluster) {
            this.name = name;
            plugin = new Plugin(Distribution.built(), "trousseau-" + name, workspace, member);
            watch = KeyIdWatch.start(plugin, workspace);
            apiServer = cluster.apiServer(plugin.socket());
        }

        void start() {
            plugin.start();
            apiServer.start();
        }

        /** Whether the plugin says another key_id than at first, and kube-apiserver, probed as by the kubelet, has heard it. */
        boolean hasRotated() {
            List<String> keyIds = watch.keyIds();
            return apiServer.health("/readyz") == 200
                    && keyIds.size() > 1
                    && apiServer.lastStatusWith(keyIds.get(1)) > 0;
        }

        @Override
        public void close() {
            watch.close();
            plugin.close();
        }
    }

    /** Brings a key file to another node: whole or not at all, and with its mode. */
    private static void distribute(Path from, Path to) throws IOException {
        Path coming = to.resolveSibling(to.getFileName() + ".coming");
        Files.copy(from, coming, COPY_ATTRIBUTES);
        Files.move(coming, to, ATOMIC_MOVE, REPLACE_EXISTING);
    }
}
