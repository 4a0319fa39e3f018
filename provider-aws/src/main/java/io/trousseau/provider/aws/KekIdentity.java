package io.trousseau.provider.aws;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which key: its ARN as the service answers it. A multi-Region key is one key wherever it is, so its region is left out:
 * {@code arn:aws:kms::111122223333:key/mrk-1234…}.
 *
 * @param partition {@code aws}, {@code aws-cn}, …
 * @param region empty exactly for a multi-Region key
 * @param account twelve digits
 * @param keyId the key id
 */
record KekIdentity(String partition, String region, String account, String keyId) {
    private static final String MULTI_REGION = "mrk-";
    private static final Pattern FORM =
            Pattern.compile("arn:(aws[a-z-]*):kms:([a-z0-9-]*):(\\d{12}):key/([A-Za-z0-9_-]{1,128})");

    /** The identity in a key ARN that the service answered; empty if it is no key ARN. */
    static Optional<KekIdentity> ofArn(String arn) {
        Matcher parts = FORM.matcher(arn);
        if (!parts.matches() || parts.group(2).isEmpty()) {
            return Optional.empty();
        }
        String keyId = parts.group(4);
        return Optional.of(
                new KekIdentity(parts.group(1), isMultiRegion(keyId) ? "" : parts.group(2), parts.group(3), keyId));
    }

    /** The identity of which {@link #toString} gave the text; empty if it is of any other form. */
    static Optional<KekIdentity> parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches() || parts.group(2).isEmpty() != isMultiRegion(parts.group(4))) {
            return Optional.empty();
        }
        return Optional.of(new KekIdentity(parts.group(1), parts.group(2), parts.group(3), parts.group(4)));
    }

    static boolean isMultiRegion(String keyId) {
        return keyId.startsWith(MULTI_REGION);
    }

    boolean multiRegion() {
        return region.isEmpty();
    }

    /** The ARN by which a region knows the key. */
    String arnIn(String where) {
        return "arn:" + partition + ":kms:" + where + ":" + account + ":key/" + keyId;
    }

    /** The one text form. */
    @Override
    public String toString() {
        return arnIn(region);
    }
}
