package io.trousseau.server.config;

import io.trousseau.core.settings.NearestName;
import io.trousseau.server.config.YamlNode.Scalar;
import io.trousseau.server.json.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** One of several words. */
final class ChoiceType<T> implements FieldType<T> {
    private static final Pattern UNDERSCORE = Pattern.compile("_([a-z])");

    private final Map<String, T> choices;

    private ChoiceType(Map<String, T> choices) {
        this.choices = Collections.unmodifiableMap(choices);
    }

    /** The constants of an enum, in lower camel case. */
    static <E extends Enum<E>> ChoiceType<E> of(Class<E> type) {
        Map<String, E> choices = new LinkedHashMap<>();
        for (E constant : type.getEnumConstants()) {
            choices.put(word(constant), constant);
        }
        return new ChoiceType<>(choices);
    }

    /** The only word that is allowed. */
    static ChoiceType<String> only(String word) {
        return new ChoiceType<>(Map.of(word, word));
    }

    /** How a constant is written in a configuration. */
    static String word(Enum<?> constant) {
        return UNDERSCORE
                .matcher(constant.name().toLowerCase(Locale.ROOT))
                .replaceAll(match -> match.group(1).toUpperCase(Locale.ROOT));
    }

    @Override
    public Optional<T> read(YamlNode node, String path, Problems problems) {
        if (!(node instanceof Scalar scalar)) {
            return refuse(node, path, problems);
        }
        Optional<T> choice = Optional.ofNullable(choices.get(scalar.text()));
        String hint = NearestName.of(scalar.text(), choices.keySet())
                .filter(nearest -> choices.size() > 1)
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("");
        return choice.isPresent() ? choice : refuse(node, path, problems, hint);
    }

    @Override
    public String inWords() {
        List<String> words = new ArrayList<>(choices.keySet());
        String last = words.remove(words.size() - 1);
        return words.isEmpty() ? last : String.join(", ", words) + " or " + last;
    }

    @Override
    public Map<String, Object> jsonSchema() {
        return Json.object("enum", List.copyOf(choices.keySet()));
    }
}
