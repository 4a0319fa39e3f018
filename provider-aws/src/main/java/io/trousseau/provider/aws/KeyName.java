package io.trousseau.provider.aws;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the configuration names the key: by id, ARN, alias or alias ARN.
 *
 * @param text as configured
 * @param partition of an ARN
 * @param region of an ARN
 * @param account of an ARN
 * @param resource {@code alias/NAME} or the bare key id
 */
record KeyName(
        String text, Optional<String> partition, Optional<String> region, Optional<String> account, String resource) {
    private static final Pattern ARN = Pattern.compile(
            "arn:(aws[a-z-]*):kms:([a-z0-9-]+):(\\d{12}):(?:key/([A-Za-z0-9_-]{1,128})|(alias/[A-Za-z0-9/_-]{1,250}))");
    private static final Pattern ALIAS = Pattern.compile("alias/[A-Za-z0-9/_-]{1,250}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    /** The name in a text; empty if it is of none of the four forms. */
    static Optional<KeyName> parse(String text) {
        Matcher arn = ARN.matcher(text);
        if (arn.matches()) {
            return Optional.of(new KeyName(
                    text,
                    Optional.of(arn.group(1)),
                    Optional.of(arn.group(2)),
                    Optional.of(arn.group(3)),
                    arn.group(4) == null ? arn.group(5) : arn.group(4)));
        }
        if (ALIAS.matcher(text).matches() || ID.matcher(text).matches()) {
            return Optional.of(new KeyName(text, Optional.empty(), Optional.empty(), Optional.empty(), text));
        }
        return Optional.empty();
    }

    boolean isAlias() {
        return resource.startsWith("alias/");
    }

    /** Whether the key can be in several regions, as far as the name tells. */
    boolean mayBeMultiRegion() {
        return isAlias() || KekIdentity.isMultiRegion(resource);
    }

    /** What to ask a region for. */
    String in(String where) {
        if (partition.isEmpty()) {
            return text;
        }
        return "arn:" + partition.get() + ":kms:" + where + ":" + account.orElseThrow() + ":"
                + (isAlias() ? resource : "key/" + resource);
    }

    /** Whether a key that a region answered for this name can be meant by it. */
    boolean fits(KekIdentity answered) {
        return (isAlias() || resource.equals(answered.keyId()))
                && account.map(answered.account()::equals).orElse(true)
                && partition.map(answered.partition()::equals).orElse(true);
    }

    /** As configured. */
    @Override
    public String toString() {
        return text;
    }
}
