package io.trousseau.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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
