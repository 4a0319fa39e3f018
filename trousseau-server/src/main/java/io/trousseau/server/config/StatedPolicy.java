package io.trousseau.server.config;

import io.trousseau.api.Capability;
import io.trousseau.core.member.Member.Role;
import io.trousseau.core.policy.Policy;
import io.trousseau.core.policy.Policy.PolicyMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The policy that a configuration states. Stateless. */
public final class StatedPolicy {
    private StatedPolicy() {}

    /** With what the opened KEKs say of themselves. */
    public static Policy of(OpenedConfiguration opened) {
        List<PolicyMember> members = new ArrayList<>();
        for (OpenedMember member : opened.members()) {
            members.add(member(
                    member.settings(),
                    member.handle().traits().has(Capability.AUTHENTICATED),
                    member.handle().traits().maxWrappedBytes()));
        }
        return policy(opened.configuration().keyring(), members);
    }

    /** Without opening anything: every member is taken to wrap with authenticity, into nothing. */
    public static Policy of(TrousseauConfiguration configuration) {
        return policy(
                configuration.keyring(),
                configuration.keyring().members().stream()
                        .map(member -> member(member, true, 0))
                        .toList());
    }

    private static PolicyMember member(TrousseauConfiguration.Member member, boolean authenticated, int bytes) {
        return new PolicyMember(
                member.name(),
                member.provider(),
                Map.copyOf(member.config()),
                member.role() == TrousseauConfiguration.Member.Role.WRAP ? Role.WRAP : Role.UNWRAP,
                Set.copyOf(member.formerKeks()),
                authenticated,
                bytes);
    }

    private static Policy policy(TrousseauConfiguration.Keyring keyring, List<PolicyMember> members) {
        return new Policy(
                keyring.name(),
                keyring.epoch(),
                keyring.decryptThreshold(),
                keyring.writeQuorum(),
                keyring.formerPolicies().stream()
                        .map(TrousseauConfiguration.FormerPolicy::decryptThreshold)
                        .collect(Collectors.toSet()),
                members);
    }
}
