package io.trousseau.core.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
    @ParameterizedTest
    @CsvSource({
        "300ms, PT0.3S, 300ms",
        "3s, PT3S, 3s",
        "5m, PT5M, 5m",
        "12h, PT12H, 12h",
        "7d, PT168H, 7d",
        "0s, PT0S, 0s",
        "3000ms, PT3S, 3s",
        "90s, PT1M30S, 90s",
        "36h, PT36H, 36h",
        "999999999d, PT23999999976H, 999999999d",
    })
    void readsAndPrints(String written, Duration duration, String printed) {
        assertThat(DurationText.parse(written)).contains(duration);
        assertThat(DurationText.of(duration)).isEqualTo(printed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "3", "s", "-3s", "+3s", "3 s", "3S", "1.5s", "1h30m", "PT3S", "3min", "9999999999d", "٣s"})
    void refuses(String written) {
        assertThat(DurationText.parse(written)).isEmpty();
        assertThat(written).doesNotMatch(DurationText.PATTERN);
    }
}
