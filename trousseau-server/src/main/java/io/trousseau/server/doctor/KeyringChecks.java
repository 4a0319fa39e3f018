package io.trousseau.server.doctor;

import io.trousseau.api.Finding;
import io.trousseau.api.KekVersion;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.envelope.MemberKek;
import io.trousseau.core.policy.Policy;
import io.trousseau.core.policy.PolicyInWords;
import io.trousseau.server.config.SizeBudget;
import io.trousseau.server.config.TrousseauConfiguration.FormerPolicy;
import io.trousseau.server.config.TrousseauConfiguration.Keyring;
import io.trousseau.server.config.TrousseauConfiguration.Member;
import io.trousseau.server.config.TrousseauConfiguration.Member.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is checked of the keyring once its members have been examined. Immutable. */
final class KeyringChecks {
    private static final String NOT_ALL_OPEN = "needs every member to open";
    private static final String NOT_ALL_EXAMINED = "needs every member to be examined, without --member";

    private final Keyring keyring;
    private final Optional<Policy> policy;
    private final SizeBudget size;
    private final boolean complete;
    private final Map<String, MemberExamination> examined;

    /**
     * Of members whose examination is over.
     *
     * @param keyring as configured
     * @param policy with what the KEKs say of themselves; empty if not every member opens
     * @param complete whether every member that opens was examined
     * @param examined by name; a member that does not open is missing
     */
    KeyringChecks(
            Keyring keyring,
            Optional<Policy> policy,
            SizeBudget size,
            boolean complete,
            Map<String, MemberExamination> examined) {
        this.keyring = keyring;
        this.policy = policy;
        this.size = size;
        this.complete = complete;
        this.examined = examined;
    }

    List<Finding> all() {
        return List.of(meaning(), risks(), formerPolicies(), quorum(), distinctKeks(), formerKeks(), size());
    }

    private Finding meaning() {
        String id = Check.KEYRING_POLICY.id();
        return policy.map(stated -> Finding.ok(id, String.join("; ", PolicyInWords.sentences(stated))))
                .orElseGet(() -> Finding.skipped(id, NOT_ALL_OPEN));
    }

    private Finding risks() {
        String id = Check.KEYRING_RISKS.id();
        if (policy.isEmpty()) {
            return Finding.skipped(id, NOT_ALL_OPEN);
        }
        List<String> warnings = PolicyInWords.warnings(policy.get());
        return warnings.isEmpty()
                ? Finding.ok(id, "there is nothing to think about again")
                : Finding.warning(
                        id,
                        String.join("; ", warnings),
                        "change keyring.members, decryptThreshold or writeQuorum; \"trousseau config diff\" says what"
                                + " that does to what is stored");
    }

    private Finding formerPolicies() {
        String id = Check.KEYRING_FORMER_POLICIES.id();
        String weaker = keyring.formerPolicies().stream()
                .map(FormerPolicy::decryptThreshold)
                .filter(threshold -> threshold < keyring.decryptThreshold())
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        return weaker.isEmpty()
                ? Finding.ok(id, "nothing weaker than decryptThreshold " + keyring.decryptThreshold() + " opens")
                : Finding.warning(
                        id,
                        "what states decryptThreshold " + weaker
                                + " opens as well, also if whoever can write to etcd has" + " written it",
                        "have everything written anew, then remove keyring.formerPolicies");
    }

    /** Names of members of a role, whose random bytes came back, or who were at least there if they only unwrap. */
    private List<String> working(Role role) {
        return keyring.members().stream()
                .filter(member -> member.role() == role)
                .map(Member::name)
                .filter(name -> Optional.ofNullable(examined.get(name))
                        .flatMap(role == Role.WRAP ? MemberExamination::proven : MemberExamination::current)
                        .isPresent())
                .toList();
    }

    private Finding quorum() {
        String id = Check.KEYRING_QUORUM.id();
        if (!complete) {
            return Finding.skipped(id, NOT_ALL_EXAMINED);
        }
        List<String> wrapping = keyring.members().stream()
                .filter(member -> member.role() == Role.WRAP)
                .map(Member::name)
                .toList();
        List<String> working = working(Role.WRAP);
        List<String> missing = new ArrayList<>(wrapping);
        missing.removeAll(working);
        String seen = working.size() + " of " + wrapping.size() + " wrapping members work; " + keyring.writeQuorum()
                + (keyring.writeQuorum() == 1 ? " is" : " are") + " needed to seal under a new local KEK, "
                + keyring.decryptThreshold() + " to open";
        String remedy = "repair " + String.join(", ", missing) + ", see below";
        if (missing.isEmpty()) {
            return Finding.ok(id, seen);
        }
        if (working.size() + working(Role.UNWRAP).size() < keyring.decryptThreshold()) {
            return Finding.failure(id, seen + ": only what a running server has in its memory can be opened", remedy);
        }
        return working.size() < keyring.writeQuorum()
                ? Finding.failure(id, seen + ": a server that starts now cannot seal", remedy)
                : Finding.warning(
                        id, seen + ": what is written now is degraded, and is to be written anew later", remedy);
    }

