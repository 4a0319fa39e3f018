package io.trousseau.core.member;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A circuit breaker")
class CircuitBreakerTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private static CircuitBreaker after(int failures, long now) {
        CircuitBreaker breaker = CircuitBreaker.CLOSED;
        for (int i = 0; i < failures; i++) {
            breaker = breaker.failed(now);
        }
        return breaker;
    }

    /** Also where the monotonic clock wraps around. */
    @ParameterizedTest
    @ValueSource(longs = {0, -5_000_000_000L, Long.MAX_VALUE - 500_000_000L})
    @DisplayName("lets everything through until five failures in a row, then nothing for a second, then one call")
    void opens(long now) {
        for (int failures = 0; failures < 5; failures++) {
            assertThat(after(failures, now).allows(now))
                    .as("%d failures", failures)
                    .isTrue();
            assertThat(after(failures, now).entered(now)).isEqualTo(after(failures, now));
        }
        CircuitBreaker open = after(5, now);
        assertThat(open.allows(now)).isFalse();
        assertThat(open.allows(now + SECOND - 1)).isFalse();
        assertThat(open.allows(now + SECOND)).isTrue();

        CircuitBreaker trying = open.entered(now + SECOND);
        assertThat(trying.allows(now + SECOND)).as("while one tries").isFalse();
        assertThat(trying.allows(now + 2 * SECOND))
                .as("the one never came back")
                .isTrue();
    }

    @ParameterizedTest(name = "after {0} failures for {1} s")
    @CsvSource({"5, 1", "6, 2", "7, 4", "8, 8", "9, 16", "10, 30", "11, 30", "2000000, 30"})
    @DisplayName("rests")
    void doubles(int failures, int seconds) {
        CircuitBreaker breaker = after(failures, 0);

        assertThat(breaker.allows(seconds * SECOND - 1)).isFalse();
        assertThat(breaker.allows(seconds * SECOND)).isTrue();
    }

    @Test
    @DisplayName("closes with the first success")
    void closes() {
        CircuitBreaker closed = after(9, 0).succeeded();

        assertThat(closed).isEqualTo(CircuitBreaker.CLOSED);
        assertThat(closed.allows(0)).isTrue();
        assertThat(after(4, 0).succeeded().failed(0).allows(0))
                .as("failures count in a row")
                .isTrue();
    }
}
