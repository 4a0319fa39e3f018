package io.trousseau.api;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What one check of {@link KekHandle#examine} found, for {@code trousseau doctor}.
 *
 * @param check a stable name that scripts may rely on: lower case, dots and dashes, the provider's name first
 *     ({@code vault.tls.expiry})
 * @param verdict how it went
 * @param seen what was found, and for anything but {@link Verdict#OK} why that matters; one line, nothing secret
 * @param remedy what to do about it; empty for {@link Verdict#OK}, else at least the setting, file or command to look at
 */
public record Finding(String check, Verdict verdict, String seen, String remedy) {
    private static final Pattern CHECK = Pattern.compile("[a-z0-9]+([.-][a-z0-9]+)*");

    /** How a check went. */
    public enum Verdict {
        /** As it should be. */
        OK,
        /** Works, and something about it is unsafe or will stop working. */
        WARNING,
        /** Does not work. */
        FAILURE,
        /** Could not be checked, because something that it needs failed or is not there. */
        SKIPPED
    }

    /**
     * Checks the form.
     *
     * @throws IllegalArgumentException if {@code check} is not a stable name, {@code seen} is blank, or the remedy is
     *     missing where there is something to remedy
     */
    public Finding {
        Objects.requireNonNull(verdict, "verdict");
        if (!CHECK.matcher(check).matches()) {
            throw new IllegalArgumentException("a check is named by lower case, digits, dots and dashes: " + check);
        }
        if (seen.isBlank()) {
            throw new IllegalArgumentException(check + " does not say what was seen");
        }
        if (remedy.isBlank() && (verdict == Verdict.WARNING || verdict == Verdict.FAILURE)) {
            throw new IllegalArgumentException(check + " does not say what to do");
        }
    }

    /** All is as it should be. */
    public static Finding ok(String check, String seen) {
        return new Finding(check, Verdict.OK, seen, "");
    }

    /** It works, and something about it is unsafe or will stop working. */
    public static Finding warning(String check, String seen, String remedy) {
        return new Finding(check, Verdict.WARNING, seen, remedy);
    }

    /** It does not work. */
    public static Finding failure(String check, String seen, String remedy) {
        return new Finding(check, Verdict.FAILURE, seen, remedy);
    }

    /** It could not be checked. */
    public static Finding skipped(String check, String why) {
        return new Finding(check, Verdict.SKIPPED, why, "");
    }
}
