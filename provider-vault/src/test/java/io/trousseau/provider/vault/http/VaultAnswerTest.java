package io.trousseau.provider.vault.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class VaultAnswerTest {
    private static VaultAnswer of(String body) {
        return new VaultAnswer(200, "https://vault:8200", body.getBytes(UTF_8));
    }

    @Test
    void bytes_are_read_from_the_field_that_was_asked_for() {
        VaultAnswer answer = of("{\"plaintext\":\"AA==\", \"é\":[{\"data\":1}], \"data\" : {\"x\":\"y\",\n"
                + " \"plaintext\" : \"AAEC/+8=\"}}");

        assertThat(answer.base64("data", "plaintext")).containsExactly(0, 1, 2, 0xFF, 0xEF);
        assertThat(answer.json("data", "x").textValue()).isEqualTo("y");
        assertThat(answer.json("data", "nothing").isMissingNode()).isTrue();
        assertThat(answer.json("é", "data").isMissingNode()).isTrue();
    }

    @Test
    void what_is_no_strict_base64_is_refused_without_being_told() {
        for (String value : List.of(
                "\"AAE\"",
                "\"AAF=\"",
                "\"AA EC\"",
                "\"AAEC\\n\"",
                "\"\\u0041AEC\"",
                "\"A_E-\"",
                "7",
                "null",
                "[\"AAEC\"]",
                "\"AAEC=\"")) {
            VaultAnswer answer = of("{\"data\":{\"plaintext\":" + value + "}}");

            assertThatThrownBy(() -> answer.base64("data", "plaintext"))
                    .as(value)
                    .isInstanceOfSatisfying(
                            VaultException.class, e -> assertThat(e.kind()).isEqualTo(VaultException.Kind.BAD_ANSWER))
                    .hasMessageContaining("data.plaintext")
                    .hasMessageNotContaining("AAE");
        }
        assertThatThrownBy(() -> of("{}").base64("data", "plaintext")).isInstanceOf(VaultException.class);
        assertThat(of("{\"data\":{\"plaintext\":\"\"}}").base64("data", "plaintext"))
                .isEmpty();
    }

    @Test
    void closing_wipes_the_body_and_nothing_of_it_is_in_the_text() {
        byte[] body = "{\"data\":{\"plaintext\":\"AAEC\"}}".getBytes(UTF_8);
        VaultAnswer answer = new VaultAnswer(200, "https://vault:8200", body);
        assertThat(answer).hasToString("VaultAnswer[200 from https://vault:8200, 29 bytes]");

        answer.close();

        assertThat(body).containsOnly(0);
    }

    @Test
    void a_json_body_escapes_what_must_be_and_nothing_else() {
        try (JsonBody body = new JsonBody()) {
            body.text("a\"b", "c\\d\né" + "x".repeat(300)).secret("e", "ü\u0001".getBytes(UTF_8));

            assertThat(new String(body.toBytes(), UTF_8))
                    .isEqualTo("{\"a\\\"b\":\"c\\\\d\\u000aé" + "x".repeat(300) + "\",\"e\":\"ü\\u0001\"}");
        }
    }
}
