package io.trousseau.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KmsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The failures that a provider's documentation tells its users about, held against what the provider says.
 *
 * <p>It is a table of Markdown. The code spans of a row's first cell are what a user sees: the code's label, and of the
 * message as much as tells the failure apart, in which … with the spaces around it stands for anything: {@code key-disabled: … is disabled}.
 *
 * <p>Immutable.
 */
public final class FailureTable {
    private static final Pattern SPAN = Pattern.compile("`([^`]+)`");

    private final List<String> texts;

    private FailureTable(List<String> texts) {
        this.texts = texts;
    }

    /**
     * Reads the table of a section.
     *
     * @param document a file of Markdown
     * @param heading of the section of second level that has the table
     * @throws AssertionError if there is no such section, or no failure in it
     */
    public static FailureTable in(Path document, String heading) {
        String all;
        try {
            all = Files.readString(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int start = all.indexOf("\n## " + heading + "\n");
        assertThat(start).as("where \"## %s\" is in %s", heading, document).isNotNegative();
        int end = all.indexOf("\n## ", start + 1);
        List<String> texts = all.substring(start, end < 0 ? all.length() : end)
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(1, line.indexOf(" | ")))
                .flatMap(cell -> SPAN.matcher(cell).results().map(MatchResult::group))
                .map(span -> span.substring(1, span.length() - 1))
                .toList();
        assertThat(texts).as("failures in \"## %s\" of %s", heading, document).isNotEmpty();
        return new FailureTable(texts);
    }

    /**
     * Demands that each documented text is that of one of these failures, and each failure has one that is documented.
     *
     * @param failures at least one for every documented text
     * @throws AssertionError if a text is of none, or a failure has none
     */
    public void hasTheTextsOf(List<KmsException> failures) {
        List<String> seen = failures.stream()
                .map(failure -> failure.code().label() + ": " + failure.getMessage())
                .toList();
        for (String text : texts) {
            assertThat(seen).as("a failure that reads as documented: %s", text).anyMatch(line -> reads(line, text));
        }
        for (String line : seen) {
            assertThat(texts).as("a documented text of: %s", line).anyMatch(text -> reads(line, text));
        }
    }

    private static boolean reads(String line, String text) {
        String parts =
                Arrays.stream(text.split(" *… *", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        return Pattern.compile(parts, Pattern.DOTALL).matcher(line).lookingAt();
    }
}
