package io.trousseau.core.member;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.KmsException.Verdict;
import io.trousseau.api.NanoClock;
import io.trousseau.core.member.CallListener.Operation;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Asks the member's {@link CircuitBreaker} before each call, and tells it the outcome. */
final class BreakingKek extends ForwardingKek {
    private final String member;
    private final AtomicReference<CircuitBreaker> breaker;
    private final boolean obeys;
    private final NanoClock clock;

    /**
     * A handle under a breaker.
     *
     * @param breaker shared by all handles of the member
     * @param obeys false for probes, which only tell the outcome
     */
    BreakingKek(
            String member, AtomicReference<CircuitBreaker> breaker, boolean obeys, NanoClock clock, KekHandle inner) {
        super(inner);
        this.member = member;
        this.breaker = breaker;
        this.obeys = obeys;
        this.clock = clock;
    }

    @Override
    <T> T around(Operation operation, Deadline deadline, Function<Deadline, T> call) {
        if (obeys) {
            enter();
        }
        try {
            T answer = call.apply(deadline);
            breaker.updateAndGet(CircuitBreaker::succeeded);
            return answer;
        } catch (KmsException e) {
            if (e.code().verdict() == Verdict.TRANSIENT) {
                breaker.updateAndGet(state -> state.failed(clock.nanoTime()));
            } else if (e.code() != Code.CLOSED && e.code() != Code.INTERRUPTED) {
                breaker.updateAndGet(CircuitBreaker::succeeded);
            }
            throw e;
        }
    }

    private void enter() {
        while (true) {
            CircuitBreaker state = Objects.requireNonNull(breaker.get());
            long now = clock.nanoTime();
            if (!state.allows(now)) {
                throw new KmsException(
                        Code.UNAVAILABLE,
                        "member " + member + " is left alone for a moment after " + state.failures()
                                + " failures in a row",
                        null,
                        // So that the call is not repeated in vain before the rest is over.
                        state.rest(now));
            }
            if (breaker.compareAndSet(state, state.entered(now))) {
                return;
            }
        }
    }
}
