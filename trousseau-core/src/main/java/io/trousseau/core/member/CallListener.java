package io.trousseau.core.member;

import io.trousseau.api.KmsException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Hears of every single attempt at a KMS, for metrics and audit.
 *
 * <p>Called on the thread that made the attempt; must be fast, must not throw, and is used by many threads at once.
 */
@FunctionalInterface
public interface CallListener {
    /** A listener that does nothing. */
    CallListener NONE = (member, operation, purpose, duration, failure) -> {};

    /** What was asked of the KMS. */
    enum Operation {
        /** {@link io.trousseau.api.KekHandle#wrap}. */
        WRAP,
        /** {@link io.trousseau.api.KekHandle#unwrap}. */
        UNWRAP,
        /** {@link io.trousseau.api.KekHandle#describe}. */
        DESCRIBE
    }

    /** Why it was asked. */
    enum Purpose {
        /** To open a stored envelope. */
        OPEN,
        /** To wrap a new local KEK and to read the copy back. */
        PROTECT,
        /** To learn the state of the KEK. */
        PROBE
    }

    /**
     * An attempt ended.
     *
     * @param member the member's name
     * @param operation what was asked
     * @param purpose why
     * @param duration how long it took
     * @param failure null if it succeeded
     */
    void attempted(
            String member,
            Operation operation,
            Purpose purpose,
            Duration duration,
            KmsException.@Nullable Code failure);
}
