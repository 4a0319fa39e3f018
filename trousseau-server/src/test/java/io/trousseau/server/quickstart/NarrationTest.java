package io.trousseau.server.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.server.quickstart.Narration.WaitedTooLongException;
import io.trousseau.server.terminal.Style;
import io.trousseau.testkit.kek.ManualClock;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class NarrationTest {
    private final ManualClock clock = new ManualClock();
    private final StringWriter printed = new StringWriter();

    private Narration narration(boolean live) {
        return new Narration(new PrintWriter(printed, true), new Style(false), live, clock);
    }

    /** Answers at the given call; each takes a second. */
    private Narration.Question<String> answerAt(int call) {
        AtomicInteger calls = new AtomicInteger();
        return () -> {
            clock.advance(Duration.ofSeconds(1));
            return calls.incrementAndGet() == call ? Optional.of("done") : Optional.empty();
        };
    }

    @Test
    @DisplayName("what comes within two seconds needs no word")
    void soon() throws Exception {
        assertThat(narration(false).await("it", Duration.ofSeconds(60), answerAt(2)))
                .isEqualTo("done");
        assertThat(printed.toString()).isEmpty();
    }

    @Test
    @DisplayName("after two seconds, and then every ten, a line says what is waited for and how long")
    void progress() throws Exception {
        narration(false).await("it", Duration.ofSeconds(60), answerAt(15));
        assertThat(printed.toString().lines())
                .containsExactly("   ... waiting for it, 2 s", "   ... waiting for it, 12 s");
    }

    @Test
    @DisplayName("on a terminal one line is written over, and gone at the end")
    void live() throws Exception {
        narration(true).await("it", Duration.ofSeconds(60), answerAt(4));
        assertThat(printed.toString()).isEqualTo("\r   ... waiting for it, 2 s\r   ... waiting for it, 3 s\r\u001b[2K");
    }

    @Test
    @DisplayName("what does not come in time is an error that says what it was")
    void tooLong() {
        assertThatThrownBy(() -> narration(false).await("it", Duration.ofSeconds(5), answerAt(100)))
                .isInstanceOf(WaitedTooLongException.class)
                .hasMessage("waited 5 s for it");
    }
}
