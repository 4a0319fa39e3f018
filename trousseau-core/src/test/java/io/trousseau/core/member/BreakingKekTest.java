package io.trousseau.core.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.KmsException.Verdict;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.ManualClock;
import io.trousseau.testkit.kek.Operation;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A handle under a circuit breaker")
class BreakingKekTest {
    private final ManualClock clock = new ManualClock();
    private final AtomicReference<CircuitBreaker> breaker = new AtomicReference<>(CircuitBreaker.CLOSED);
    private final FaultyKek kms = new FaultyKek(InMemoryKek.create("kek-a").open());
    private final KekHandle breaking = new BreakingKek("vault-eu", breaker, true, clock, kms);
    private final KekHandle probing = new BreakingKek("vault-eu", breaker, false, clock, kms);

    private KmsException failureOf(KekHandle kek) {
        return catchThrowableOfType(
                KmsException.class, () -> kek.describe(Deadline.after(Duration.ofSeconds(2), clock)));
    }

    private void failFiveTimes(Code code) {
        kms.always(Fault.error(code));
        for (int i = 0; i < 5; i++) {
            assertThat(failureOf(breaking).code()).isEqualTo(code);
        }
    }

    @Test
    @DisplayName("leaves the KMS alone after five transient failures, and says how long")
    void opens() {
        failFiveTimes(Code.UNAVAILABLE);
        clock.advance(Duration.ofMillis(300));

        KmsException refused = failureOf(breaking);

        assertThat(kms.calls(Operation.DESCRIBE)).isEqualTo(5);
        assertThat(refused.code()).isEqualTo(Code.UNAVAILABLE);
        assertThat(refused).hasMessage("member vault-eu is left alone for a moment after 5 failures in a row");
        assertThat(refused.retryAfter()).contains(Duration.ofMillis(700));
    }

    @Test
    @DisplayName("tries once after the rest, and goes on if that succeeds")
    void recovers() {
        failFiveTimes(Code.TIMEOUT);
        kms.heal();

        clock.advance(Duration.ofSeconds(1));

        assertThat(failureOf(breaking)).isNull();
        assertThat(failureOf(breaking)).isNull();
        assertThat(breaker).hasValue(CircuitBreaker.CLOSED);
    }

    @Test
    @DisplayName("rests longer if the try fails, too")
    void triesInVain() {
        failFiveTimes(Code.TIMEOUT);
        clock.advance(Duration.ofSeconds(1));
        assertThat(failureOf(breaking).code()).isEqualTo(Code.TIMEOUT);
        assertThat(kms.calls(Operation.DESCRIBE)).isEqualTo(6);

        clock.advance(Duration.ofMillis(1999));
        assertThat(failureOf(breaking).code()).isEqualTo(Code.UNAVAILABLE);
        assertThat(kms.calls(Operation.DESCRIBE)).isEqualTo(6);
    }

    @Test
    @DisplayName("hears of probes, which go through whatever it thinks")
    void probes() {
        failFiveTimes(Code.UNAVAILABLE);
        assertThat(failureOf(probing).code()).isEqualTo(Code.UNAVAILABLE);
        assertThat(kms.calls(Operation.DESCRIBE)).isEqualTo(6);
        kms.heal();

        assertThat(failureOf(probing)).isNull();

        assertThat(failureOf(breaking)).isNull();
    }

    @ParameterizedTest
    @EnumSource(Code.class)
    @DisplayName("opens by outages only; a KMS that says no is alive, and a call that was given up says nothing")
    void whatCounts(Code code) {
        failFiveTimes(code);

        if (code.verdict() == Verdict.TRANSIENT) {
            assertThat(failureOf(breaking)).hasMessageContaining("left alone");
        } else {
            assertThat(failureOf(breaking).code()).isEqualTo(code);
            assertThat(kms.calls(Operation.DESCRIBE)).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Code.class,
            names = {"CLOSED", "INTERRUPTED"})
    @DisplayName("does not count a call that was given up as a sign of life")
    void givenUp(Code code) {
        kms.always(Fault.error(Code.UNAVAILABLE));
        for (int i = 0; i < 4; i++) {
            failureOf(breaking);
        }
        kms.next(Operation.DESCRIBE, Fault.error(code));
        failureOf(breaking);

        failureOf(breaking);

        assertThat(failureOf(breaking)).hasMessageContaining("left alone");
    }
}
