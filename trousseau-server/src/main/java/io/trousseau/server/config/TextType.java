package io.trousseau.server.config;

import io.trousseau.server.config.YamlNode.Scalar;
import io.trousseau.server.json.Json;
import java.util.Map;
import java.util.Optional;

/**
 * Text that is parsed into a value.
 *
 * @param inWords what may stand there
 * @param pattern a regular expression for editors; the parser may ask for more
 * @param parser turns the text into the value
 */
record TextType<T>(String inWords, String pattern, Parser<T> parser) implements FieldType<T> {
    /** Turns text into a value. */
    interface Parser<T> {
        /**
         * Parses.
         *
         * @return empty if the text is of another form
         * @throws IllegalArgumentException if it is of that form and cannot be used; the message says what to do
         */
        Optional<T> parse(String text);
    }

    @Override
    public Optional<T> read(YamlNode node, String path, Problems problems) {
        if (!(node instanceof Scalar scalar) || scalar.isNothing()) {
            return refuse(node, path, problems);
        }
        if (scalar.kind() != Scalar.Kind.TEXT) {
            return refuse(node, path, problems, "; put it in quotes");
        }
        try {
            Optional<T> value = parser.parse(scalar.text());
            return value.isPresent() ? value : refuse(node, path, problems);
        } catch (IllegalArgumentException e) {
            problems.add(node.place(), path, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    @Override
    public Map<String, Object> jsonSchema() {
        return Json.object("type", "string", "pattern", "^(" + pattern + ")$");
    }
}
