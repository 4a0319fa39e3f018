package io.trousseau.core.policy;

import io.trousseau.core.policy.Policy.PolicyMember;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a change from one policy to the next does: to data that is stored, and while some nodes have the one and some the
 * other.
 *
 * <p>Computed for the worst case that the old policy allows: an envelope with just w of its n copies, whichever those are.
 * Stateless.
 */
public final class PolicyChange {
    /** How bad it is. */
    public enum Severity {
        /** Stored data could not be opened any more. */
        UNREADABLE,
        /** Safe only after something else was done, or in a certain order. */
        CAUTION,
        /** Data is protected in another way than new data would be, until it is rewritten. */
        STALE,
        /** Worth knowing. */
        NOTE
    }

    /**
     * One consequence.
     *
     * @param severity how bad it is
     * @param text what happens and what to do
     */
    public record Consequence(Severity severity, String text) {}

    private final Policy before;
    private final Policy after;
    private final List<Consequence> consequences = new ArrayList<>();

    private PolicyChange(Policy before, Policy after) {
        this.before = before;
        this.after = after;
    }

    /** The consequences of going from one policy to the other, worst first. */
    public static List<Consequence> between(Policy before, Policy after) {
        PolicyChange change = new PolicyChange(before, after);
        change.compare();
        change.consequences.sort((a, b) -> a.severity().compareTo(b.severity()));
        return List.copyOf(change.consequences);
    }

    private void compare() {
        if (!before.keyring().equals(after.keyring())) {
            add(
                    Severity.UNREADABLE,
                    "keyring.name changes from " + before.keyring() + " to " + after.keyring()
                            + ": nothing that is stored could be opened; keep the name");
            return;
        }
        compareThresholds();
        compareReaders();
        compareKeyIds();
        compareDuringRollout();
    }

    private void compareThresholds() {
        int old = before.decryptThreshold();
        if (!accepts(after, old)) {
            add(
                    Severity.UNREADABLE,
                    "what is stored states decryptThreshold " + old
                            + " and would be refused; add to keyring.formerPolicies:" + " {decryptThreshold: " + old
                            + "} until everything is rewritten");
        }
        for (int former : before.formerThresholds()) {
            if (!accepts(after, former)) {
                add(
                        Severity.CAUTION,
                        "data that still states decryptThreshold " + former + " would be refused; make sure that none"
                                + " is left, or keep it in keyring.formerPolicies");
            }
        }
    }

    /** Who of those that wrapped under the old policy can still unwrap under the new one. */
    private void compareReaders() {
        List<PolicyMember> old = before.wrapping();
        List<PolicyMember> lost =
                old.stream().filter(member -> !held(member, after)).toList();
        for (PolicyMember member : old) {
            PolicyMember heir = heir(member, after);
            if (heir != null) {
                add(
                        Severity.CAUTION,
                        "the KEK of " + member.name() + " is taken to be one of the formerKeks of " + heir.name()
                                + "; compare them with the identity that trousseau status prints for " + member.name());
            }
        }
        if (!lost.isEmpty()) {
            int k = before.decryptThreshold();
            int left = old.size() - lost.size();
            String names = names(lost);
            if (left < k) {
                add(
                        Severity.UNREADABLE,
                        "without " + names + " only " + left + " of the " + old.size()
                                + " members that protect what is stored are left, and " + k
                                + " are needed; keep it with role: unwrap until everything is rewritten");
            } else if (before.writeQuorum() - lost.size() < k) {
                add(
                        Severity.CAUTION,
                        "what was written while other members were away may have its copies at " + names
                                + " and could not be opened; first rewrite everything that is stale, or keep it with role:"
                                + " unwrap");
            }
        }
        // Members that only unwrap protect what was written before the old policy.
        List<PolicyMember> gone = before.members().stream()
                .filter(member -> !member.wraps() && !held(member, after))
                .toList();
        if (!gone.isEmpty()) {
            add(
                    Severity.CAUTION,
                    "what was sealed before " + names(gone) + " became role: unwrap could not be opened; make sure that"
                            + " everything is rewritten: no key_id but the current one in /status and in the"
                            + " apiserver's key_id_hash metrics");
        }
    }

