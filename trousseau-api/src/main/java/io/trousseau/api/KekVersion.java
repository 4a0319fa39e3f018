package io.trousseau.api;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The KMS's own name of key material: which key, and which version of it.
 *
 * <p>Both parts are public: they are stored unencrypted in every envelope and printed in logs. They must mean the same on
 * every node, so neither holds a host name, an address or a path that differs between nodes.
 *
 * @param identity names the key and never a version: the key ARN, the CryptoKey resource name, or whatever stays the
 *     same when the key is rotated and differs when another key is used. 1 to {@value #MAX_IDENTITY_BYTES} bytes of
 *     UTF-8 without control characters.
 * @param version names the key material within the key, and carries what makes it unique: a key that was deleted and
 *     created again under the same name has another version, even where the KMS counts from 1 again. 1 to
 *     {@value #MAX_VERSION_BYTES} bytes of UTF-8 without control characters.
 */
public record KekVersion(String identity, String version) {
    /** The longest identity, in bytes of UTF-8. */
    public static final int MAX_IDENTITY_BYTES = 512;

    /** The longest version, in bytes of UTF-8. */
    public static final int MAX_VERSION_BYTES = 255;

    /**
     * Checks both parts.
     *
     * @throws IllegalArgumentException if a part is empty, too long, not valid Unicode or has a control character
     */
    public KekVersion {
        check("identity", identity, MAX_IDENTITY_BYTES);
        check("version", version, MAX_VERSION_BYTES);
    }

    private static void check(String part, String text, int maxBytes) {
        Objects.requireNonNull(text, part);
        if (text.isEmpty()) {
            throw new IllegalArgumentException("KEK " + part + " is empty");
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                throw new IllegalArgumentException("KEK " + part + " has a control character at position " + i);
            }
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException("KEK " + part + " is not valid Unicode");
        }
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > maxBytes) {
            throw new IllegalArgumentException("KEK " + part + " is " + bytes + " bytes, at most " + maxBytes);
        }
    }
}
