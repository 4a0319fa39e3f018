package io.trousseau.server.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    @DisplayName("what is printed is read back the same, for people and on one line")
    void roundTrip() {
        Map<String, Object> value = Json.object(
                "text",
                "a \"quoted\" \\ line\nwith\tcontrol \u0001 and \u2028 and é and 😀",
                "number",
                12L,
                "fraction",
                0.25,
                "yes",
                true,
                "nothing",
                null,
                "list",
                List.of(1L, "two", List.of()),
                "object",
                Json.object("inner", Map.of()));
        assertThat(Json.parse(Json.print(value))).hasToString(value.toString());
        assertThat(Json.parse(Json.line(value))).hasToString(value.toString());
        assertThat(Json.line(value)).doesNotContain("\n").startsWith("{\"text\":\"a \\\"quoted\\\"");
        assertThat(Json.print(Json.object("a", 1, "b", List.of(2)))).isEqualTo("""
                {
                  "a": 1,
                  "b": [
                    2
                  ]
                }
                """);
    }

    @Test
    @DisplayName("half a surrogate pair is escaped, so that the text stays valid UTF-8")
    void halfAPair() {
        assertThat(Json.line("a\ud83d!")).isEqualTo("\"a\\ud83d!\"");
        assertThat(Json.line("\ude00")).isEqualTo("\"\\ude00\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{\"a\": 1, \"a\": 2}", "[1,", "\"open"})
    @DisplayName("what is no JSON is refused with the one documented exception")
    void notJson(String text) {
        assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
