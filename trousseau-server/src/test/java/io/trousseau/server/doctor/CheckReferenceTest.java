package io.trousseau.server.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CheckReferenceTest {
    @Test
    @DisplayName("docs/operations.md has every check of doctor with its meaning, and no other")
    void table() throws IOException {
        String document = Files.readString(Path.of("..", "docs", "operations.md"));
        String table = document.substring(document.indexOf("<!-- checks -->"), document.indexOf("<!-- /checks -->"));
        assertThat(table.lines().filter(line -> line.startsWith("| `")))
                .containsExactlyElementsOf(Arrays.stream(Check.values())
                        .map(check -> "| `" + check.id() + "` | " + check.meaning() + " |")
                        .toList());
    }
}
