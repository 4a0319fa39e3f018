package io.trousseau.core.settings;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Time spans as people write them: {@code 300ms}, {@code 3s}, {@code 5m}, {@code 12h}, {@code 7d}. */
public final class DurationText {
    /** The form of a time span, for a message that refuses another. */
    public static final String FORM = "a number and a unit, as in 300ms, 3s, 5m, 12h or 7d";

    /** The form of a time span as a regular expression that matches the whole text. */
    public static final String PATTERN = "[0-9]{1,9}(ms|s|m|h|d)";

    private static final Pattern PARTS = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

    private DurationText() {}

    /** The time span that {@code text} names, zero or more; empty if it has another form. */
    public static Optional<Duration> parse(String text) {
        Matcher parts = PARTS.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(parts.group(1));
        return Optional.of(
                switch (parts.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                });
    }

    /**
     * The shortest text that {@link #parse} turns back into {@code duration}.
     *
     * @param duration zero or more, whole milliseconds; a finer rest is cut off
     */
    public static String of(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds % 60 != 0 || seconds == 0) {
            return seconds + "s";
        }
        long minutes = seconds / 60;
        if (minutes % 60 != 0) {
            return minutes + "m";
        }
        long hours = minutes / 60;
        return hours % 24 != 0 ? hours + "h" : hours / 24 + "d";
    }
}
