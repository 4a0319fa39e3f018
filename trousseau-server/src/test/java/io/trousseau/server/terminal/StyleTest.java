package io.trousseau.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StyleTest {
    @Test
    @DisplayName("without colours texts stay as they are")
    void plain() {
        Style plain = new Style(false);
        assertThat(plain.bold("a")
                        + plain.dim("b")
                        + plain.good("c")
                        + plain.bad("d")
                        + plain.warn("e")
                        + plain.mark("f"))
                .isEqualTo("abcdef");
    }

    @Test
    @DisplayName("colours end where their text ends")
    void coloured() {
        assertThat(new Style(true).good("ok")).isEqualTo("\u001b[32mok\u001b[0m");
        assertThat(new Style(true).good("")).isEmpty();
    }

    @Test
    @DisplayName("NO_COLOR and a dumb terminal switch colours off, an empty NO_COLOR does not")
    void environment() {
        assertThat(Terminal.allowsColours(Map.of("TERM", "xterm"))).isTrue();
        assertThat(Terminal.allowsColours(Map.of("NO_COLOR", ""))).isTrue();
        assertThat(Terminal.allowsColours(Map.of("NO_COLOR", "1"))).isFalse();
        assertThat(Terminal.allowsColours(Map.of("TERM", "dumb"))).isFalse();
    }
}
