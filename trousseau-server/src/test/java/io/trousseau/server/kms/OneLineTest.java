package io.trousseau.server.kms;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OneLineTest {
    @Test
    @DisplayName("plain text stays as it is")
    void plain() {
        assertThat(OneLine.of("vault-eu: HTTP 503 für Schlüssel 🔑", 100))
                .isEqualTo("vault-eu: HTTP 503 für Schlüssel 🔑");
    }

    @Test
    @DisplayName("what could break a line, colour a terminal or turn text around becomes a blank")
    void controls() {
        assertThat(OneLine.of("a\nb\r\u0085c\u2028d\u001b[31me\u202ef\u0000g\ud800h", 100))
                .isEqualTo("a b  c d [31me f g h");
    }

    @Test
    @DisplayName("text of the longest length stays, longer text is cut by characters and ends in dots")
    void cut() {
        assertThat(OneLine.of("x".repeat(10), 10)).isEqualTo("x".repeat(10));
        assertThat(OneLine.of("x".repeat(11), 10)).isEqualTo("x".repeat(7) + "...");
        assertThat(OneLine.of("🔑".repeat(11), 10)).isEqualTo("🔑".repeat(7) + "...");
        assertThat(OneLine.of("x".repeat(1 << 20), 10)).hasSize(10);
    }
}
