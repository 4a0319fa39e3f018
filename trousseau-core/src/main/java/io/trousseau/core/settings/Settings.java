package io.trousseau.core.settings;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.api.ProviderConfig;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks raw settings against a {@link ConfigSchema} and makes a {@link ProviderConfig} of them: every value has the
 * type that the schema says, files are absolute, defaults are filled in, and nothing unknown is left.
 *
 * <p>Every problem is found, not only the first.
 */
public final class Settings {
    private static final Pattern WHOLE_NUMBER = Pattern.compile("[-+]?[0-9]{1,19}");

    private final ConfigSchema schema;
    private final Path folder;
    private final boolean typed;
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    private Settings(ConfigSchema schema, Path folder, boolean typed) {
        this.schema = schema;
        this.folder = folder.toAbsolutePath();
        this.typed = typed;
    }

    /**
     * Checks settings that carry types already, as YAML and JSON do. A number or {@code true} where text is asked for is
     * a problem, since its exact spelling is lost.
     *
     * @param schema what the provider takes
     * @param raw by name: a {@link String}, {@link Boolean}, {@link Number}, or {@link List} of these; not changed, not
     *     kept. {@code null} or anything else is a problem.
     * @param folder that relative files are relative to
     * @return the checked settings
     * @throws ConfigException with every problem, each with the name of its setting
     */
    public static ProviderConfig check(ConfigSchema schema, Map<String, ? extends @Nullable Object> raw, Path folder) {
        return new Settings(schema, folder, true).check(raw);
    }

    /**
     * Checks settings that are all text, as properties and environment variables are. A list is written with commas.
     *
     * @param schema what the provider takes
     * @param raw texts by name; not changed, not kept
     * @param folder that relative files are relative to
     * @return the checked settings
     * @throws ConfigException with every problem, each with the name of its setting
     */
    public static ProviderConfig checkTexts(ConfigSchema schema, Map<String, String> raw, Path folder) {
        return new Settings(schema, folder, false).check(raw);
    }

    private ProviderConfig check(Map<String, ? extends @Nullable Object> raw) {
        Set<String> misspelt = unknownNames(raw);
        for (Setting setting : schema.settings()) {
            String name = setting.name();
            if (raw.containsKey(name)) {
                value(setting, raw.get(name));
            } else if (setting.defaultText().isPresent()) {
                text(setting, setting.defaultText().get());
            } else if (setting.required() && !misspelt.contains(name)) {
                problem(setting, "is missing; it is required: " + setting.documentation());
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return ProviderConfig.of(values);
    }

    /** Reports them; answers the settings that were probably meant, whose absence is then no second problem. */
    private Set<String> unknownNames(Map<String, ?> raw) {
        List<String> known = schema.settings().stream().map(Setting::name).toList();
        Set<String> misspelt = new LinkedHashSet<>();
        for (String name : raw.keySet()) {
            if (!known.contains(name)) {
                Optional<String> meant = NearestName.of(name, known);
                meant.ifPresent(misspelt::add);
                problems.add(new Problem(name, unknown(meant, known)));
            }
        }
        return misspelt;
    }

    private static String unknown(Optional<String> meant, List<String> known) {
        if (meant.isPresent()) {
            return "unknown field; did you mean " + meant.get() + "?";
        }
        return known.isEmpty()
                ? "unknown field; no field is allowed here"
                : "unknown field; known are " + String.join(", ", known);
    }

    private void value(Setting setting, @Nullable Object value) {
        if (value == null) {
            problem(setting, "has no value; give it one or remove the line");
        } else if (!typed) {
            text(setting, value.toString());
        } else {
            switch (setting.type()) {
                case STRING, DURATION, FILE -> {
                    if (value instanceof String text) {
                        text(setting, text);
                    } else {
                        problem(setting, "must be " + form(setting) + ", not " + shown(value) + advice(setting, value));
                    }
                }
                case INTEGER -> {
                    if (value instanceof Long || value instanceof Integer) {
                        values.put(setting.name(), ((Number) value).longValue());
                    } else {
                        problem(setting, "must be " + form(setting) + ", not " + shown(value));
                    }
                }
                case BOOLEAN -> {
                    if (value instanceof Boolean) {
                        values.put(setting.name(), value);
                    } else {
                        problem(setting, "must be " + form(setting) + ", not " + shown(value));
                    }
                }
                case STRING_LIST -> list(setting, value);
            }
        }
    }

    private void list(Setting setting, Object value) {
        if (!(value instanceof List<?> items)) {
            problem(setting, "must be " + form(setting) + ", not " + shown(value));
            return;
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i) instanceof String text && !text.isEmpty()) {
                texts.add(text);
            } else {
                Object item = items.get(i);
                problems.add(new Problem(
                        setting.name() + "[" + i + "]",
                        "must be text, not " + (item == null ? "nothing" : shown(item) + advice(setting, item))));
            }
        }
        values.put(setting.name(), List.copyOf(texts));
    }

    private void text(Setting setting, String text) {
        if (text.isEmpty()) {
            problem(setting, "is empty; give it a value or remove it");
            return;
        }
        Optional<?> value = switch (setting.type()) {
            case STRING ->
                setting.choices().isEmpty() || setting.choices().contains(text) ? Optional.of(text) : Optional.empty();
            case INTEGER -> wholeNumber(text);
            case BOOLEAN ->
                text.equals("true") || text.equals("false") ? Optional.of(Boolean.valueOf(text)) : Optional.empty();
            case DURATION -> DurationText.parse(text);
            case FILE -> file(text);
            case STRING_LIST -> commaSeparated(text);
        };
        if (value.isPresent()) {
            values.put(setting.name(), value.get());
        } else {
            String hint = NearestName.of(text, setting.choices())
                    .map(choice -> "; did you mean " + choice + "?")
                    .orElse("");
            problem(setting, "must be " + form(setting) + ", not " + Quoted.of(text) + hint);
        }
    }

    private static Optional<Long> wholeNumber(String text) {
        if (!WHOLE_NUMBER.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException tooLarge) {
            return Optional.empty();
        }
    }

    private Optional<Path> file(String text) {
        try {
            return Optional.of(folder.resolve(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static Optional<List<String>> commaSeparated(String text) {
        List<String> items =
                Pattern.compile(",").splitAsStream(text).map(String::strip).toList();
        return items.isEmpty() || items.contains("") ? Optional.empty() : Optional.of(items);
    }

    private String form(Setting setting) {
        return switch (setting.type()) {
            case STRING -> setting.choices().isEmpty() ? "text" : "one of " + String.join(", ", setting.choices());
            case INTEGER -> "a whole number";
            case BOOLEAN -> "true or false";
            case DURATION -> DurationText.FORM;
            case FILE -> "the path of a file";
            case STRING_LIST -> typed ? "a list of texts" : "texts with commas between them";
        };
    }

    private static String shown(Object value) {
        if (value instanceof String text) {
            return Quoted.of(text);
        }
        if (value instanceof List) {
            return "a list";
        }
        if (value instanceof Map) {
            return "a block";
        }
        return value instanceof Number || value instanceof Boolean
                ? value.toString()
                : "a " + value.getClass().getSimpleName();
    }

    private static String advice(Setting setting, Object value) {
        boolean lostItsSpelling = value instanceof Number || value instanceof Boolean;
        return lostItsSpelling && setting.type() != ConfigSchema.Type.DURATION ? "; put it in quotes" : "";
    }

    private void problem(Setting setting, String message) {
        problems.add(new Problem(setting.name(), message));
    }
}
