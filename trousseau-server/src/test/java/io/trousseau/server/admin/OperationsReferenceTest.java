package io.trousseau.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.trousseau.api.Deadline;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringConfig;
import io.trousseau.core.member.CallListener.Operation;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.core.member.Member;
import io.trousseau.server.json.Json;
import io.trousseau.testkit.kek.InMemoryKek;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/operations.md says what the server answers")
class OperationsReferenceTest {
    private static final Pattern METRIC = Pattern.compile("trousseau_[a-z_]+");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final InMemoryKek kek = InMemoryKek.create("kek-1");
    private final Metrics metrics = new Metrics("1.2.3");
    private String document;
    private Keyring keyring;

    @BeforeEach
    void start() throws Exception {
        document = Files.readString(Path.of("..", "docs", "operations.md"));
        kek.scheduleDestruction(kek.current(), Instant.parse("2030-01-01T00:00:00Z"));
        kek.rotate();
        keyring = Keyring.open(
                KeyringConfig.named("ring").build(1), List.of(Member.of("main", "memory", kek.open())), metrics);
        keyring.settled().get(20, TimeUnit.SECONDS);
        keyring.seal(new byte[] {1}, "test", new byte[0], Deadline.after(Duration.ofSeconds(20)));
    }

    @AfterEach
    void stop() {
        keyring.close();
        metrics.close();
    }

    private static Set<String> found(Pattern pattern, int group, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(group))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The part under a heading. */
    private String section(String heading) {
        int start = document.indexOf("\n## " + heading + "\n");
        assertThat(start).as(heading).isPositive();
        int end = document.indexOf("\n## ", start + 1);
        return document.substring(start, end < 0 ? document.length() : end);
    }

    @Test
    @DisplayName("every metric with its labels is in the table, and no other")
    void metrics() {
        metrics.attempted("main", Operation.WRAP, Purpose.PROTECT, Duration.ofMillis(1), null);
        metrics.answered("Encrypt", Status.Code.OK, Duration.ofMillis(1));
        Set<String> scraped = new TreeSet<>();
        for (String line : metrics.scrape(keyring.status()).lines().toList()) {
            if (line.startsWith("trousseau_")) {
                String labels = line.contains("{") ? line.substring(line.indexOf('{'), line.indexOf('}')) : "";
                scraped.add(line.split("[{ ]")[0].replaceAll("_seconds_(count|sum|max|bucket)$", "")
                        + found(Pattern.compile("([a-z_]+)=\""), 1, labels).stream()
                                .filter(label -> !label.equals("le"))
                                .toList());
            }
        }
        scraped.add("trousseau_member_destruction_timestamp_seconds[member]");
        Set<String> documented = section("Metrics")
                .lines()
                .filter(line -> line.startsWith("| `trousseau_"))
                .map(line -> line.split("\\|"))
                .map(cells -> found(METRIC, 0, cells[1]).iterator().next() + List.copyOf(found(CODE, 1, cells[2])))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(documented).isEqualTo(scraped);
    }

    @Test
    @DisplayName("alerts ask for metrics that there are")
    void alerts() {
        Set<String> documented = found(METRIC, 0, section("Metrics"));
        Set<String> asked = found(METRIC, 0, section("Alerts"));
        assertThat(asked).hasSizeGreaterThan(5).isSubsetOf(documented);
    }

    @Test
    @DisplayName("every field of /status is in the table, and no other")
    void status() {
        Map<?, ?> status = (Map<?, ?>) Json.parse(StatusJson.of(keyring.status(), List.of()));
        Set<String> fields = new TreeSet<>();
        status.forEach((name, value) -> {
            fields.add(name.toString());
            Object inner = value instanceof List<?> list && !list.isEmpty() ? list.get(0) : value;
            if (inner instanceof Map<?, ?> object) {
                object.keySet().forEach(field -> fields.add(field.toString()));
            }
        });
        String table =
                section("Status").lines().filter(line -> line.startsWith("| `")).collect(Collectors.joining("\n"));
        Set<String> documented = found(Pattern.compile("`([a-zA-Z]+)(\\[\\])?`"), 1, table);
        documented.removeAll(Set.of("starting", "sealing", "closed", "ok", "wrap", "unwrap"));
        assertThat(documented).isEqualTo(fields);
    }

    @Test
    @DisplayName("the exit codes are those of the command line's help")
    void exitCodes() throws IOException {
        String source = Files.readString(Path.of("src/main/java/io/trousseau/server/cli/ExitCode.java"));
        Set<String> codes = found(Pattern.compile("static final int [A-Z_]+ = (\\d+);"), 1, source);
        Set<String> documented = found(Pattern.compile("(?m)^\\| (\\d+) \\|"), 1, section("Exit codes"));
        documented.remove("130");
        assertThat(documented).isEqualTo(codes);
    }
}
