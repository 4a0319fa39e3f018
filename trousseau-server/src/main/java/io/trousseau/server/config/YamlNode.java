package io.trousseau.server.config;

import io.trousseau.core.settings.Quoted;
import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A part of a YAML document. Its place is where a person looks for it: the name of a field, or the start of an item of a
 * list.
 */
sealed interface YamlNode {
    Place place();

    /** What it is, for a message that asks for something else. */
    String inWords();

    /** Fields by name, in the order of the file. */
    record Block(Place place, Map<String, YamlNode> fields) implements YamlNode {
        Optional<YamlNode> field(String name) {
            return Optional.ofNullable(fields.get(name));
        }

        /** The fields that have a value, as plain values. Unmodifiable. */
        Map<String, Object> plainFields() {
            Map<String, Object> values = new LinkedHashMap<>();
            fields.forEach((name, node) -> node.plain().ifPresent(value -> values.put(name, value)));
            return Collections.unmodifiableMap(values);
        }

        @Override
        public String inWords() {
            return "a block of fields";
        }
    }

    /** A list. */
    record Items(Place place, List<YamlNode> items) implements YamlNode {
        @Override
        public String inWords() {
            return "a list";
        }
    }

    /** A single value, with the kind that YAML 1.2's core schema gives it. */
    record Scalar(Place place, String text, Kind kind) implements YamlNode {
        enum Kind {
            NOTHING,
            BOOLEAN,
            INTEGER,
            DECIMAL,
            TEXT
        }

        boolean isNothing() {
            return kind == Kind.NOTHING;
        }

        @Override
        public String inWords() {
            return switch (kind) {
                case NOTHING -> "nothing";
                case TEXT -> Quoted.of(text);
                case BOOLEAN, INTEGER, DECIMAL -> text;
            };
        }

        boolean bool() {
            return text.toLowerCase(Locale.ROOT).equals("true");
        }

        BigInteger integer() {
            if (text.startsWith("0o")) {
                return new BigInteger(text.substring(2), 8);
            }
            return text.startsWith("0x") ? new BigInteger(text.substring(2), 16) : new BigInteger(text);
        }

        private double decimal() {
            String lower = text.toLowerCase(Locale.ROOT);
            if (lower.endsWith(".nan")) {
                return Double.NaN;
            }
            if (lower.endsWith(".inf")) {
                return lower.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            }
            return Double.parseDouble(text);
        }
    }

    /** Something that has been refused already; whoever reads it says no more about it. */
    record Refused(Place place) implements YamlNode {
        @Override
        public String inWords() {
            return "something that is not allowed";
        }
    }

    /**
     * The node as plain values: {@link Map}, {@link List}, {@link String}, {@link Boolean}, {@link Long},
     * {@link BigInteger}, {@link Double}. Unmodifiable; what is nothing or refused is left out.
     */
    default Optional<Object> plain() {
        if (this instanceof Block block) {
            return Optional.of(block.plainFields());
        }
        if (this instanceof Items list) {
            return Optional.of(list.items().stream()
                    .map(YamlNode::plain)
                    .flatMap(Optional::stream)
                    .toList());
        }
        if (this instanceof Scalar scalar) {
            return switch (scalar.kind()) {
                case NOTHING -> Optional.empty();
                case BOOLEAN -> Optional.of(scalar.bool());
                case INTEGER -> Optional.of(narrowest(scalar.integer()));
                case DECIMAL -> Optional.of(scalar.decimal());
                case TEXT -> Optional.of(scalar.text());
            };
        }
        return Optional.empty();
    }

    private static Object narrowest(BigInteger number) {
        return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }
}
