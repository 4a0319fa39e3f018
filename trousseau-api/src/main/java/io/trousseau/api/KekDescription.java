package io.trousseau.api;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What a KMS says of a KEK at one moment.
 *
 * @param current the key, and the version of it that {@link KekHandle#wrap} uses now
 * @param state whether the current version may be used
 * @param algorithm the KMS's own name of the algorithm, for people
 * @param destructionAt when the KMS will destroy the current version, if that is scheduled
 */
public record KekDescription(KekVersion current, State state, String algorithm, Optional<Instant> destructionAt) {
    /** Checks that nothing is missing. */
    public KekDescription {
        Objects.requireNonNull(current, "current");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(algorithm, "algorithm");
        Objects.requireNonNull(destructionAt, "destructionAt");
    }

    /** Whether a KEK version may be used. */
    public enum State {
        /** Wraps and unwraps. */
        ENABLED,
        /** Refuses to wrap and unwrap until someone enables it again. Nothing is lost. */
        DISABLED,
        /**
         * Refuses to wrap and unwrap and will be destroyed at {@link KekDescription#destructionAt()} unless someone
         * cancels that.
         */
        DESTRUCTION_SCHEDULED,
        /** The key material is gone for ever. */
        DESTROYED
    }
}
