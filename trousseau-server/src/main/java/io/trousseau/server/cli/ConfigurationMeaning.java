package io.trousseau.server.cli;

import io.trousseau.core.settings.DurationText;
import io.trousseau.server.config.OpenedConfiguration;
import io.trousseau.server.config.OpenedMember;
import io.trousseau.server.config.SizeBudget;
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
        int n = (int) keyring.members().stream()
                .filter(member -> member.role() == Role.WRAP)
                .count();
        int k = keyring.decryptThreshold();
        int w = keyring.writeQuorum();
        lines.add("         " + k + " of " + count(n, "wrapping member") + (k == 1 ? " opens" : " open")
                + "; a local KEK seals once " + w + (w == 1 ? " has" : " have") + " wrapped it");
        lines.add("         " + survives(n, k, w));
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

    private static String survives(int n, int k, int w) {
        String lose = w == k
                ? "a member that is lost may cost data"
                : count(w - k, "member") + " can be lost without losing data";
        String down =
                n == w ? "all must answer when a local KEK is made" : count(n - w, "member") + " can be down meanwhile";
        return n == 1 ? "it is the only one: without it nothing can be read" : lose + "; " + down;
    }

    private static String url(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
