package io.trousseau.provider.local;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The public name of one key in a key file: {@code 2-20261124T150000Z-1f2e3d4c}, that is a number, the second of its
 * creation and a checksum.
 *
 * <p>The checksum covers the file's id, the number, the time and the key as it is written. It finds damage, and it tells
 * apart the keys that two nodes made in the same second when each rotated its own copy of a file. 32 bits of a hash of a
 * random 256-bit key help nobody to guess it. When the key starts to wrap is no part of the name.
 *
 * @param number 1 to 999,999,999; higher is newer
 * @param created the second of creation
 * @param checksum 8 hexadecimal digits
 */
record KeyVersion(int number, Instant created, String checksum) {
    private static final Pattern NAME = Pattern.compile("([1-9][0-9]{0,8})-([0-9]{8}T[0-9]{6}Z)-([0-9a-f]{8})");

    static KeyVersion of(String identity, int number, Instant created, byte[] keyText) {
        Instant second = created.truncatedTo(ChronoUnit.SECONDS);
        return new KeyVersion(number, second, checksum(identity, number, second, keyText));
    }

    static Optional<KeyVersion> parse(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int number = Integer.parseInt(matcher.group(1));
        return Second.parse(matcher.group(2)).map(created -> new KeyVersion(number, created, matcher.group(3)));
    }

    String name() {
        return number + "-" + Second.print(created) + "-" + checksum;
    }

    /** Whether {@code keyText} is what this name was given to in the file {@code identity}. */
    boolean matches(String identity, byte[] keyText) {
        return checksum.equals(checksum(identity, number, created, keyText));
    }

    private static String checksum(String identity, int number, Instant created, byte[] keyText) {
        return Checksum.of(
                "trousseau local key\n" + identity + "\n" + number + "-" + Second.print(created) + "\n", keyText);
    }
}
