package io.trousseau.core.settings;

/** Shows in a message what somebody wrote: in quotes, on one line, and not all of it if it is long. */
public final class Quoted {
    private static final int LONGEST = 60;

    private Quoted() {}

    /**
     * The text in double quotes; what is not printable becomes {@code ?}, and of more than 60 characters the first 60
     * are shown.
     */
    public static String of(String text) {
        StringBuilder shown = new StringBuilder("\"");
        text.codePoints().limit(LONGEST).map(c -> isPrintable(c) ? c : '?').forEach(shown::appendCodePoint);
        if (text.codePointCount(0, text.length()) > LONGEST) {
            shown.append("...");
        }
        return shown.append('"').toString();
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
