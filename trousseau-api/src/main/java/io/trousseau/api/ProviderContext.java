package io.trousseau.api;

import java.time.InstantSource;
import java.util.Objects;

/**
 * What the host lends to a provider when it opens a KEK. Immutable; grows by methods, so that a provider built against an
 * older one goes on working.
 */
public final class ProviderContext {
    private final String member;
    private final System.Logger logger;
    private final InstantSource wallClock;

    /**
     * Makes a context.
     *
     * @param member the name under which the KEK takes part in a keyring
     * @param logger where the provider writes; nothing secret
     * @param wallClock the time of day, for expiry of credentials and the like
     */
    public ProviderContext(String member, System.Logger logger, InstantSource wallClock) {
        this.member = Objects.requireNonNull(member, "member");
        this.logger = Objects.requireNonNull(logger, "logger");
        this.wallClock = Objects.requireNonNull(wallClock, "wallClock");
    }

    /** The name under which the KEK takes part in a keyring; use it in log lines. */
    public String member() {
        return member;
    }

    /** Where the provider writes. */
    public System.Logger logger() {
        return logger;
    }

    /** The time of day. */
    public InstantSource wallClock() {
        return wallClock;
    }
}
