package io.trousseau.provider.azure;

import io.trousseau.api.ProviderContext;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.text.MessageFormat;
import java.time.InstantSource;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.CopyOnWriteArrayList;

/** A logger that keeps every line at every level. */
final class Recording implements System.Logger {
    final List<String> lines = new CopyOnWriteArrayList<>();

    ProviderContext context(InstantSource clock) {
        return new ProviderContext("m", this, clock);
    }

    static ProviderContext plain() {
        return new Recording().context(InstantSource.system());
    }

    @Override
    public String getName() {
        return "test";
    }

    @Override
    public boolean isLoggable(Level level) {
        return true;
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
        StringWriter text = new StringWriter().append(level + " " + message);
        if (thrown != null) {
            thrown.printStackTrace(new PrintWriter(text, true));
        }
        lines.add(text.toString());
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
        log(
                level,
                bundle,
                parameters == null || parameters.length == 0 ? format : MessageFormat.format(format, parameters),
                (Throwable) null);
    }
}
