package io.trousseau.core.policy;

import io.trousseau.core.member.Member.Role;
import java.util.List;
import java.util.Set;

/**
 * A keyring's policy as its configuration states it, without opening anything.
 *
 * @param keyring the keyring's name
 * @param epoch see {@link io.trousseau.core.keyring.KeyringConfig#epoch()}
 * @param decryptThreshold k
 * @param writeQuorum w
 * @param formerThresholds thresholds that stored envelopes may still state
 * @param members every member, in configured order
 */
public record Policy(
        String keyring,
        int epoch,
        int decryptThreshold,
        int writeQuorum,
        Set<Integer> formerThresholds,
        List<PolicyMember> members) {
    /**
     * A member as its configuration states it.
     *
     * @param name the configured name
     * @param provider the provider's name
     * @param kek what tells its KEK apart: equal for two members exactly if both are configured to the same KEK. Never
     *     printed.
     * @param role whether it wraps
     * @param formerKeks identities that it may unwrap besides its own
     * @param authenticated whether nobody but the KEK's users can make a copy that unwraps
     * @param maxWrappedBytes an upper bound of the size of its copy
     */
    public record PolicyMember(
            String name,
            String provider,
            Object kek,
            Role role,
            Set<String> formerKeks,
            boolean authenticated,
            int maxWrappedBytes) {
        /** Copies the identities. */
        public PolicyMember {
            formerKeks = Set.copyOf(formerKeks);
        }

        boolean wraps() {
            return role == Role.WRAP;
        }

        boolean isSameKek(PolicyMember other) {
            return provider.equals(other.provider) && kek.equals(other.kek);
        }
    }

    /** Copies the collections. */
    public Policy {
        formerThresholds = Set.copyOf(formerThresholds);
        members = List.copyOf(members);
    }

    /** The members that wrap: n of them. */
    public List<PolicyMember> wrapping() {
        return members.stream().filter(PolicyMember::wraps).toList();
    }

    /**
     * The members to which anyone could wrap, whatever their role: whoever writes to etcd chooses which members an
     * envelope names.
     */
    public List<PolicyMember> unauthenticated() {
        return members.stream().filter(member -> !member.authenticated()).toList();
    }

    /**
     * How many copies of one envelope anyone could make: one for each KEK that a member of {@link #unauthenticated()}
     * opens, its former ones too.
     */
    public int plantableCopies() {
        return unauthenticated().stream()
                .mapToInt(member -> 1 + member.formerKeks().size())
                .sum();
    }

    /** How many members it takes to open whatever opens at all: k, or less if a former policy says so. */
    public int lowestThreshold() {
        return formerThresholds.stream().reduce(decryptThreshold, Math::min);
    }
}
