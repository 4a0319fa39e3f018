package io.trousseau.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.provider.local.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The example of the README")
class ReadmeExampleTest {
    private static final Path MODULE = Path.of("").toAbsolutePath();

    @Test
    @DisplayName("seals, opens and answers what went in")
    void runs(@TempDir Path folder) throws Exception {
        Path keyFile = folder.resolve("kek.key");
        KeyFile.at(keyFile).create(InstantSource.system());
        Path stored = folder.resolve("invoice");

        assertThat(ReadmeExample.run(keyFile, stored)).isEqualTo("IBAN DE02…");

        assertThat(Files.readString(stored, java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain("IBAN");
    }

    @Test
    @DisplayName("is printed there as it is compiled here")
    void isPrinted() throws IOException {
        List<String> printed = between(Files.readAllLines(MODULE.resolve("../README.md")), "```java", "```");
        List<String> compiled = between(
                Files.readAllLines(MODULE.resolve("src/test/java/io/trousseau/example/ReadmeExample.java")),
                "        // example",
                "        // end");

        assertThat(String.join("\n", printed).stripIndent())
                .isEqualTo(String.join("\n", compiled).stripIndent());
    }

    private static List<String> between(List<String> lines, String start, String end) {
        int first = lines.indexOf(start) + 1;
        int last = first + lines.subList(first, lines.size()).indexOf(end);
        return lines.subList(first, last);
    }
}
