package io.trousseau.server;

import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringConfig;
import io.trousseau.core.keyring.KeyringConfig.Reaction;
import io.trousseau.core.keyring.KeyringListener;
import io.trousseau.core.member.Member;
import io.trousseau.server.config.OpenedConfiguration;
import io.trousseau.server.config.OpenedMember;
import io.trousseau.server.config.TrousseauConfiguration;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Opens the keyring that a configuration describes. */
public final class ConfiguredKeyring {
    private static final Logger LOG = System.getLogger(ConfiguredKeyring.class.getName());

    private ConfiguredKeyring() {}

    /**
     * Opens it.
     *
     * @param opened its KEKs are the keyring's from now on; closed if that fails
     * @param predecessor whose place it takes; null if there is none
     */
    public static Keyring open(OpenedConfiguration opened, KeyringListener listener, @Nullable Keyring predecessor) {
        try {
            opened.members()
                    .forEach(member -> LOG.log(
                            Level.INFO,
                            "member {0}: provider {1} is {2}",
                            member.settings().name(),
                            member.settings().provider(),
                            member.origin()));
            return Keyring.open(
                    policy(opened.configuration().keyring()),
                    opened.members().stream().map(ConfiguredKeyring::member).toList(),
                    listener,
                    predecessor);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private static KeyringConfig policy(TrousseauConfiguration.Keyring keyring) {
        List<TrousseauConfiguration.Member> members = keyring.members();
        Set<Integer> former = keyring.formerPolicies().stream()
                .map(TrousseauConfiguration.FormerPolicy::decryptThreshold)
                .collect(Collectors.toSet());
        return KeyringConfig.named(keyring.name())
                .epoch(keyring.epoch())
                .decryptThreshold(keyring.decryptThreshold())
                .writeQuorum(keyring.writeQuorum())
                .formerThresholds(former)
                .keyIdHold(keyring.keyIdHold())
                .localKekMaxAge(keyring.localKek().maxAge())
                .localKekSoftUses(keyring.localKek().softUses())
                .maxCachedLocalKeks(keyring.cache().maxLocalKeks())
                .probeInterval(keyring.probe().interval())
                .denied(
                        switch (keyring.failure().denied()) {
                            case STOP_SEALING -> Reaction.STOP_SEALING;
                            case FAIL_CLOSED -> Reaction.FAIL_CLOSED;
                            case SERVE -> Reaction.SERVE;
                        })
                .gone(
                        switch (keyring.failure().gone()) {
                            case FAIL_CLOSED -> Reaction.FAIL_CLOSED;
                            case SERVE -> Reaction.SERVE;
                        })
                .build(members.size());
    }

    private static Member member(OpenedMember opened) {
        TrousseauConfiguration.Member settings = opened.settings();
        return new Member(
                settings.name(),
                settings.provider(),
                opened.handle(),
                switch (settings.role()) {
                    case WRAP -> Member.Role.WRAP;
                    case UNWRAP -> Member.Role.UNWRAP;
                },
                Set.copyOf(settings.formerKeks()),
                settings.deadline().orElse(Member.DEFAULT_DEADLINE));
    }
}
