package io.trousseau.core.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.testkit.kek.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The retry layer")
class RetryingKekTest {
    private final ManualClock clock = new ManualClock();
    private final List<Duration> pauses = new ArrayList<>();

    private RetryingKek retrying(StubKek inner, RandomGenerator random) {
        return new RetryingKek(inner, random, duration -> {
            pauses.add(duration);
            clock.advance(duration);
        });
    }

    private RetryingKek retrying(StubKek inner) {
        return retrying(inner, longest());
    }

    /** Always the greatest number. */
    private static RandomGenerator longest() {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return Long.MAX_VALUE;
            }

            @Override
            public long nextLong(long bound) {
                return bound - 1;
            }
        };
    }

    private Deadline in(Duration time) {
        return Deadline.after(time, clock);
    }

    private static KmsException failure(Code code) {
        return new KmsException(code, "scripted");
    }

    private static KmsException throttled(Duration retryAfter) {
        return new KmsException(Code.THROTTLED, "scripted", null, retryAfter);
    }

    private KmsException failureOf(RetryingKek kek, Duration deadline) {
        return catchThrowableOfType(KmsException.class, () -> kek.describe(in(deadline)));
    }

    @ParameterizedTest
    @EnumSource(Code.class)
    @DisplayName("repeats a call exactly if its failure may go away")
    void onlyRetryable(Code code) {
        StubKek inner = StubKek.failing(failure(code));
        RetryingKek kek = retrying(inner);

        if (code.isRetryable()) {
            assertThat(kek.describe(in(Duration.ofSeconds(2))).current()).isEqualTo(StubKek.VERSION);
            assertThat(inner.calls).isEqualTo(2);
        } else {
            assertThat(failureOf(kek, Duration.ofSeconds(2)).code()).isEqualTo(code);
            assertThat(inner.calls).isEqualTo(1);
            assertThat(pauses).isEmpty();
        }
    }

    @Test
    @DisplayName("gives up after three attempts, with the last failure")
    void attempts() {
        KmsException last = failure(Code.BAD_ANSWER);
        StubKek inner = StubKek.failing(failure(Code.UNAVAILABLE), failure(Code.THROTTLED), last);

        assertThat(failureOf(retrying(inner), Duration.ofSeconds(10))).isSameAs(last);
        assertThat(inner.calls).isEqualTo(3);
        assertThat(pauses).hasSize(2);
    }

    @Test
    @DisplayName("pauses for a random part of 50 ms, then of 100 ms")
    void jitter() {
        KmsException down = failure(Code.UNAVAILABLE);
        failureOf(retrying(StubKek.failing(down, down, down)), Duration.ofSeconds(10));
        assertThat(pauses).containsExactly(Duration.ofMillis(50), Duration.ofMillis(100));

        pauses.clear();
        RandomGenerator zero = () -> 0;
        failureOf(retrying(StubKek.failing(down, down, down), zero), Duration.ofSeconds(10));
        assertThat(pauses).containsExactly(Duration.ZERO, Duration.ZERO);
    }

    @Test
    @DisplayName("pauses at least as long as the KMS asked for")
    void retryAfter() {
        StubKek inner = StubKek.failing(throttled(Duration.ofSeconds(3)), throttled(Duration.ofMillis(1)));

        retrying(inner).describe(in(Duration.ofSeconds(10)));

        assertThat(pauses).containsExactly(Duration.ofSeconds(3), Duration.ofMillis(100));
    }

    @Test
    @DisplayName("tells the failure at once if the pause would take more than half of what is left")
    void halfOfTheDeadline() {
        StubKek inner = StubKek.failing(throttled(Duration.ofSeconds(1)));
        assertThat(failureOf(retrying(inner), Duration.ofMillis(1999)).code()).isEqualTo(Code.THROTTLED);
        assertThat(inner.calls).isEqualTo(1);
        assertThat(pauses).isEmpty();

        inner = StubKek.failing(throttled(Duration.ofSeconds(1)));
        retrying(inner).describe(in(Duration.ofSeconds(2)));
        assertThat(inner.calls).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE / 2 + 1})
    @DisplayName("is not confused by an absurd wish of the KMS")
    void absurdRetryAfter(long seconds) {
        StubKek inner = StubKek.failing(throttled(Duration.ofSeconds(seconds)));

        assertThat(failureOf(retrying(inner), Duration.ofSeconds(2)).code()).isEqualTo(Code.THROTTLED);
        assertThat(inner.calls).isEqualTo(1);
    }

    @Test
    @DisplayName("stops when it is interrupted while it pauses, with the flag set and the failure as the cause")
    void interrupted() {
        KmsException down = failure(Code.UNAVAILABLE);
        StubKek inner = StubKek.failing(down);
        RetryingKek kek = new RetryingKek(inner, longest(), duration -> {
            throw new InterruptedException();
        });

        KmsException e = failureOf(kek, Duration.ofSeconds(10));
        boolean flag = Thread.interrupted();

        assertThat(e.code()).isEqualTo(Code.INTERRUPTED);
        assertThat(e).hasCause(down);
        assertThat(flag).isTrue();
        assertThat(inner.calls).isEqualTo(1);
    }
}
