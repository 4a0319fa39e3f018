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

class ConfigCommandTest {
    @TempDir
    Path folder;

    @BeforeEach
    void keyFile() {
        Ran.trousseau("keygen", folder.resolve("kek.key"));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("trousseau.yaml"), text);
    }

    private static String valid() {
        return """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket:
                  path: /run/trousseau/kms.sock
                keyring:
                  name: ring
                  members:
                  - name: main
                    provider: local
                    config:
                      keyFile: kek.key
                """;
    }

    @Test
    @DisplayName("validate says what a good configuration means")
    void meaning() throws IOException {
        Path file = write(valid());
        Ran ran = Ran.trousseau("config", "validate", file);
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out())
                .contains(
                        file + " is valid.",
                        "socket   /run/trousseau/kms.sock, for its owner alone",
                        "speaks   KMS v2",
                        "admin    http://127.0.0.1:8787",
                        "keyring  ring, epoch 1",
                        "reads and writes need main, the only member that wraps, and so does an attacker",
                        "a local KEK lives 7d or 1,048,576 seals; members are probed every 30s",
                        "main wraps and unwraps, provider local (io.trousseau.provider.local.LocalKmsProvider");
    }

    @Test
    @DisplayName("validate says what a policy of several members survives, and warns")
    void policy() throws IOException {
        KeyFile.at(folder.resolve("other.key")).create(InstantSource.system());
        Ran ran = Ran.trousseau("config", "validate", write(valid() + """
                          - name: other
                            provider: local
                            config:
                              keyFile: other.key
                        """.indent(0)));
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out())
                .contains(
                        "reads survive the loss of any 1 of: main, other, once all copies exist",
                        "writes need every one of: main, other",
                        "an attacker needs any 1 of 2 members",
                        "each Secret grows by about",
                        "warning: no new local KEK can be made while any one member is away");
    }

    @Test
    @DisplayName("diff says what becomes stale, and fails when stored data could not be read any more")
    void diff() throws IOException {
        Path before = Files.writeString(folder.resolve("before.yaml"), valid());
        Path after = Files.writeString(folder.resolve("after.yaml"), valid().replace("kek.key", "other.key"));
        Ran leap = Ran.trousseau("config", "diff", before, after);
        assertThat(leap.exitCode()).isEqualTo(1);
        assertThat(leap.out())
                .contains("unreadable: without main only 0 of the 1 members", "stale: the key_id changes");
        Ran same = Ran.trousseau("config", "diff", before, before);
        assertThat(same.exitCode()).isZero();
        assertThat(same.out()).contains("Nothing changes");
        assertThat(Ran.trousseau("config", "diff", before, after, "-o", "json")
                        .json()
                        .get("safe"))
                .isEqualTo(false);
    }

    @Test
    @DisplayName("validate prints every problem with its line, on standard error, and exits with 2")
    void problems() throws IOException {
        Path file = write(valid().replace("socket:", "sokcet:").replace("kek.key", "missing.key"));
        Ran ran = Ran.trousseau("config", "validate", file);
        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).contains(file + ":3:", "sokcet", "keyring.members[0].config.keyFile", "2 problems");
    }

    @Test
    @DisplayName("validate -o json gives each problem's line, column, field and message")
    void json() throws IOException {
        assertThat(Ran.trousseau("config", "validate", write(valid()), "-o", "json")
                        .json()
                        .get("valid"))
                .isEqualTo(true);
        Ran ran = Ran.trousseau("config", "validate", write(valid().replace("name: ring", "name: Ring")), "-o", "json");
        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.json().get("valid")).isEqualTo(false);
        assertThat((List<?>) ran.json().get("problems")).singleElement().satisfies(problem -> {
            assertThat(((Map<?, ?>) problem).get("line")).isEqualTo(6);
            assertThat(((Map<?, ?>) problem).get("field")).isEqualTo("keyring.name");
        });
    }

    @Test
    @DisplayName("schema is a JSON Schema that knows the settings of the installed providers")
    void schema() {
        Ran ran = Ran.trousseau("config", "schema");
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.json().get("title")).isEqualTo("TrousseauConfiguration");
        assertThat(ran.out()).contains("\"const\": \"local\"", "keyFile");
    }
}
