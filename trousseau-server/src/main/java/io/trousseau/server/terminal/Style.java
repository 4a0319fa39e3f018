package io.trousseau.server.terminal;

/**
 * Emphasis in what is printed.
 *
 * @param colours whether to print any; else texts stay as they are
 */
public record Style(boolean colours) {
    /** Headings and what matters most. */
    public String bold(String text) {
        return with("1", text);
    }

    /** What may be skipped. */
    public String dim(String text) {
        return with("2", text);
    }

    /** Good news. */
    public String good(String text) {
        return with("32", text);
    }

    /** Bad news. */
    public String bad(String text) {
        return with("31", text);
    }

    /** What needs a look. */
    public String warn(String text) {
        return with("33", text);
    }

    /** What to compare with another place. */
    public String mark(String text) {
        return with("36", text);
    }

    private String with(String code, String text) {
        return colours && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
