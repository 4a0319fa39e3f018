package io.trousseau.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.provider.local.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("trousseau doctor")
class DoctorCommandTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void configure() throws IOException {
        KeyFile.at(folder.resolve("main.key")).create(InstantSource.system());
        file = Files.writeString(folder.resolve("trousseau.yaml"), """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: "%s"}
                admin: {address: none}
                keyring:
                  name: ring
                  members:
                  - {name: main, provider: local, config: {keyFile: main.key}}
                """.formatted(folder.resolve("run/kms.sock")));
    }

    private void damage() throws IOException {
        Files.writeString(file, Files.readString(file).replace("keyFile: main.key", "keyFile: gone.key"));
    }

    @Test
    @DisplayName("prints a line a check, by node, keyring and member, and ends with 0 although there are warnings")
    void text() {
        Ran ran = Ran.trousseau("doctor", "--config", file);
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out())
                .startsWith("node\n  ok       config.file ")
                .contains("\n\nkeyring\n  ok       keyring.policy ", "\n\nmember main\n  ok       member.provider ")
                .containsPattern("\n  ok       member\\.round-trip +32 random bytes came back")
                .containsPattern("\n  warning  local\\.custody .*\n +-> use a KMS in production")
                .containsPattern("\n0 failures, [0-9]+ warnings?, [0-9]+ ok, [0-9]+ skipped\n$");
        assertThat(ran.out().lines().filter(line -> line.contains(" config.file ")))
                .hasSize(1);
    }

    @Test
    @DisplayName("ends with 1 when a check fails, and says what to do about it")
    void failure() throws IOException {
        damage();
        Ran ran = Ran.trousseau("doctor", "--config", file);
        assertThat(ran.exitCode()).isEqualTo(1);
        assertThat(ran.out())
                .containsPattern("\n  FAILURE  member\\.opens .*gone\\.key.*\n +-> correct it")
                .containsPattern("\n[1-9][0-9]* failures?, ");
    }

    @Test
    @DisplayName("-o json has each check with id, member, verdict, seen and remedy, and a summary")
    void json() throws IOException {
        Ran well = Ran.trousseau("doctor", "--config", file, "-o", "json");
        assertThat(well.exitCode()).isZero();
        List<?> checks = (List<?>) well.json().get("checks");
        assertThat(checks)
                .allSatisfy(check -> assertThat(((Map<?, ?>) check).keySet())
                        .isEqualTo(java.util.Set.of("id", "member", "verdict", "seen", "remedy")));
        Map<?, ?> summary = (Map<?, ?>) well.json().get("summary");
        assertThat(summary.get("failures")).isEqualTo(0);
        assertThat(((Number) summary.get("ok")).intValue()
                        + ((Number) summary.get("warnings")).intValue()
                        + ((Number) summary.get("skipped")).intValue())
                .isEqualTo(checks.size());
        damage();
        Ran bad = Ran.trousseau("doctor", "--config", file, "-o", "json");
        assertThat(bad.exitCode()).isEqualTo(1);
        assertThat(((Map<?, ?>) bad.json().get("summary")).get("verdict")).isEqualTo("failure");
        assertThat((List<?>) bad.json().get("checks")).anySatisfy(check -> {
            Map<?, ?> finding = (Map<?, ?>) check;
            assertThat(finding.get("id")).isEqualTo("member.opens");
            assertThat(finding.get("member")).isEqualTo("main");
            assertThat(finding.get("verdict")).isEqualTo("failure");
            assertThat((String) finding.get("remedy")).contains("trousseau config validate");
        });
    }

    @Test
    @DisplayName("ends with 2 at a member or a time that is none, and asks nobody")
    void usage() {
        Ran member = Ran.trousseau("doctor", "--config", file, "--member", "mian");
        assertThat(member.exitCode()).isEqualTo(2);
        assertThat(member.err()).contains("\"mian\"", "there is main");
        assertThat(member.out()).isEmpty();
        for (String time : List.of("0s", "soon", "11m")) {
            assertThat(Ran.trousseau("doctor", "--config", file, "--timeout", time)
                            .exitCode())
                    .as(time)
                    .isEqualTo(2);
        }
        assertThat(Ran.trousseau("doctor").exitCode()).isEqualTo(2);
    }

    @Test
    @DisplayName("prints no key")
    void noKey() throws IOException {
        String key = Files.readAllLines(folder.resolve("main.key")).stream()
                .filter(line -> line.startsWith("key "))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .findFirst()
                .orElseThrow();
        assertThat(Ran.trousseau("doctor", "--config", file, "--member", "main").out())
                .contains("member.round-trip")
                .doesNotContain(key);
    }
}
