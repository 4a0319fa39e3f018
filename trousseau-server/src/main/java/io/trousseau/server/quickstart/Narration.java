package io.trousseau.server.quickstart;

import io.trousseau.server.terminal.Style;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Tells what happens, step by step, and shows that something goes on when it takes more than two seconds. */
final class Narration {
    private static final Duration SILENCE = Duration.ofSeconds(2);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final String INDENT = "   ";
    private static final int LEFT_COLUMN = 35;

    private final PrintWriter out;
    private final Style style;
    private final boolean live;
    private final boolean unicode;
    private int steps;

    /**
     * Begins.
     *
     * @param live whether a line can be overwritten, so that progress takes one
     */
    Narration(PrintWriter out, Style style, boolean live) {
        this.out = out;
        this.style = style;
        this.live = live;
        this.unicode = canPrint("✓─");
    }

    private static boolean canPrint(String text) {
        String name = System.getProperty(
                "stdout.encoding",
                System.getProperty(
                        "sun.stdout.encoding", Charset.defaultCharset().name()));
        try {
            return Charset.forName(name).newEncoder().canEncode(text);
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            return false;
        }
    }

    Style style() {
        return style;
    }

    void title(String text) {
        out.println(style.bold(text));
    }

    void step(String heading) {
        out.println();
        out.println(style.bold(++steps + "  " + heading));
        out.flush();
    }

    void section(String heading) {
        out.println();
        out.println(style.bold(heading));
    }

    void say(String text) {
        out.println((INDENT + text).stripTrailing());
        out.flush();
    }

    void aside(String text) {
        say(style.dim(text));
    }

    /** A command that the reader could type. */
    void command(String text) {
        say(style.mark("$ " + text));
    }

    void done(String text) {
        say(style.good(unicode ? "✓" : "*") + " " + text);
    }

    /** Two texts beside each other, each under its heading. */
    void sideBySide(String leftHeading, List<String> left, String rightHeading, List<String> right) {
        String line = unicode ? "─" : "-";
        out.println();
        say(style.bold(pad(leftHeading)) + style.bold(rightHeading));
        int width = right.stream().mapToInt(String::length).max().orElse(0);
        say(style.dim(pad(line.repeat(LEFT_COLUMN - 3)) + line.repeat(Math.max(width, rightHeading.length()))));
        for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
            String beside = i < right.size() ? right.get(i) : "";
            say(pad(i < left.size() ? left.get(i) : "") + style.dim(beside));
        }
        out.println();
    }

    private static String pad(String text) {
        return text + " ".repeat(Math.max(2, LEFT_COLUMN - text.length()));
    }

    /** Something that is asked again and again until it has an answer. */
    interface Question<T> {
        Optional<T> ask() throws Exception;
    }

    /**
     * Waits for an answer.
     *
     * @param what is waited for, as it follows "waiting for"
     * @throws WaitedTooLongException if there is none in time
     */
    <T> T await(String what, Duration limit, Question<T> question) throws Exception {
        long start = System.nanoTime();
        long toldAt = start + SILENCE.toNanos() - BETWEEN_LINES.toNanos();
        boolean told = false;
        while (true) {
            Optional<T> answer = question.ask();
            long now = System.nanoTime();
            if (answer.isPresent()) {
                if (told && live) {
                    out.print("\r\u001b[2K");
                    out.flush();
                }
                return answer.get();
            }
            long waited = TimeUnit.NANOSECONDS.toSeconds(now - start);
            if (waited >= limit.toSeconds()) {
                if (told && live) {
                    out.println();
                }
                throw new WaitedTooLongException("waited " + waited + " s for " + what);
            }
            if (now - start >= SILENCE.toNanos()) {
                String line = INDENT + style.dim("... waiting for " + what + ", " + waited + " s");
                if (live) {
                    out.print("\r" + line);
                    told = true;
                } else if (now - toldAt >= BETWEEN_LINES.toNanos()) {
                    out.println(line);
                    toldAt = now;
                }
                out.flush();
            }
            TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
        }
    }

    /** Something did not happen in time. */
    static final class WaitedTooLongException extends Exception {
        private static final long serialVersionUID = 1L;

        WaitedTooLongException(String message) {
            super(message);
        }
    }
}
