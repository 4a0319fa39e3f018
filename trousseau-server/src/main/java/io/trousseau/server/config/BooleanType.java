package io.trousseau.server.config;

import io.trousseau.server.config.YamlNode.Scalar;
import io.trousseau.server.json.Json;
import java.util.Map;
import java.util.Optional;

/** True or false. */
record BooleanType() implements FieldType<Boolean> {
    @Override
    public Optional<Boolean> read(YamlNode node, String path, Problems problems) {
        return node instanceof Scalar scalar && scalar.kind() == Scalar.Kind.BOOLEAN
                ? Optional.of(scalar.bool())
                : refuse(node, path, problems);
    }

    @Override
    public String inWords() {
        return "true or false";
    }

    @Override
    public Map<String, Object> jsonSchema() {
        return Json.object("type", "boolean");
    }
}
