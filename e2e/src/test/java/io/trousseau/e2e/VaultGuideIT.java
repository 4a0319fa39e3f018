package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trousseau.testkit.process.ChildProcess;
import io.trousseau.testkit.vault.BaoProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("docs/vault.md")
class VaultGuideIT {
    private static final Pattern COMMAND = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

    private static String document;

    @BeforeAll
    static void read() throws IOException {
        document = Files.readString(Assets.module().resolve("../docs/vault.md"));
    }

    /** The commands of a section, one of each fenced block. */
    private static List<String> commands(String heading) {
        int start = document.indexOf("\n## " + heading + "\n");
        assertThat(start).as(heading).isPositive();
        int end = document.indexOf("\n## ", start + 1);
        Matcher commands = COMMAND.matcher(document.substring(start, end < 0 ? document.length() : end));
        return commands.results().map(match -> match.group(1)).toList();
    }

    /** The guide prints ports, so they must be free. */
    private static void mustBeFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(probe.isBound()).isTrue();
        } catch (IOException e) {
            fail("the guide uses 127.0.0.1:%d, and somebody listens there; end that and try again", port);
        }
    }

    @Test
    @DisplayName("leads from bao server -dev to an encrypted Secret in ten commands, which run as printed")
    void tenCommands(@TempDir Path folder) throws IOException {
        mustBeFree(8200);
        mustBeFree(8787);
        List<String> commands = commands("See it");
        assertThat(commands).hasSize(10);
        assertThat(document).contains("\n`kill %1 %2` ends");
        Path script = Files.writeString(
                folder.resolve("guide.sh"), "set -eu\ntrap 'kill %1 %2; wait' EXIT\n" + String.join("\n", commands));
        Path log = Workspace.fresh("vault-guide").resolve("guide.log");
        String path = BaoProgram.find().getParent() + ":"
                + Distribution.built().launcher().getParent() + ":" + System.getenv("PATH");
        try (ChildProcess bash = Child.start(
                "vault-guide",
                log,
                Map.of("PATH", path),
                List.of("bash", "-c", "cd \"$1\" && exec bash guide.sh", "bash", folder.toString()))) {
            int exitCode = bash.awaitExit(Duration.ofMinutes(4));
            assertThat(exitCode).as(bash.logged()).isZero();
            assertThat(bash.logged())
                    .contains(
                            "ok       member.round-trip",
                            "\n0 failures, ",
                            "secret/database created",
                            "6b38 733a 656e 633a 6b6d 733a k8s:enc:kms:",
                            "the password is nowhere in those");
        }
        assertThat(Files.readString(folder.resolve("trousseau.log"), UTF_8)).contains("protected by bao");
        mustBeFree(8200);
        mustBeFree(8787);
        Seen.say(
                "docs/vault.md",
                "ten commands as printed: an OpenBao, a key, a policy, a token, and a Secret under it");
    }
}
