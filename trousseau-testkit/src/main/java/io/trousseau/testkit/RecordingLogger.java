package io.trousseau.testkit;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.text.MessageFormat;
import java.util.Collections;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A logger for a {@link io.trousseau.api.ProviderContext} whose lines a test reads: every line at every level, with stack
 * traces. Safe for use by any number of threads.
 */
public final class RecordingLogger implements System.Logger {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    /** A logger without lines. */
    public RecordingLogger() {}

    /** What was logged so far, each line behind its level, oldest first; grows as more is logged. */
    public List<String> lines() {
        return Collections.unmodifiableList(lines);
    }

    @Override
    public String getName() {
        return "recording";
    }

    @Override
    public boolean isLoggable(Level level) {
        return true;
    }

    @Override
    public void log(
            Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
        StringWriter text =
                new StringWriter().append(level.getName()).append(' ').append(String.valueOf(message));
        if (thrown != null) {
            thrown.printStackTrace(new PrintWriter(text, true));
        }
        lines.add(text.toString());
    }

    @Override
    public void log(
            Level level,
            @Nullable ResourceBundle bundle,
            @Nullable String format,
            @Nullable Object @Nullable ... parameters) {
        String message = format == null || parameters == null || parameters.length == 0
                ? String.valueOf(format)
                : MessageFormat.format(format, parameters);
        log(level, bundle, message, (Throwable) null);
    }
}
