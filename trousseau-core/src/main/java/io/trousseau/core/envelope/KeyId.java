package io.trousseau.core.envelope;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The public name of the set of KEK versions that protect an envelope: {@code tr1.} and the unpadded base64url SHA-256 of
 * the envelope's {@link KekPart}, 47 ASCII characters.
 *
 * <p>A pure function of the keyring's name, epoch, threshold and KEK versions: nodes of one configuration that reach the
 * same KEKs report the same one, and it changes exactly if the protection does (KEP-3299: never a local KEK's name).
 *
 * @param text the 47 characters
 */
public record KeyId(String text) {
    private static final String PREFIX = "tr1.";
    private static final Pattern FORM = Pattern.compile("tr1\\.[A-Za-z0-9_-]{43}");

    /**
     * Checks the form.
     *
     * @throws IllegalArgumentException if {@code text} is not of it
     */
    public KeyId {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "not a key_id of Trousseau, which is tr1. and 43 characters of base64url");
        }
    }

    static KeyId of(byte[] kekPart) {
        byte[] hash = Digests.sha256().digest(kekPart);
        return new KeyId(PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
    }

    /**
     * The hash under which kube-apiserver prints a key_id in its metrics and logs: {@code sha256:} and the hexadecimal
     * SHA-256 of the text.
     */
    public String hash() {
        MessageDigest sha256 = Digests.sha256();
        return "sha256:"
                + HexFormat.of().formatHex(sha256.digest(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    }

    /** The text. */
    @Override
    public String toString() {
        return text;
    }
}
