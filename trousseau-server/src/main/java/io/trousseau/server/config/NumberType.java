package io.trousseau.server.config;

import io.trousseau.server.config.YamlNode.Scalar;
import io.trousseau.server.json.Json;
import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;

/** A whole number within bounds, both inclusive. */
record NumberType(long least, long most) implements FieldType<Long> {
    @Override
    public Optional<Long> read(YamlNode node, String path, Problems problems) {
        if (node instanceof Scalar scalar && scalar.kind() == Scalar.Kind.INTEGER) {
            BigInteger number = scalar.integer();
            if (number.compareTo(BigInteger.valueOf(least)) >= 0 && number.compareTo(BigInteger.valueOf(most)) <= 0) {
                return Optional.of(number.longValue());
            }
        }
        return refuse(node, path, problems);
    }

    @Override
    public String inWords() {
        return "a whole number from " + least + " to " + most;
    }

    @Override
    public Map<String, Object> jsonSchema() {
        return Json.object("type", "integer", "minimum", least, "maximum", most);
    }
}
