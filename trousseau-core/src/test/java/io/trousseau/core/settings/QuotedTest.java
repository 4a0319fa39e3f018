package io.trousseau.core.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class QuotedTest {
    @Test
    @DisplayName("what somebody wrote stays on one line, cannot turn the text around and is cut if it is long")
    void quotes() {
        assertThat(Quoted.of("plain text é 🔑")).isEqualTo("\"plain text é 🔑\"");
        assertThat(Quoted.of("a\nb\u001b[31m\u202ec")).isEqualTo("\"a?b?[31m?c\"");
        assertThat(Quoted.of("a\u2028b\u2029c")).isEqualTo("\"a?b?c\"");
        assertThat(Quoted.of("x".repeat(60))).isEqualTo("\"" + "x".repeat(60) + "\"");
        assertThat(Quoted.of("x".repeat(61))).isEqualTo("\"" + "x".repeat(60) + "...\"");
    }
}
