package io.trousseau.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.trousseau.server.json.Json;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How an event looks. Nobody who chooses a part of a message can make it look like another line. */
enum LineFormat {
    /** Time, level, the last part of the logger's name, message; further lines of one event are indented. */
    TEXT {
        @Override
        String print(ILoggingEvent event) {
            String logger = event.getLoggerName();
            StringBuilder line = new StringBuilder(160)
                    .append(TIME.format(Instant.ofEpochMilli(event.getTimeStamp())))
                    .append(' ')
                    .append(String.format(Locale.ROOT, "%-5s", event.getLevel()))
                    .append(' ')
                    .append(logger.substring(logger.lastIndexOf('.') + 1))
                    .append(": ");
            printable(String.valueOf(event.getFormattedMessage()), line);
            if (event.getThrowableProxy() != null) {
                line.append("\n    ");
                printable(ThrowableProxyUtil.asString(event.getThrowableProxy()).strip(), line);
            }
            return line.append('\n').toString();
        }
    },

    /** One JSON object. */
    JSON {
        @Override
        String print(ILoggingEvent event) {
            Map<String, @Nullable Object> line = Json.object(
                    "time", TIME.format(Instant.ofEpochMilli(event.getTimeStamp())),
                    "level", event.getLevel().toString().toLowerCase(Locale.ROOT),
                    "logger", event.getLoggerName(),
                    "thread", event.getThreadName(),
                    "message", event.getFormattedMessage());
            if (event.getThrowableProxy() != null) {
                line.put("exception", ThrowableProxyUtil.asString(event.getThrowableProxy()));
            }
            return Json.line(line) + "\n";
        }
    };

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    abstract String print(ILoggingEvent event);

    private static void printable(String text, StringBuilder to) {
        text.chars().forEach(c -> {
            if (c == '\n') {
                to.append("\n    ");
            } else if (c == '\t') {
                to.append("    ");
            } else if (c != '\r') {
                to.append(Character.isISOControl(c) ? '?' : (char) c);
            }
        });
    }
}
