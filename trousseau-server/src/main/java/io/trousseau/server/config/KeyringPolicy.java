package io.trousseau.server.config;

import static io.trousseau.server.config.ConfigurationSchema.DECRYPT_THRESHOLD;
import static io.trousseau.server.config.ConfigurationSchema.MEMBERS;
import static io.trousseau.server.config.ConfigurationSchema.MEMBER_NAME;
import static io.trousseau.server.config.ConfigurationSchema.ROLE;
import static io.trousseau.server.config.ConfigurationSchema.WRITE_QUORUM;

import io.trousseau.core.envelope.KekPart;
import io.trousseau.server.config.TrousseauConfiguration.Member.Role;
import io.trousseau.server.config.YamlNode.Block;
import io.trousseau.server.config.YamlNode.Items;
import io.trousseau.server.config.YamlNode.Scalar;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What must hold between the fields of a keyring: names are different, and 1 ≤ k ≤ w ≤ n. Looks at the file itself, so
 * that a member with a problem of its own still counts.
 */
final class KeyringPolicy {
    private KeyringPolicy() {}

    static void check(Values keyring) {
        Optional<YamlNode> members = keyring.node(MEMBERS);
        if (members.isPresent()
                && members.get() instanceof Items list
                && !list.items().isEmpty()) {
            refuseRepeatedNames(keyring, list.items());
            refuseTooMany(keyring, list.items().size());
            refuseContradictions(keyring, wrapping(list.items()));
        }
    }

    /** w as it is if the file does not say. */
    static int defaultWriteQuorum(int decryptThreshold, int wrapping) {
        return Math.min(wrapping, decryptThreshold + 1);
    }

    private static void refuseRepeatedNames(Values keyring, List<YamlNode> members) {
        Map<String, Integer> lines = new HashMap<>();
        for (int i = 0; i < members.size(); i++) {
            if (field(members.get(i), MEMBER_NAME).orElse(null) instanceof Scalar name) {
                Integer line = lines.putIfAbsent(name.text(), name.place().line());
                if (line != null) {
                    keyring.refuse(
                            name.place(),
                            MEMBERS,
                            FieldPath.of(FieldPath.of("", i), MEMBER_NAME.name()),
                            "is the name of another member in line " + line + "; choose a different one");
                }
            }
        }
    }

    private static void refuseTooMany(Values keyring, int members) {
        if (members > KekPart.MAX_KEKS) {
            keyring.refuse(
                    MEMBERS,
                    "has " + members + " members, at most " + KekPart.MAX_KEKS
                            + " with those of role unwrap; remove those under which nothing is stored any more");
        }
    }

    private static void refuseContradictions(Values keyring, int wrapping) {
        if (wrapping == 0) {
            keyring.refuse(MEMBERS, "has no member of role wrap; without one nothing can be sealed");
            return;
        }
        Optional<Long> threshold = keyring.find(DECRYPT_THRESHOLD);
        Optional<Long> quorum = keyring.find(WRITE_QUORUM);
        if (threshold.isPresent() && threshold.get() > wrapping) {
            keyring.refuse(DECRYPT_THRESHOLD, "is " + threshold.get() + ", but " + count(wrapping));
        }
        if (quorum.isPresent() && quorum.get() > wrapping) {
            keyring.refuse(WRITE_QUORUM, "is " + quorum.get() + ", but " + count(wrapping));
        }
        if (quorum.isPresent() && threshold.isPresent() && quorum.get() < threshold.get()) {
            keyring.refuse(
                    WRITE_QUORUM,
                    "is " + quorum.get() + " and must be at least " + DECRYPT_THRESHOLD.name() + ", which is "
                            + threshold.get());
        }
    }

    private static String count(int wrapping) {
        return wrapping == 1
                ? "only 1 member has the role wrap; lower it or add members"
                : "only " + wrapping + " members have the role wrap; lower it or add members";
    }

    private static int wrapping(List<YamlNode> members) {
        return (int) members.stream().filter(KeyringPolicy::wraps).count();
    }

    /** Whether a member counts in n. */
    static boolean wraps(YamlNode member) {
        return !(field(member, ROLE).orElse(null) instanceof Scalar role
                && role.text().equals(ChoiceType.word(Role.UNWRAP)));
    }

    private static Optional<YamlNode> field(YamlNode member, Field<?> field) {
        return member instanceof Block block ? block.field(field.name()) : Optional.empty();
    }
}
