package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trousseau.testkit.process.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The commands of one section of a document, one of each fenced block, run as printed. */
final class Guide {
    /** Names what only one test may use at a time: the ports that guides print. */
    static final String PORTS = "the ports of the guides";

    private static final Pattern BLOCK = Pattern.compile("^```(\\w*)\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    private final String label;
    private final String section;

    private Guide(String label, String section) {
        this.label = label;
        this.section = section;
    }

    /** The section of {@code docs/NAME.md} that has this heading. */
    static Guide of(String name, String heading) {
        try {
            String document = Files.readString(Assets.module().resolve("../docs/" + name + ".md"));
            int start = document.indexOf("\n## " + heading + "\n");
            assertThat(start).as(heading).isPositive();
            int end = document.indexOf("\n## ", start + 1);
            String label = (name + " " + heading).toLowerCase(Locale.ROOT).replace(' ', '-');
            return new Guide(label, document.substring(start, end < 0 ? document.length() : end));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its text. */
    String section() {
        return section;
    }

    List<String> commands() {
        return blocks("sh");
    }

    /** Its fenced blocks of one language; of none, if that is empty. */
    List<String> blocks(String language) {
        return BLOCK.matcher(section)
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    /**
     * Runs the commands in {@code folder}, with this tree as {@code TREE}, and ends the two that they leave in the
     * background: the KMS, not asked whether it wants to end, and the server.
     *
     * @param path more folders for the PATH, with a colon behind each; may be empty
     * @return what they printed
     */
    String run(Path folder, String path) {
        return run(folder, path, Map.of(), "trap 'kill %2 && wait %2 || true; kill -9 %1; wait' EXIT\n");
    }

    /**
     * Runs the commands, none of which stays in the background, in {@code folder}.
     *
     * @param path more folders for the PATH, with a colon behind each; may be empty
     * @param environment more variables
     * @return what they printed
     */
    String run(Path folder, String path, Map<String, String> environment) {
        return run(folder, path, environment, "");
    }

    private String run(Path folder, String path, Map<String, String> environment, String first) {
        try {
            Path script =
                    Files.writeString(folder.resolve("guide.sh"), "set -eu\n" + first + String.join("\n", commands()));
            Path log = Workspace.fresh(label + "-guide").resolve("guide.log");
            Map<String, String> all = new HashMap<>(environment);
            all.put("TREE", Assets.module().resolve("..").normalize().toString());
            all.put("PATH", path + Distribution.built().launcher().getParent() + ":" + System.getenv("PATH"));
            try (ChildProcess bash = Child.start(
                    label + "-guide",
                    log,
                    all,
                    List.of(
                            "bash",
                            "-c",
                            "cd \"$1\" && exec bash \"$2\"",
                            "bash",
                            folder.toString(),
                            script.toString()))) {
                int exitCode = bash.awaitExit(Duration.ofMinutes(4));
                assertThat(exitCode).as(bash.logged()).isZero();
                return bash.logged();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The key_ids that stand in what commands printed, each once. */
    static List<String> keyIds(String printed) {
        return Pattern.compile("tr1\\.[A-Za-z0-9_-]{43}")
                .matcher(printed)
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
    }

    /** The guides print ports, so they must be free. */
    static void mustBeFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(probe.isBound()).isTrue();
        } catch (IOException e) {
            fail("the guide uses 127.0.0.1:%d, and somebody listens there; end that and try again", port);
        }
    }
}
