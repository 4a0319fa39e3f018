package io.trousseau.provider.vault.transit;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of a Transit key: its number, and when it was made. Vault counts from 1 again when a key is deleted and created
 * anew; the time tells the two apart.
 *
 * @param number 1 or more
 * @param created in whole seconds, which is what Vault tells of a symmetric key
 */
record KeyVersion(int number, Instant created) {
    private static final Pattern NAME = Pattern.compile("([1-9][0-9]{0,8})-([0-9]{8}T[0-9]{6}Z)");
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    KeyVersion {
        created = created.truncatedTo(ChronoUnit.SECONDS);
    }

    /** The name that is stored: {@code 3-20261124T150000Z}. */
    String name() {
        return number + "-" + SECOND.format(created);
    }

    /** The number in a name of that form, which may be the name of no version. */
    static Optional<Integer> numberIn(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? Optional.of(Integer.valueOf(matcher.group(1))) : Optional.empty();
    }

    /** The name. */
    @Override
    public String toString() {
        return name();
    }
}
