package io.trousseau.server.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Prints maps, lists, texts, numbers and booleans as JSON, two spaces a level, in the order that they have. */
final class Json {
    private Json() {}

    /** A map that keeps the order of its names. */
    static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    static String print(Object value) {
        return print(value, "\n") + "\n";
    }

    private static String print(Object value, String lineBreak) {
        String inner = lineBreak + "  ";
        if (value instanceof Map<?, ?> map) {
            return map.isEmpty()
                    ? "{}"
                    : map.entrySet().stream()
                            .map(entry -> quoted(entry.getKey().toString()) + ": " + print(entry.getValue(), inner))
                            .collect(Collectors.joining("," + inner, "{" + inner, lineBreak + "}"));
        }
        if (value instanceof Collection<?> list) {
            return list.isEmpty()
                    ? "[]"
                    : list.stream()
                            .map(item -> print(item, inner))
                            .collect(Collectors.joining("," + inner, "[" + inner, lineBreak + "]"));
        }
        return value instanceof String text ? quoted(text) : value.toString();
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else if (c < ' ') {
                json.append("\\u%04x".formatted(c));
            } else {
                json.append((char) c);
            }
        });
        return json.append('"').toString();
    }
}
