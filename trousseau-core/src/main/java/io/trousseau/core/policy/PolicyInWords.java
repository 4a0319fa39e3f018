package io.trousseau.core.policy;

import io.trousseau.core.envelope.Commitment;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.ShareMark;
import io.trousseau.core.policy.Policy.PolicyMember;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Says what a policy means: what may be lost, what an attacker needs, and what it costs. Stateless. */
public final class PolicyInWords {
    /** The bytes of one KEK's names in a header, for an estimate: provider, identity and version with their lengths. */
    private static final int TYPICAL_NAMES_BYTES = 90;

    /** The key of an annotation with one of an envelope's parts. */
    private static final int ANNOTATION_KEY_BYTES = 14;

    private static final int KEY_ID_BYTES = 47;
    private static final int SEED_BYTES = 32;

    private PolicyInWords() {}

    /** One sentence a line, without a full stop. */
    public static List<String> sentences(Policy policy) {
        List<PolicyMember> wrapping = policy.wrapping();
        int n = wrapping.size();
        int k = policy.decryptThreshold();
        int w = policy.writeQuorum();
        String names = wrapping.stream().map(PolicyMember::name).collect(Collectors.joining(", "));
        List<String> sentences = new ArrayList<>();
        if (n == 1) {
            sentences.add("reads and writes need " + names + ", the only member that wraps, and so does an attacker");
        } else {
            sentences.add("reads " + survival(n - k, names) + (n > k ? ", once all copies exist" : ""));
            if (w < n) {
                sentences.add("reads of what was written while members were away "
                        + survival(w - k, "those that were there"));
            }
            sentences.add("writes " + survival(n - w, names));
            sentences.add("an attacker needs " + (k == 1 ? "any 1" : k == n ? "all" : k) + " of " + n + " members");
        }
        List<String> leaving = policy.members().stream()
                .filter(member -> !member.wraps())
                .map(PolicyMember::name)
                .toList();
        if (!leaving.isEmpty()) {
            sentences.add("only for reading what is stored already: " + String.join(", ", leaving));
        }
        sentences.add("each Secret grows by about " + bytesPerSecret(policy) + " bytes in etcd");
        return List.copyOf(sentences);
    }

    /** What an operator should think about again; empty if there is nothing. */
    public static List<String> warnings(Policy policy) {
        List<String> warnings = new ArrayList<>();
        List<PolicyMember> wrapping = policy.wrapping();
        List<String> unauthenticated =
                policy.unauthenticated().stream().map(PolicyMember::name).toList();
        int plantable = policy.plantableCopies();
        if (plantable >= policy.lowestThreshold()) {
            warnings.add("anyone can wrap to the public key of " + String.join(", ", unauthenticated)
                    + ": whoever can write to etcd could plant a key of their own, never read one; "
                    + (plantable < policy.decryptThreshold()
                            ? "formerPolicies let it open, so remove them once everything is written anew"
                            : remedy(plantable + 1, wrapping.size())));
        }
        if (wrapping.size() > 1 && wrapping.size() == policy.writeQuorum()) {
            warnings.add(
                    "no new local KEK can be made while any one member is away: writeQuorum is the number of members");
        }
        if (wrapping.size() > 1 && policy.writeQuorum() == policy.decryptThreshold()) {
            warnings.add("what is written while members are away is lost with any one of the members that were there:"
                    + " writeQuorum is decryptThreshold");
        }
        if (wrapping.size() > 1 && wrapping.size() == policy.decryptThreshold()) {
            warnings.add("the loss of any one member loses all data: decryptThreshold is the number of members");
        }
        return List.copyOf(warnings);
    }

    private static String remedy(int threshold, int wrapping) {
        int missing = threshold - wrapping;
        return "a decryptThreshold of " + threshold
                + (missing <= 0
                        ? " closes it"
                        : " and " + missing + " more member" + (missing == 1 ? "" : "s")
                                + " of authenticated wrapping close it");
    }

    /** An upper estimate of what an envelope adds to a Secret: parts, annotation keys and key_id. */
    public static int bytesPerSecret(Policy policy) {
        int bytes = Envelope.SEAL_OVERHEAD_BYTES + SEED_BYTES + KEY_ID_BYTES;
        bytes += ANNOTATION_KEY_BYTES + 8 + policy.keyring().length() + Commitment.BYTES;
        int share = policy.decryptThreshold() == 1 ? 0 : 1 + ShareMark.HASH_BYTES;
        for (PolicyMember member : policy.wrapping()) {
            bytes += ANNOTATION_KEY_BYTES + member.maxWrappedBytes() + TYPICAL_NAMES_BYTES + share;
        }
        return bytes;
    }

    private static String survival(int losses, String names) {
        return losses == 0 ? "need every one of: " + names : "survive the loss of any " + losses + " of: " + names;
    }
}
