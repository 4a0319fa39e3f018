package io.trousseau.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.Finding.Verdict;
import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What doctor is told of a key file")
class KeyFileExaminationTest {
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

    @TempDir
    Path folder;

    private volatile Instant now = NOON;
    private final InstantSource clock = () -> now;
    private Path path;
    private KeyFile file;
    private KekHandle kek;

    @BeforeEach
    void open() throws IOException {
        path = folder.resolve("kek.key");
        file = KeyFile.at(path);
        file.create(clock);
        kek = new LocalKmsProvider()
                .open(
                        ProviderConfig.of(Map.of("keyFile", path)),
                        new ProviderContext("main", System.getLogger("test"), clock));
    }

    @AfterEach
    void close() {
        kek.close();
    }

    private Map<String, Finding> findings() {
        return kek.examine(Deadline.after(Duration.ofSeconds(5))).stream()
                .collect(Collectors.toMap(Finding::check, Function.identity()));
    }

    private Finding finding(String check) {
        return findings().get(check);
    }

    @Test
    @DisplayName("a file as it should be is well, and what a file means for its keeper is a warning")
    void wellKept() throws IOException {
        Map<String, Finding> findings = findings();
        assertThat(findings).containsOnlyKeys("local.key-file", "local.versions", "local.custody");
        assertThat(findings.get("local.key-file").verdict()).isEqualTo(Verdict.OK);
        assertThat(findings.get("local.versions"))
                .isEqualTo(Finding.ok(
                        "local.versions",
                        "1 version; " + file.versions(clock).get(0).name().version() + " wraps"));
        assertThat(findings.get("local.custody").verdict()).isEqualTo(Verdict.WARNING);
        assertThat(Files.readString(Path.of("README.md")))
                .contains(findings.keySet().stream()
                        .map(check -> "| `" + check + "` |")
                        .toList());
    }

    @Test
    @DisplayName("a version that waits for its start is named with it")
    void pendingVersion() throws IOException {
        KeyFile.Version added = file.addVersion(clock, Duration.ofMinutes(10));
        assertThat(finding("local.versions").seen())
                .contains("2 versions", added.name().version() + " starts to wrap at 2026-11-24T12:10:00Z");
        now = NOON.plusSeconds(600);
        assertThat(finding("local.versions").seen()).endsWith(added.name().version() + " wraps");
    }

    @Test
    @DisplayName("a clock behind the newest version's creation is a warning")
    void clockBehind() {
        now = NOON.minusSeconds(3600);
        assertThat(finding("local.versions").verdict()).isEqualTo(Verdict.WARNING);
        assertThat(finding("local.versions").remedy()).contains("clock");
    }

    @Test
    @DisplayName("a file that others may read, or that is gone, is a failure that says what to do")
    void unusable() throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
        Finding open = finding("local.key-file");
        assertThat(open.verdict()).isEqualTo(Verdict.FAILURE);
        assertThat(open.seen()).contains("chmod 600 " + path);
        assertThat(finding("local.versions").verdict()).isEqualTo(Verdict.SKIPPED);
        Files.delete(path);
        assertThat(finding("local.key-file").verdict()).isEqualTo(Verdict.FAILURE);
    }

    @Test
    @DisplayName("a file that holds another KEK now is a failure")
    void exchanged() throws IOException {
        Path other = folder.resolve("other.key");
        String identity = KeyFile.at(other).create(clock).identity();
        Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
        assertThat(finding("local.key-file").verdict()).isEqualTo(Verdict.FAILURE);
        assertThat(finding("local.key-file").seen()).contains(identity);
    }

    @Test
    @DisplayName("no part of a key is told")
    void noKey() throws IOException {
        String key = Files.readAllLines(path).stream()
                .filter(line -> line.startsWith("key "))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .findFirst()
                .orElseThrow();
        assertThat(List.copyOf(findings().values()).toString()).doesNotContain(key);
    }
}
