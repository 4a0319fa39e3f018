package io.trousseau.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("docs/configuration.md says what the reader does")
class ConfigurationReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "configuration.md");
    private static final Pattern FIELDS = Pattern.compile("(?s)(?<=<!-- fields -->\n).*(?=<!-- /fields -->)");
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```yaml\n(.*?)```");

    @TempDir
    Path folder;

    /** Run with {@code -Dtrousseau.docs=write} to bring the file up to date. */
    @Test
    @DisplayName("its table has every field, with type, default and meaning")
    void fields() throws IOException {
        String reference = Files.readString(REFERENCE);
        StringBuilder table = new StringBuilder("| Field | Takes | Default | Meaning |\n|---|---|---|---|\n");
        rows(table, "", ConfigurationSchema.FILE);
        if ("write".equals(System.getProperty("trousseau.docs"))) {
            reference = FIELDS.matcher(reference).replaceFirst(Matcher.quoteReplacement(table.toString()));
            Files.writeString(REFERENCE, reference);
        }
        assertThat(FIELDS.matcher(reference).results().map(MatchResult::group)).containsExactly(table.toString());
    }

    private static void rows(StringBuilder table, String path, BlockType<?> block) {
        for (Field<?> field : block.fields()) {
            String fieldPath = path.isEmpty() ? field.name() : path + "." + field.name();
            table.append("| `%s` | %s | %s | %s |\n"
                    .formatted(fieldPath, field.type().inWords(), fallback(field), field.documentation()));
            if (field.type() instanceof BlockType<?> inner) {
                rows(table, fieldPath, inner);
            } else if (field.type() instanceof ListType<?> list && list.item() instanceof BlockType<?> inner) {
                rows(table, fieldPath + "[]", inner);
            }
        }
    }

    private static String fallback(Field<?> field) {
        if (field.required()) {
            return "required";
        }
        return field.fallback()
                .filter(YamlNode.Scalar.class::isInstance)
                .map(node -> "`" + ((YamlNode.Scalar) node).text() + "`")
                .orElse("");
    }

    @Test
    @DisplayName("its two examples are read and mean the same")
    void examples() throws IOException {
        List<String> examples = EXAMPLE.matcher(Files.readString(REFERENCE))
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(examples).hasSize(2);
        Path file = folder.resolve("trousseau.yaml");
        TrousseauConfiguration shortest = ConfigurationFile.read(Files.writeString(file, examples.get(0)));
        assertThat(ConfigurationFile.read(Files.writeString(file, examples.get(1))))
                .isEqualTo(shortest);
    }

    @Test
    @DisplayName("its long example names every field that can be left out")
    void everyFieldIsInTheExample() throws IOException {
        String example = EXAMPLE.matcher(Files.readString(REFERENCE))
                .results()
                .toList()
                .get(1)
                .group(1);
        StringBuilder table = new StringBuilder();
        rows(table, "", ConfigurationSchema.FILE);
        assertThat(table.toString()
                        .lines()
                        .map(row -> row.substring(row.indexOf('`') + 1, row.indexOf('`', row.indexOf('`') + 1)))
                        .filter(path -> !path.startsWith("keyring.formerPolicies[]"))
                        .map(path -> path.substring(path.lastIndexOf('.') + 1)))
                .allSatisfy(name -> assertThat(example).contains(name + ":"));
    }
}
