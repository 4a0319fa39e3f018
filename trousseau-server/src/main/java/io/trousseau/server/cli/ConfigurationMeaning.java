package io.trousseau.server.cli;

import io.trousseau.core.policy.Policy;
import io.trousseau.core.policy.PolicyInWords;
import io.trousseau.core.settings.DurationText;
import io.trousseau.server.config.OpenedConfiguration;
import io.trousseau.server.config.OpenedMember;
import io.trousseau.server.config.SizeBudget;
import io.trousseau.server.config.StatedPolicy;
import io.trousseau.server.config.TrousseauConfiguration;
import io.trousseau.server.config.TrousseauConfiguration.FormerPolicy;
import io.trousseau.server.config.TrousseauConfiguration.Keyring;
import io.trousseau.server.config.TrousseauConfiguration.Member.Role;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Says in words what a configuration does. */
final class ConfigurationMeaning {
    private ConfigurationMeaning() {}

    /** What to think about again; empty if there is nothing. */
    static List<String> warnings(OpenedConfiguration opened) {
        return PolicyInWords.warnings(StatedPolicy.of(opened));
    }

    static List<String> lines(OpenedConfiguration opened) {
        TrousseauConfiguration configuration = opened.configuration();
        Keyring keyring = configuration.keyring();
        List<String> lines = new ArrayList<>();
        lines.add("socket   " + configuration.socket().path()
                + configuration
                        .socket()
                        .group()
                        .map(group -> ", for root and the group " + group)
                        .orElse(", for its owner alone"));
        lines.add("speaks   KMS " + configuration.kubernetes().kmsApiVersion()
                + (configuration.kubernetes().kmsV1() ? " and v1beta1" : ""));
        lines.add("admin    "
                + configuration.admin().address().map(ConfigurationMeaning::url).orElse("nothing is served"));
        lines.add("log      " + lower(configuration.log().format()) + ", from "
                + lower(configuration.log().level()) + " on");
        lines.add("keyring  " + keyring.name() + ", epoch " + keyring.epoch());
        Policy policy = StatedPolicy.of(opened);
        PolicyInWords.sentences(policy).forEach(sentence -> lines.add("         " + sentence));
        if (!keyring.formerPolicies().isEmpty()) {
            lines.add("         also opens what was sealed with decryptThreshold "
                    + keyring.formerPolicies().stream()
                            .map(FormerPolicy::decryptThreshold)
                            .map(String::valueOf)
                            .collect(Collectors.joining(", ")));
        }
        lines.add("         a local KEK lives "
                + DurationText.of(keyring.localKek().maxAge()) + " or "
                + number(keyring.localKek().softUses()) + " seals; members are probed every "
                + DurationText.of(keyring.probe().interval()));
        String label = "members  ";
        for (OpenedMember member : opened.members()) {
            lines.add(label + member.settings().name()
                    + (member.settings().role() == Role.WRAP ? " wraps and unwraps, " : " only unwraps, ")
                    + "provider " + member.settings().provider() + " (" + member.origin() + ")");
            label = "         ";
        }
        lines.add("size     up to " + number(opened.sizeBudget().annotationsBytes())
                + " bytes of annotations in every object; Kubernetes accepts "
                + number(SizeBudget.MAX_ANNOTATIONS_BYTES));
        return lines;
    }

    private static String url(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
