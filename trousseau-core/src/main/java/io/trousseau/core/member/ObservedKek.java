package io.trousseau.core.member;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.NanoClock;
import io.trousseau.core.member.CallListener.Operation;
import io.trousseau.core.member.CallListener.Purpose;
import java.time.Duration;
import java.util.function.Function;

/** Tells a {@link CallListener} of every attempt. */
final class ObservedKek extends ForwardingKek {
    private final String member;
    private final Purpose purpose;
    private final CallListener listener;
    private final NanoClock clock;

    ObservedKek(String member, Purpose purpose, CallListener listener, NanoClock clock, KekHandle inner) {
        super(inner);
        this.member = member;
        this.purpose = purpose;
        this.listener = listener;
        this.clock = clock;
    }

    @Override
    <T> T around(Operation operation, Deadline deadline, Function<Deadline, T> call) {
        long start = clock.nanoTime();
        try {
            T answer = call.apply(deadline);
            listener.attempted(member, operation, purpose, since(start), null);
            return answer;
        } catch (KmsException e) {
            listener.attempted(member, operation, purpose, since(start), e.code());
            throw e;
        }
    }

    private Duration since(long start) {
        return Duration.ofNanos(clock.nanoTime() - start);
    }
}
