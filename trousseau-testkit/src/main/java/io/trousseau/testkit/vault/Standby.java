package io.trousseau.testkit.vault;

/** What a fake is in its cluster. */
public enum Standby {
    /** The node that serves: {@code sys/health} says 200. */
    ACTIVE(200),
    /** Stands by and forwards to the active node: {@code sys/health} says 429, everything else is answered. */
    FORWARDING(429),
    /** Stands by and knows no active node, as during an election: {@code sys/health} says 429, everything else 500. */
    LEADERLESS(429),
    /** A disaster recovery secondary (Vault Enterprise): {@code sys/health} says 472, everything else 400. */
    DR_SECONDARY(472),
    /** A performance standby (Vault Enterprise): {@code sys/health} says 473, everything else is answered. */
    PERFORMANCE(473);

    private final int health;

    Standby(int health) {
        this.health = health;
    }

    int health() {
        return health;
    }
}
