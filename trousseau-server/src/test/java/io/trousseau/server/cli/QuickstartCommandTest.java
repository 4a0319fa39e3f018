package io.trousseau.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.provider.local.KeyFile;
import io.trousseau.server.Serving;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartCommandTest {
    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
    }

    @Test
    @DisplayName(
            "quickstart shows a Secret as etcd would hold it, reads it back, rotates the key, and leaves nothing behind")
    void alone() {
        Ran ran = Ran.trousseau("quickstart");
        assertThat(ran.err()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out())
                .contains(
                        "apiVersion: v1                     6b38 733a 656e 633a 6b6d 733a k8s:enc:kms:",
                        "the password is nowhere in those",
                        "refuses it once a bit is changed: INVALID_ARGUMENT",
                        "still opens what was written before",
                        "trousseau quickstart --cluster",
                        "trousseau manifests --config trousseau.yaml")
                .doesNotContain("\u001b");
        assertThat(found("tr1\\.[A-Za-z0-9_-]{43}", ran.out()))
                .as("key_ids, before and after")
                .hasSize(2);
        List<String> keyFiles = found("/\\S+/kek\\.key", ran.out());
        assertThat(keyFiles).hasSize(1);
        assertThat(Path.of(keyFiles.get(0)).getParent()).doesNotExist();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("trousseau-keyring"));
    }

    @Test
    @DisplayName("quickstart --config uses the server of that configuration, whose key it leaves alone")
    void runningServer(@TempDir Path folder) throws Exception {
        KeyFile keyFile = KeyFile.at(folder.resolve("main.key"));
        keyFile.create(InstantSource.system());
        Path file = Files.writeString(folder.resolve("trousseau.yaml"), """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: "%s"}
                admin: {address: none}
                log: {level: error}
                keyring: {name: mine, members: [{name: main, provider: local, config: {keyFile: main.key}}]}
                """.formatted(folder.resolve("run/kms.sock")));
        try (Serving serving = Serving.start(file, ProviderCatalog.load(), false, "1.2.3")) {
            Ran ran = Ran.trousseau("quickstart", "--config", file);
            assertThat(ran.err()).isEmpty();
            assertThat(ran.exitCode()).isZero();
            assertThat(ran.out())
                    .contains(folder.resolve("run/kms.sock").toString(), "the password is nowhere in those")
                    .doesNotContain("Rotate", "kek.key");
            assertThat(found("tr1\\.[A-Za-z0-9_-]{43}", ran.out())).hasSize(1);
            assertThat(serving.adminAddress()).isEmpty();
        }
        assertThat(keyFile.versions(InstantSource.system())).hasSize(1);
    }

    @Test
    @DisplayName("every line fits into a terminal of 100 columns, and the table into 80")
    void width() {
        String out = Ran.trousseau("quickstart").out();
        assertThat(out.lines().filter(line -> !line.contains("/trousseau-quickstart-")))
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
        assertThat(out.lines()
                        .dropWhile(line -> !line.contains("What you write"))
                        .takeWhile(line -> !line.contains("more")))
                .hasSizeGreaterThan(10)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }
}
