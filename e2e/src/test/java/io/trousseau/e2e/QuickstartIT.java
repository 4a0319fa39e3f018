package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.trousseau.testkit.process.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

@DisplayName("trousseau quickstart --cluster")
@ResourceLock(Guide.PORTS)
class QuickstartIT {
    private static final Duration UNTIL_READY = Duration.ofSeconds(150);

    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
    }

    /** The temporary directory that an output names. */
    private static Path directory(String output) {
        List<String> keyFiles = found("/\\S+/kek\\.key", output);
        assertThat(keyFiles).hasSize(1);
        return Path.of(keyFiles.get(0)).getParent();
    }

    private static void assertNothingLeft(Path directory) {
        assertThat(directory).doesNotExist();
        assertThat(ProcessHandle.allProcesses()
                        .filter(process ->
                                process.info().commandLine().orElse("").contains(directory.toString())))
                .isEmpty();
    }

    @Test
    @DisplayName(
            "has a real kube-apiserver encrypt a Secret, rotates the key, rewrites the Secret and leaves nothing behind")
    void whole() {
        String output = Command.run(Distribution.built().launcher(), "quickstart", "--cluster");
        assertThat(output)
                .contains(
                        "kube-apiserver is ready after",
                        "secret/database created",
                        "6b38 733a 656e 633a 6b6d 733a k8s:enc:kms:",
                        "the password is nowhere in those",
                        "secret/database replaced")
                .doesNotContain("\u001b");
        assertThat(found("tr1\\.[A-Za-z0-9_-]{43}", output))
                .as("key_ids, before and after")
                .hasSize(2);
        assertNothingLeft(directory(output));
        Seen.say("quickstart --cluster", "a Secret created, rotated, rewritten and read back; nothing left behind");
    }

    @Test
    @DisplayName("is cleaned up by Ctrl-C")
    void interrupted() {
        Path workspace = Workspace.fresh("quickstart-interrupted");
        try (ChildProcess quickstart = Child.start(
                "quickstart",
                workspace.resolve("quickstart.log"),
                Map.of(),
                List.of(Distribution.built().launcher().toString(), "quickstart", "--cluster"))) {
            await().atMost(UNTIL_READY).until(() -> {
                assertThat(quickstart.isAlive()).as(quickstart.logged()).isTrue();
                return quickstart.logged().contains("secret/database created");
            });
            quickstart.signal("INT");
            assertThat(quickstart.awaitExit(Duration.ofSeconds(30))).isEqualTo(130);
            assertNothingLeft(directory(quickstart.logged()));
        }
    }
}
