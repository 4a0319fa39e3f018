package io.trousseau.provider.gcp;

import io.trousseau.api.KekVersion;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The resource name of a CryptoKey, which is the KEK's identity. Google never gives a key's name, a version's number or a
 * project's id away twice, so name and number together name key material for ever.
 *
 * @param text {@code projects/P/locations/L/keyRings/R/cryptoKeys/K}
 */
record CryptoKeyName(String text) {
    static final String FORM = "projects/PROJECT/locations/LOCATION/keyRings/KEY_RING/cryptoKeys/KEY";

    private static final String VERSIONS = "/cryptoKeyVersions/";
    private static final Pattern NAME = Pattern.compile("projects/[a-z0-9][a-z0-9.:-]{0,99}/locations/[a-z0-9-]{1,63}"
            + "/keyRings/[a-zA-Z0-9_-]{1,63}/cryptoKeys/[a-zA-Z0-9_-]{1,63}");
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,18}");

    /** The name in a text, or nothing if it is none. */
    static Optional<CryptoKeyName> parse(String text) {
        return NAME.matcher(text).matches() ? Optional.of(new CryptoKeyName(text)) : Optional.empty();
    }

    /** The version that a CryptoKeyVersion's resource name names, or nothing if it is not one of this key. */
    Optional<KekVersion> version(String versionName) {
        if (!versionName.startsWith(text + VERSIONS)) {
            return Optional.empty();
        }
        Matcher number = NUMBER.matcher(versionName.substring(text.length() + VERSIONS.length()));
        return number.matches() ? Optional.of(new KekVersion(text, number.group())) : Optional.empty();
    }

    /** The Cloud KMS location of the key: {@code europe-west3}, {@code eur4}, {@code global}. */
    String location() {
        return text.split("/", -1)[3];
    }

    @Override
    public String toString() {
        return text;
    }
}
