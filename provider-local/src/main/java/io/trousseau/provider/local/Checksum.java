package io.trousseau.provider.local;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The checksums in a key file: the first 8 hexadecimal digits of SHA-256, which find damage and keep nobody out. */
final class Checksum {
    private static final int BYTES = 4;

    private Checksum() {}

    /** Over {@code text}, which is ASCII, and {@code rest}. */
    static String of(String text, byte... rest) {
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        sha256.update(text.getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(Arrays.copyOf(sha256.digest(rest), BYTES));
    }
}
