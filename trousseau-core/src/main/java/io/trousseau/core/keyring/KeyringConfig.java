package io.trousseau.core.keyring;

import io.trousseau.core.localkek.LocalKek;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A keyring's policy and bounds; the members are given beside it. Immutable.
 *
 * @param name the keyring's name, a DNS label; stored in every envelope, and an envelope of another name is refused
 * @param epoch the operator's counter, at least 0; raising it makes a new key_id of the same KEKs, for a KMS whose key was
 *     set back to an older version
 * @param decryptThreshold k: how many members it takes to open, at least 1
 * @param writeQuorum w: how many members must have proven their copy before a local KEK seals, at least k
 * @param formerThresholds thresholds below {@code decryptThreshold} that stored envelopes may still state
 * @param localKekMaxAge after this the keyring makes a new local KEK; a target that an outage may overrun
 * @param localKekSoftUses after this many seals the keyring makes a new local KEK; 1 to {@link LocalKek#HARD_USES}
 * @param maxCachedLocalKeks how many proven local KEKs are kept, at least 1
 * @param probeInterval how often each member is probed while all is well
 * @param keyIdHold the key_id changes for a returning member at most once in this time
 * @param denied what to do when too few members allow wrapping
 * @param gone what to do when too few members have a usable KEK
 */
public record KeyringConfig(
        String name,
        int epoch,
        int decryptThreshold,
        int writeQuorum,
        Set<Integer> formerThresholds,
        Duration localKekMaxAge,
        long localKekSoftUses,
        int maxCachedLocalKeks,
        Duration probeInterval,
        Duration keyIdHold,
        Reaction denied,
        Reaction gone) {
    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    // About a century; three times as long and nanoseconds would overflow.
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** What a keyring does when its policy cannot be met because KMSes say no; never for an outage. */
    public enum Reaction {
        /** Goes on sealing and opening with the local KEKs it has, and says so in its health. */
        SERVE,
        /** Seals no more, goes on opening with the local KEKs it has. */
        STOP_SEALING,
        /** Seals and opens no more, and wipes every local KEK. */
        FAIL_CLOSED
    }

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming the first part that is out of its range
     */
    public KeyringConfig {
        formerThresholds = Set.copyOf(formerThresholds);
        check(DNS_LABEL.matcher(name).matches(), "name is not a DNS label");
        check(epoch >= 0, "epoch is negative");
        check(decryptThreshold >= 1, "decryptThreshold is below 1");
        check(writeQuorum >= decryptThreshold, "writeQuorum is below decryptThreshold");
        check(formerThresholds.stream().allMatch(k -> k >= 1), "a former threshold is below 1");
        check(isPositive(localKekMaxAge), "localKekMaxAge is not positive");
        check(isCountable(localKekMaxAge), "localKekMaxAge is longer than " + LONGEST.toDays() + " days");
        check(
                localKekSoftUses >= 1 && localKekSoftUses <= LocalKek.HARD_USES,
                "localKekSoftUses is not 1 to " + LocalKek.HARD_USES);
        check(maxCachedLocalKeks >= 1, "maxCachedLocalKeks is below 1");
        check(isPositive(probeInterval), "probeInterval is not positive");
        check(isCountable(probeInterval), "probeInterval is longer than " + LONGEST.toDays() + " days");
        check(!keyIdHold.isNegative(), "keyIdHold is negative");
        check(isCountable(keyIdHold), "keyIdHold is longer than " + LONGEST.toDays() + " days");
    }

    private static boolean isPositive(Duration duration) {
        return !duration.isZero() && !duration.isNegative();
    }

    private static boolean isCountable(Duration duration) {
        return duration.compareTo(LONGEST) <= 0;
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /**
     * A builder with the defaults.
     *
     * @param name the keyring's name
     */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** Collects a configuration. Not safe for use by several threads. */
    public static final class Builder {
        private final String name;
        private int epoch = 1;
        private int decryptThreshold = 1;
        private int writeQuorum;
        private Set<Integer> formerThresholds = Set.of();
        private Duration localKekMaxAge = Duration.ofDays(7);
        private long localKekSoftUses = 1L << 20;
        private int maxCachedLocalKeks = 1000;
        private Duration probeInterval = Duration.ofSeconds(30);
        private Duration keyIdHold = Duration.ofMinutes(5);
        private Reaction denied = Reaction.STOP_SEALING;
        private Reaction gone = Reaction.FAIL_CLOSED;

        private Builder(String name) {
            this.name = name;
        }

        /** See {@link KeyringConfig#epoch()}; 1 unless set. */
        public Builder epoch(int value) {
            epoch = value;
            return this;
        }

        /** See {@link KeyringConfig#decryptThreshold()}; 1 unless set. */
        public Builder decryptThreshold(int value) {
            decryptThreshold = value;
            return this;
        }

        /** See {@link KeyringConfig#writeQuorum()}; the smaller of n and k + 1 unless set. */
        public Builder writeQuorum(int value) {
            writeQuorum = value;
            return this;
        }

        /** See {@link KeyringConfig#formerThresholds()}; none unless set. */
        public Builder formerThresholds(Set<Integer> value) {
            formerThresholds = value;
            return this;
        }

        /** See {@link KeyringConfig#localKekMaxAge()}; 7 days unless set. */
        public Builder localKekMaxAge(Duration value) {
            localKekMaxAge = value;
            return this;
        }

        /** See {@link KeyringConfig#localKekSoftUses()}; 2^20 unless set. */
        public Builder localKekSoftUses(long value) {
            localKekSoftUses = value;
            return this;
        }

        /** See {@link KeyringConfig#maxCachedLocalKeks()}; 1000 unless set. */
        public Builder maxCachedLocalKeks(int value) {
            maxCachedLocalKeks = value;
            return this;
        }

        /** See {@link KeyringConfig#probeInterval()}; 30 s unless set. */
        public Builder probeInterval(Duration value) {
            probeInterval = value;
            return this;
        }

        /** See {@link KeyringConfig#keyIdHold()}; 5 minutes unless set. */
        public Builder keyIdHold(Duration value) {
            keyIdHold = value;
            return this;
        }

        /** See {@link KeyringConfig#denied()}; {@link Reaction#STOP_SEALING} unless set. */
        public Builder denied(Reaction value) {
            denied = value;
            return this;
        }

        /** See {@link KeyringConfig#gone()}; {@link Reaction#FAIL_CLOSED} unless set. */
        public Builder gone(Reaction value) {
            gone = value;
            return this;
        }

        /**
         * The configuration of a keyring of so many wrapping members.
         *
         * @param wrappingMembers n, for the default of the write quorum
         * @throws IllegalArgumentException naming the first part that is out of its range
         */
        public KeyringConfig build(int wrappingMembers) {
            int quorum = writeQuorum == 0 ? Math.min(wrappingMembers, decryptThreshold + 1) : writeQuorum;
            return new KeyringConfig(
                    name,
                    epoch,
                    decryptThreshold,
                    quorum,
                    formerThresholds,
                    localKekMaxAge,
                    localKekSoftUses,
                    maxCachedLocalKeks,
                    probeInterval,
                    keyIdHold,
                    denied,
                    gone);
        }
    }
}
