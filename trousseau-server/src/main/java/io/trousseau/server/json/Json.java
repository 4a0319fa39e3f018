package io.trousseau.server.json;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/** Prints and reads JSON, in which an object is a {@link Map} that keeps its order and {@code null} is null. */
public final class Json {
    private static final int MAX_CHARACTERS = 16 << 20;

    private Json() {}

    /**
     * A map that keeps the order of its names.
     *
     * @param namesAndValues a {@link String} and its value in turn
     */
    public static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return object;
    }

    /** For people: two spaces a level, and a line feed at the end. */
    public static String print(@Nullable Object value) {
        return print(value, "\n", "  ", ": ") + "\n";
    }

    /** For machines: on one line, without a line feed at its end. */
    public static String line(@Nullable Object value) {
        return print(value, "", "", ":");
    }

    private static String print(@Nullable Object value, String lineBreak, String indent, String colon) {
        String inner = lineBreak + indent;
        if (value instanceof Map<?, ?> map) {
            return map.isEmpty()
                    ? "{}"
                    : map.entrySet().stream()
                            .map(entry -> quoted(String.valueOf(entry.getKey()))
                                    + colon
                                    + print(entry.getValue(), inner, indent, colon))
                            .collect(Collectors.joining("," + inner, "{" + inner, lineBreak + "}"));
        }
        if (value instanceof Collection<?> list) {
            return list.isEmpty()
                    ? "[]"
                    : list.stream()
                            .map(item -> print(item, inner, indent, colon))
                            .collect(Collectors.joining("," + inner, "[" + inner, lineBreak + "]"));
        }
        return value instanceof String text ? quoted(text) : String.valueOf(value);
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\n' -> json.append("\\n");
                case '\t' -> json.append("\\t");
                case '\r' -> json.append("\\r");
                default -> {
                    if (c < ' '
                            || c == 0x7f
                            || c == 0x2028
                            || c == 0x2029
                            || (Character.isSurrogate(c) && !isPaired(text, i))) {
                        json.append("\\u").append(Integer.toHexString(0x10000 | c), 1, 5);
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        return json.append('"').toString();
    }

    private static boolean isPaired(String text, int i) {
        return Character.isHighSurrogate(text.charAt(i))
                ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }

    /**
     * Reads JSON, which is YAML as well.
     *
     * @return {@link Map}, {@link java.util.List}, {@link String}, {@link Number}, {@link Boolean} or null
     * @throws IllegalArgumentException if {@code text} is no JSON, or longer than 16 MiB
     */
    public static @Nullable Object parse(String text) {
        LoadSettings settings = LoadSettings.builder()
                .setSchema(new JsonSchema())
                .setCodePointLimit(MAX_CHARACTERS)
                .setAllowDuplicateKeys(false)
                .build();
        try {
            return new Load(settings).loadFromString(text);
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }
}
