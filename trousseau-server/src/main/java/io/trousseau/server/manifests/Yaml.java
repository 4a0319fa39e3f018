package io.trousseau.server.manifests;

import io.trousseau.server.json.Json;
import java.util.regex.Pattern;

/** Texts as YAML. */
final class Yaml {
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z/][a-zA-Z0-9/._:@-]*[a-zA-Z0-9/]");

    private Yaml() {}

    /** In quotes if it could be taken for something else. */
    static String text(Object value) {
        String text = value.toString();
        return PLAIN.matcher(text).matches() && !text.matches("(?i)true|false|yes|no|on|off|null")
                ? text
                : Json.line(text);
    }
}