    private void compareKeyIds() {
        List<String> reasons = new ArrayList<>();
        if (before.epoch() != after.epoch()) {
            reasons.add("the epoch changes");
            if (after.epoch() < before.epoch()) {
                add(Severity.CAUTION, "the epoch goes back; an epoch that was used before must not come again");
            }
        }
        if (before.decryptThreshold() != after.decryptThreshold()) {
            reasons.add("decryptThreshold changes");
        }
        List<PolicyMember> joining = notIn(after.wrapping(), before.wrapping());
        List<PolicyMember> leaving = notIn(before.wrapping(), after.wrapping());
        if (!joining.isEmpty()) {
            reasons.add(names(joining) + " joins");
        }
        if (!leaving.isEmpty()) {
            reasons.add(names(leaving) + " wraps no more");
        }
        if (!reasons.isEmpty()) {
            add(
                    Severity.STALE,
                    "the key_id changes (" + String.join("; ", reasons)
                            + "): everything that is stored becomes stale and"
                            + " is protected anew as it is rewritten: kubectl get secrets -A -o json | kubectl replace"
                            + " -f -");
        }
    }

    /** While nodes are rolled, those with the old configuration read what those with the new one write. */
    private void compareDuringRollout() {
        if (!accepts(before, after.decryptThreshold())) {
            add(
                    Severity.CAUTION,
                    "while nodes are rolled, those with the old configuration refuse what the new ones write (it states"
                            + " decryptThreshold " + after.decryptThreshold()
                            + "); first roll out keyring.formerPolicies:"
                            + " {decryptThreshold: " + after.decryptThreshold() + "} to every node");
        }
        List<PolicyMember> wrapping = after.wrapping();
        List<PolicyMember> unknown =
                wrapping.stream().filter(member -> !held(member, before)).toList();
        int k = after.decryptThreshold();
        int known = wrapping.size() - unknown.size();
        if (known < k) {
            add(
                    Severity.CAUTION,
                    "while nodes are rolled, those with the old configuration cannot open what the new ones write; first"
                            + " roll out " + names(unknown) + " with role: unwrap to every node");
        } else if (after.writeQuorum() - unknown.size() < k) {
            add(
                    Severity.CAUTION,
                    "while nodes are rolled, those with the old configuration cannot open what the new ones write while "
                            + names(notIn(wrapping, unknown)) + " is away; to be safe, first roll out " + names(unknown)
                            + " with role: unwrap to every node");
        } else if (!notIn(wrapping, before.wrapping()).isEmpty()
                || !notIn(before.wrapping(), wrapping).isEmpty()) {
            add(Severity.NOTE, "nodes may be rolled in any order");
        }
    }

    private static boolean accepts(Policy policy, int threshold) {
        return threshold >= policy.decryptThreshold()
                || policy.formerThresholds().contains(threshold);
    }

    /** Whether a member's KEK can be unwrapped under a policy, by whichever member. */
    private static boolean held(PolicyMember member, Policy policy) {
        return policy.members().stream().anyMatch(member::isSameKek) || heir(member, policy) != null;
    }

    /** Who may have taken a KEK over: identities are known to the KMS alone, so that this is a guess to be checked. */
    private static @Nullable PolicyMember heir(PolicyMember member, Policy policy) {
        if (policy.members().stream().anyMatch(member::isSameKek)) {
            return null;
        }
        return policy.members().stream()
                .filter(other -> other.provider().equals(member.provider())
                        && !other.formerKeks().isEmpty())
                .findFirst()
                .orElse(null);
    }

    private static List<PolicyMember> notIn(List<PolicyMember> members, List<PolicyMember> others) {
        return members.stream()
                .filter(member -> others.stream().noneMatch(member::isSameKek))
                .toList();
    }

    private static String names(List<PolicyMember> members) {
        return members.stream().map(PolicyMember::name).collect(Collectors.joining(", "));
    }

    private void add(Severity severity, String text) {
        consequences.add(new Consequence(severity, text));
    }
}
