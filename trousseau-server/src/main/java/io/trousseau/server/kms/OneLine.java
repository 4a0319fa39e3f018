package io.trousseau.server.kms;

/** Makes text that comes from elsewhere fit for a line of a log or of an answer. */
final class OneLine {
    private OneLine() {}

    /**
     * The text without control and formatting characters, cut after so many characters.
     *
     * @param longest at least 4
     */
    static String of(String text, int longest) {
        StringBuilder line = new StringBuilder();
        text.codePoints().limit(longest + 1L).forEach(c -> line.appendCodePoint(isPlain(c) ? c : ' '));
        if (line.codePointCount(0, line.length()) > longest) {
            line.setLength(line.offsetByCodePoints(0, longest - 3));
            line.append("...");
        }
        return line.toString();
    }

    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
