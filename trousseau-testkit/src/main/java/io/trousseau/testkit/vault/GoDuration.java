package io.trousseau.testkit.vault;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Vault reads and prints them: a number of seconds, or Go's {@code 1h30m}. */
final class GoDuration {
    private static final Pattern SECONDS = Pattern.compile("[0-9]+");
    private static final Pattern WHOLE = Pattern.compile("([0-9]+(\\.[0-9]+)?(ms|s|m|h))+");
    private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ms|s|m|h)");

    private GoDuration() {}

    /**
     * Reads a duration.
     *
     * @throws Refusal 400 if it is none
     */
    static Duration parse(String text) {
        if (text.isEmpty()) {
            return Duration.ZERO;
        }
        if (SECONDS.matcher(text).matches()) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        if (!WHOLE.matcher(text).matches()) {
            throw Refusal.badRequest("time: invalid duration \"" + text + "\"");
        }
        Duration sum = Duration.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            double number = Double.parseDouble(part.group(1));
            double millis = switch (part.group(2)) {
                case "ms" -> number;
                case "s" -> number * 1000;
                case "m" -> number * 60_000;
                default -> number * 3_600_000;
            };
            sum = sum.plusMillis((long) millis);
        }
        return sum;
    }

    /** Hours, minutes and seconds, those that are not zero. */
    static String print(Duration duration) {
        StringBuilder text = new StringBuilder();
        if (duration.toHours() > 0) {
            text.append(duration.toHours()).append('h');
        }
        if (duration.toMinutesPart() > 0) {
            text.append(duration.toMinutesPart()).append('m');
        }
        if (duration.toSecondsPart() > 0 || text.length() == 0) {
            text.append(duration.toSecondsPart()).append('s');
        }
        return text.toString();
    }
}
