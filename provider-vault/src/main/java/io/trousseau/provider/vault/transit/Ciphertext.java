package io.trousseau.provider.vault.transit;

import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Transit's ciphertext, {@code vault:vN:BASE64}. Only the bytes are stored: the version is stored beside them, and both
 * make the text again. So there is one spelling of each, and no byte that could be changed without notice.
 *
 * @param version N
 * @param bytes what the base64 stands for
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by content below.
record Ciphertext(int version, byte[] bytes) {
    private static final Pattern FORM = Pattern.compile("vault:v([1-9][0-9]{0,8}):([A-Za-z0-9+/]+={0,2})");

    /** Reads Vault's text; nothing if it is not of that form to the letter. */
    static Optional<Ciphertext> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(matcher.group(2));
            // The decoder forgives missing padding and stray bits.
            return Base64.getEncoder().encodeToString(bytes).equals(matcher.group(2))
                    ? Optional.of(new Ciphertext(Integer.parseInt(matcher.group(1)), bytes))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Vault's text. */
    String text() {
        return "vault:v" + version + ":" + Base64.getEncoder().encodeToString(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ciphertext that && version == that.version && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * version + Arrays.hashCode(bytes);
    }

    /** The version and the length; never the ciphertext. */
    @Override
    public String toString() {
        return "Ciphertext[version " + version + ", " + bytes.length + " bytes]";
    }
}
