package io.trousseau.server.config;

import java.util.Optional;

/**
 * A field of a block.
 *
 * @param name in lower camel case
 * @param type what it takes
 * @param required whether it must be there
 * @param fallback how its default would be written in the file; empty if it has none
 * @param documentation one or two sentences for people
 */
record Field<T>(String name, FieldType<T> type, boolean required, Optional<YamlNode> fallback, String documentation) {
    static <T> Field<T> required(String name, FieldType<T> type, String documentation) {
        return new Field<>(name, type, true, Optional.empty(), documentation);
    }

    static <T> Field<T> optional(String name, FieldType<T> type, String documentation) {
        return new Field<>(name, type, false, Optional.empty(), documentation);
    }

    /** A field that means {@code fallback}, which is YAML, when it is left out. */
    static <T> Field<T> optional(String name, FieldType<T> type, String fallback, String documentation) {
        YamlNode node = YamlReader.read(fallback, new Problems(name)).orElseThrow();
        return new Field<>(name, type, false, Optional.of(node), documentation);
    }
}
