package io.trousseau.provider.local;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The public name of one key in a key file: {@code 2-20261124T150000Z-1f2e3d4c}, that is a number, the second of its
 * creation and a checksum.
 *
 * <p>The checksum covers the file's id, the number, the time and the key as it is written. It finds damage, and it tells apart the keys that two nodes
 * made in the same second when each rotated its own copy of a file. 32 bits of a hash of a random 256-bit key help nobody
 * to guess it.
 *
 * @param number 1 to 999,999,999; higher is newer
 * @param created the second of creation as it stands in the name
 * @param checksum 8 hexadecimal digits
 */
record KeyVersion(int number, String created, String checksum) {
    private static final Pattern NAME = Pattern.compile("([1-9][0-9]{0,8})-([0-9]{8}T[0-9]{6}Z)-([0-9a-f]{8})");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    static KeyVersion of(String identity, int number, Instant created, byte[] keyText) {
        String time = TIME.format(created);
        return new KeyVersion(number, time, checksum(identity, number, time, keyText));
    }

    static Optional<KeyVersion> parse(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches()
                ? Optional.of(new KeyVersion(Integer.parseInt(matcher.group(1)), matcher.group(2), matcher.group(3)))
                : Optional.empty();
    }

    String name() {
        return number + "-" + created + "-" + checksum;
    }

    /** Whether {@code keyText} is what this name was given to in the file {@code identity}. */
    boolean matches(String identity, byte[] keyText) {
        return checksum.equals(checksum(identity, number, created, keyText));
    }

    private static String checksum(String identity, int number, String created, byte[] keyText) {
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        String label = "trousseau local key\n" + identity + "\n" + number + "-" + created + "\n";
        sha256.update(label.getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(Arrays.copyOf(sha256.digest(keyText), 4));
    }
}
