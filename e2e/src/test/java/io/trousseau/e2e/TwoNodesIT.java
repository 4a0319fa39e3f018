package io.trousseau.e2e;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
    void agreeAndConverge() throws IOException {
        Path workspace = Workspace.fresh("two-nodes");
        Distribution distribution = Distribution.built();
        // Each node has its own copy of the key file, as nodes have.
        Path keyOfA = distribution.generateKey(workspace.resolve("a.key"));
        Path keyOfB = workspace.resolve("b.key");
        distribute(keyOfA, keyOfB);
        try (Plugin a = new Plugin(distribution, "trousseau-a", workspace, Plugin.Member.local(keyOfA));
                Plugin b = new Plugin(distribution, "trousseau-b", workspace, Plugin.Member.local(keyOfB));
                ControlPlane cluster = ControlPlane.start(workspace);
                KeyIdWatch watchOfA = KeyIdWatch.start(a, workspace);
                KeyIdWatch watchOfB = KeyIdWatch.start(b, workspace)) {
            ApiServer apiServerOfA = cluster.apiServer(a.socket());
            ApiServer apiServerOfB = cluster.apiServer(b.socket());
            a.start();
            b.start();
            apiServerOfA.start();
            apiServerOfB.start();
            apiServerOfA.awaitReady();
            apiServerOfB.awaitReady();

            assertEachReadsTheOther(apiServerOfA, apiServerOfB, "before");
            String oldKeyId = cluster.etcd().secret("default/before-a").keyId();
            assertThat(cluster.etcd().secret("default/before-b").keyId()).isEqualTo(oldKeyId);
            assertThat(watchOfA.keyIds()).containsExactly(oldKeyId);
            assertThat(watchOfB.keyIds()).containsExactly(oldKeyId);
            Seen.say(SCENARIO, "each reads what the other wrote; both report " + oldKeyId);

            Instant rotatedAtA = Instant.now();
            distribution.rotateKeyLater(keyOfA, ACTIVATE_IN);
            await("30 s between the rotations")
                    .atMost(STAGGER.plusSeconds(5))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        // What both could read, both can read, whoever has rotated.
                        assertThat(apiServerOfA.getSecret("before-b").statusCode())
                                .isEqualTo(200);
                        assertThat(apiServerOfB.getSecret("before-a").statusCode())
                                .isEqualTo(200);
                        return Duration.between(rotatedAtA, Instant.now()).compareTo(STAGGER) >= 0;
                    });
            assertEachReadsTheOther(apiServerOfA, apiServerOfB, "between");
            assertThat(watchOfA.keyIds()).containsExactly(oldKeyId);
            assertThat(watchOfB.keyIds())
                    .as("key_ids of the node that has not rotated")
                    .containsExactly(oldKeyId);
            Instant rotatedAtB = Instant.now();
            distribute(keyOfA, keyOfB);

            await("both plugins have promoted the new version")
                    .atMost(Duration.ofSeconds(120))
                    .until(() ->
                            watchOfA.keyIds().size() > 1 && watchOfB.keyIds().size() > 1);
            String newKeyId = watchOfA.keyIds().get(1);
            apiServerOfA.awaitStatusAfter(rotatedAtA, newKeyId);
            apiServerOfB.awaitStatusAfter(rotatedAtB, newKeyId);
            assertEachReadsTheOther(apiServerOfA, apiServerOfB, "after");

            List<String> rewrites = rewritesOfUnchangedWrites("before-a", apiServerOfA, apiServerOfB);

            assertThat(rewrites)
                    .as("resource versions after writes that change nothing")
                    .hasSize(2);
            assertThat(cluster.etcd().secret("default/before-a").keyId()).isEqualTo(newKeyId);
            assertThat(watchOfA.keyIds()).containsExactly(oldKeyId, newKeyId);
            assertThat(watchOfB.keyIds()).containsExactly(oldKeyId, newKeyId);
            Seen.say(
                    SCENARIO,
                    "rotated 30 s apart, each reading the other all the time: each changed its key_id once, both to "
                            + newKeyId);
            Seen.say(SCENARIO, "10 writes that change nothing, through both in turn, rewrote a Secret once");
        }
    }

    private static void assertEachReadsTheOther(ApiServer a, ApiServer b, String when) {
        a.kubectl().createSecret(when + "-a", "written at A");
        b.kubectl().createSecret(when + "-b", "written at B");

        assertThat(b.kubectl().readSecret(when + "-a")).isEqualTo("written at A");
        assertThat(a.kubectl().readSecret(when + "-b")).isEqualTo("written at B");
    }

    /** The resource versions that a Secret had, in order, while both wrote it back unchanged five times in turn. */
    private static List<String> rewritesOfUnchangedWrites(String secret, ApiServer a, ApiServer b) {
        List<String> versions =
                new ArrayList<>(List.of(resourceVersion(a.getSecret(secret).body())));
        for (int i = 0; i < 10; i++) {
            String version = resourceVersion(
                    (i % 2 == 0 ? a : b).replaceUnchanged(secret).body());
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

    /** Brings a key file to another node: whole or not at all, and with its mode. */
    private static void distribute(Path from, Path to) throws IOException {
        Path coming = to.resolveSibling(to.getFileName() + ".coming");
        Files.copy(from, coming, COPY_ATTRIBUTES);
        Files.move(coming, to, ATOMIC_MOVE, REPLACE_EXISTING);
    }
}
