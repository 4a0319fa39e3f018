package io.trousseau.core.keyring;

import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.core.envelope.Commitment;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.member.Member.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a keyring knows of itself at one moment, from memory. Immutable; holds nothing secret.
 *
 * @param keyring the keyring's name
 * @param serving what it does
 * @param keyId the name of the protection that seals now; empty before the first one and after failing closed
 * @param healthy whether it can seal and open as its policy says; otherwise {@code health} says what is wrong
 * @param health {@code ok}, or what is wrong, for people
 * @param degraded whether fewer than all wrapping members protect what is sealed now
 * @param localKek the local KEK that seals now
 * @param cachedLocalKeks how many proven local KEKs are in memory
 * @param members every member, in configured order
 * @param opened which key_ids were opened or sealed since the start, and when last; at most 100. An entry other than
 *     {@code keyId} says that stored data waits to be rewritten.
 */
public record KeyringStatus(
        String keyring,
        Serving serving,
        Optional<KeyId> keyId,
        boolean healthy,
        String health,
        boolean degraded,
        Optional<LocalKekStatus> localKek,
        int cachedLocalKeks,
        List<MemberStatus> members,
        Map<KeyId, Instant> opened) {
    /** What a keyring does. */
    public enum Serving {
        /** No local KEK is proven yet; opens, does not seal. */
        STARTING,
        /** Seals and opens. */
        SEALING,
        /** Opens only, because KMSes refuse. */
        OPENING_ONLY,
        /** Neither seals nor opens, because KEKs are disabled or destroyed. */
        FAILED_CLOSED,
        /** Closed. */
        CLOSED
    }

    /**
     * The local KEK that seals.
     *
     * @param commitment its public name
     * @param age since it was made
     * @param uses seals so far
     */
    public record LocalKekStatus(Commitment commitment, Duration age, long uses) {}

    /**
     * One member.
     *
     * @param name the configured name
     * @param provider the provider's name
     * @param role what it does
     * @param phase what the probes say
     * @param message what is wrong, for people; {@code ok} if nothing is
     * @param failure the code of the last failed probe, if the member is not well
     * @param current the KEK version that the KMS said to be current
     * @param protects whether it protects what is sealed now
     * @param destructionAt when the KMS will destroy the KEK, if that is scheduled
     * @param latency a moving average of its answers; empty before the first
     * @param lastAnswer how long ago it last passed a probe; empty if never
     */
    public record MemberStatus(
            String name,
            String provider,
            Role role,
            MemberPhase phase,
            String message,
            Optional<KmsException.Code> failure,
            Optional<KekVersion> current,
            boolean protects,
            Optional<Instant> destructionAt,
            Optional<Duration> latency,
            Optional<Duration> lastAnswer) {}
}