    private Finding distinctKeks() {
        String id = Check.KEYRING_DISTINCT_KEKS.id();
        Map<String, List<Member>> holders = new LinkedHashMap<>();
        List<String> unknown = new ArrayList<>();
        for (Member member : keyring.members()) {
            identity(member)
                    .ifPresentOrElse(
                            identity -> holders.computeIfAbsent(
                                            member.provider() + " " + identity, absent -> new ArrayList<>())
                                    .add(member),
                            () -> unknown.add(member.name()));
        }
        Optional<List<Member>> same =
                holders.values().stream().filter(members -> members.size() > 1).findFirst();
        if (same.isPresent()) {
            String names = same.get().stream().map(Member::name).collect(Collectors.joining(" and "));
            boolean wrapping = same.get().stream()
                            .filter(member -> member.role() == Role.WRAP)
                            .count()
                    > 1;
            return wrapping
                    ? Finding.failure(
                            id,
                            names + " are the same KEK, "
                                    + identity(same.get().get(0)).orElse("")
                                    + ": losing one loses both, so only one copy of it counts",
                            "give each member a KEK of its own, or remove one")
                    : Finding.warning(
                            id,
                            names + " are the same KEK, and one is enough to unwrap",
                            "remove the one of role: unwrap");
        }
        return unknown.isEmpty()
                ? Finding.ok(
                        id, keyring.members().size() == 1 ? "there is one member" : "no two members are the same KEK")
                : Finding.skipped(id, "which KEK " + String.join(", ", unknown) + " is, is not known");
    }

    private Optional<String> identity(Member member) {
        return Optional.ofNullable(examined.get(member.name()))
                .flatMap(it -> it.current().or(it::proven))
                .map(KekVersion::identity);
    }

    private Finding formerKeks() {
        String id = Check.KEYRING_FORMER_KEKS.id();
        List<String> needless = new ArrayList<>();
        List<String> also = new ArrayList<>();
        for (Member member : keyring.members()) {
            for (String former : member.formerKeks()) {
                if (identity(member).filter(former::equals).isPresent()) {
                    needless.add(member.name() + " lists " + former + ", which is its own KEK");
                } else {
                    also.add(member.name() + " also unwraps what " + former + " wrapped");
                }
            }
        }
        if (!needless.isEmpty()) {
            return Finding.warning(
                    id,
                    String.join("; ", needless),
                    "list the KEK that the member was before; \"trousseau inspect\" shows what stored data names");
        }
        return Finding.ok(id, also.isEmpty() ? "members unwrap only their own KEK" : String.join("; ", also));
    }

    private Finding size() {
        String id = Check.KEYRING_SIZE.id();
        if (policy.isEmpty()) {
            return Finding.skipped(id, NOT_ALL_OPEN);
        }
        return Finding.ok(
                id,
                String.format(
                        Locale.ROOT,
                        "up to %,d bytes of annotations in every object; Kubernetes accepts %,d",
                        size.annotationsBytes(),
                        SizeBudget.MAX_ANNOTATIONS_BYTES));
    }

    /** The key_id of an envelope that every wrapping member protects now; empty if some did not wrap. */
    Optional<KeyId> keyId() {
        List<MemberKek> keks = new ArrayList<>();
        for (Member member : keyring.members()) {
            if (member.role() == Role.WRAP) {
                Optional<KekVersion> proven =
                        Optional.ofNullable(examined.get(member.name())).flatMap(MemberExamination::proven);
                if (proven.isEmpty()) {
                    return Optional.empty();
                }
                keks.add(new MemberKek(member.provider(), proven.get()));
            }
        }
        return keks.stream()
                        .anyMatch(kek -> keks.stream().filter(kek::isSameKekAs).count() > 1)
                ? Optional.empty()
                : Optional.of(new KekPart(keyring.name(), keyring.epoch(), keyring.decryptThreshold(), keks).keyId());
    }
}
