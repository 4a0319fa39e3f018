package io.trousseau.core.keyring;

/** What the probes say of a member. */
public enum MemberPhase {
    /** No probe has ended yet. */
    STARTING,
    /** The last probe passed. */
    WELL,
    /** The KMS does not answer, or not sensibly. What it has protected stays protected. */
    UNREACHABLE,
    /** The KMS refuses this process, confirmed by a second probe. */
    DENIED,
    /** The KEK is disabled, on its way to destruction, destroyed or unknown, confirmed by a second probe. */
    GONE,
    /** The KMS says that an older KEK version than one already used is current: not used for wrapping. */
    SET_BACK
}
