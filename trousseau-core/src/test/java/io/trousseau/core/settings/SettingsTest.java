package io.trousseau.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.api.ConfigSchema.Type;
import io.trousseau.api.ProviderConfig;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    private static final ConfigSchema SCHEMA = ConfigSchema.builder()
            .required("keyName", Type.STRING, "The key's name.")
            .optional("keyFile", Type.FILE, "The key file.")
            .optional("slots", Type.INTEGER, "4", "How many.")
            .optional("verify", Type.BOOLEAN, "true", "Whether.")
            .optional("timeout", Type.DURATION, "3s", "How long.")
            .optional("scopes", Type.STRING_LIST, "read,write", "Which.")
            .add(new Setting(
                    "auth",
                    Type.STRING,
                    false,
                    Optional.empty(),
                    new LinkedHashSet<>(List.of("token", "kubernetes", "cert")),
                    "By what."))
            .build();

    @TempDir
    Path folder;

    @Test
    @DisplayName("every type is read, and what is left out has its default")
    void readsEveryType() {
        ProviderConfig given = Settings.check(
                SCHEMA,
                Map.of(
                        "keyName", "k",
                        "keyFile", "kek.key",
                        "slots", 7,
                        "verify", false,
                        "timeout", "300ms",
                        "scopes", List.of("a", "b"),
                        "auth", "cert"),
                folder);
        assertThat(given.string("keyName")).isEqualTo("k");
        assertThat(given.file("keyFile")).isEqualTo(folder.resolve("kek.key")).isAbsolute();
        assertThat(given.integer("slots")).isEqualTo(7);
        assertThat(given.bool("verify")).isFalse();
        assertThat(given.duration("timeout")).isEqualTo(Duration.ofMillis(300));
        assertThat(given.strings("scopes")).containsExactly("a", "b");
        assertThat(given.string("auth")).isEqualTo("cert");

        ProviderConfig defaults = Settings.check(SCHEMA, Map.of("keyName", "k"), folder);
        assertThat(defaults.has("keyFile")).isFalse();
        assertThat(defaults.has("auth")).isFalse();
        assertThat(defaults.integer("slots")).isEqualTo(4);
        assertThat(defaults.bool("verify")).isTrue();
        assertThat(defaults.duration("timeout")).isEqualTo(Duration.ofSeconds(3));
        assertThat(defaults.strings("scopes")).containsExactly("read", "write");
    }

    @Test
    @DisplayName("an absolute file stays where it is")
    void absoluteFile() {
        assertThat(Settings.check(SCHEMA, Map.of("keyName", "k", "keyFile", "/etc/kek.key"), folder)
                        .file("keyFile"))
                .isEqualTo(Path.of("/etc/kek.key"));
    }

    @Test
    @DisplayName("texts are read by their setting's type")
    void readsTexts() {
        ProviderConfig given = Settings.checkTexts(
                SCHEMA,
                Map.of(
                        "keyName", "0123",
                        "keyFile", "kek.key",
                        "slots", "-7",
                        "verify", "false",
                        "timeout", "7d",
                        "scopes", "a, b"),
                folder);
        assertThat(given.string("keyName")).isEqualTo("0123");
        assertThat(given.file("keyFile")).isEqualTo(folder.resolve("kek.key"));
        assertThat(given.integer("slots")).isEqualTo(-7);
        assertThat(given.bool("verify")).isFalse();
        assertThat(given.duration("timeout")).isEqualTo(Duration.ofDays(7));
        assertThat(given.strings("scopes")).containsExactly("a", "b");
    }

    @Test
    @DisplayName("every problem is told at once, in the order of the schema after the unknown names")
    void everyProblemAtOnce() {
        Map<String, Object> raw = new LinkedHashMap<>();
        raw.put("colour", "red");
        raw.put("keyfile", "kek.key");
        raw.put("slots", "7");
        raw.put("verify", "yes");
        raw.put("timeout", 3L);
        raw.put("scopes", Arrays.asList("a", 1L, null, ""));
        raw.put("auth", "cret");
        assertThat(problems(raw))
                .containsExactly(
                        "colour: unknown field; known are keyName, keyFile, slots, verify, timeout, scopes, auth",
                        "keyfile: unknown field; did you mean keyFile?",
                        "keyName: is missing; it is required: The key's name.",
                        "slots: must be a whole number, not \"7\"",
                        "verify: must be true or false, not \"yes\"",
                        "timeout: must be a number and a unit, as in 300ms, 3s, 5m, 12h or 7d, not 3",
                        "scopes[1]: must be text, not 1; put it in quotes",
                        "scopes[2]: must be text, not nothing",
                        "scopes[3]: must be text, not \"\"",
                        "auth: must be one of token, kubernetes, cert, not \"cret\"; did you mean cert?");
    }

    @Test
    @DisplayName("a required setting under a misspelt name is one problem, not two")
    void misspeltRequired() {
        assertThat(problems(Map.of("keyname", "k"))).containsExactly("keyname: unknown field; did you mean keyName?");
    }

    @Test
    @DisplayName("a value of the wrong type is told with what it is")
    void wrongTypes() {
        assertThat(problem("keyName", 123L)).isEqualTo("keyName: must be text, not 123; put it in quotes");
        assertThat(problem("keyName", true)).isEqualTo("keyName: must be text, not true; put it in quotes");
        assertThat(problem("keyName", Map.of())).isEqualTo("keyName: must be text, not a block");
        assertThat(problem("keyName", List.of())).isEqualTo("keyName: must be text, not a list");
        assertThat(problem("keyName", "")).isEqualTo("keyName: is empty; give it a value or remove it");
        assertThat(problem("keyName", null)).isEqualTo("keyName: has no value; give it one or remove the line");
        assertThat(problem("keyFile", "a\0b")).isEqualTo("keyFile: must be the path of a file, not \"a?b\"");
        assertThat(problem("slots", 1.5)).isEqualTo("slots: must be a whole number, not 1.5");
        assertThat(problem("slots", new BigInteger("9223372036854775808")))
                .isEqualTo("slots: must be a whole number, not 9223372036854775808");
        assertThat(problem("scopes", "a")).isEqualTo("scopes: must be a list of texts, not \"a\"");
        assertThat(problem("timeout", "3 s"))
                .isEqualTo("timeout: must be a number and a unit, as in 300ms, 3s, 5m, 12h or 7d, not \"3 s\"");
    }

    @Test
    @DisplayName("texts that do not fit their setting's type are refused")
    void wrongTexts() {
        ConfigException thrown = catchThrowableOfType(
                ConfigException.class,
                () -> Settings.checkTexts(
                        SCHEMA,
                        Map.of(
                                "keyName", "k",
                                "slots", "9223372036854775808",
                                "verify", "True",
                                "scopes", "a,,b"),
                        folder));
        assertThat(thrown.problems())
                .extracting(ConfigException.Problem::toString)
                .containsExactly(
                        "slots: must be a whole number, not \"9223372036854775808\"",
                        "verify: must be true or false, not \"True\"",
                        "scopes: must be texts with commas between them, not \"a,,b\"");
    }

    @Test
    @DisplayName("a provider without settings says so")
    void noSettings() {
        ConfigException thrown = catchThrowableOfType(
                ConfigException.class,
                () -> Settings.check(ConfigSchema.builder().build(), Map.of("a", "b"), folder));
        assertThat(thrown).hasMessage("a: unknown field; no field is allowed here");
    }

    private String problem(String name, Object value) {
        Map<String, Object> raw = new LinkedHashMap<>(Map.of("keyName", "k"));
        raw.put(name, value);
        List<String> problems = problems(raw);
        assertThat(problems).hasSize(1);
        return problems.get(0);
    }

    private List<String> problems(Map<String, Object> raw) {
        ConfigException thrown = catchThrowableOfType(ConfigException.class, () -> Settings.check(SCHEMA, raw, folder));
        return thrown.problems().stream().map(ConfigException.Problem::toString).toList();
    }
}
