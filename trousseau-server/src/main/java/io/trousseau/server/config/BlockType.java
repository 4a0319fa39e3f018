package io.trousseau.server.config;

import io.trousseau.core.settings.NearestName;
import io.trousseau.server.config.YamlNode.Block;
import io.trousseau.server.json.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A block of known fields.
 *
 * @param fields in the order of the documentation
 * @param check reports contradictions between fields; runs even if some could not be read
 * @param build makes the value of a block without problems
 */
record BlockType<T>(List<Field<?>> fields, Consumer<Values> check, Function<Values, T> build) implements FieldType<T> {
    static <T> BlockType<T> of(List<Field<?>> fields, Function<Values, T> build) {
        return new BlockType<>(fields, values -> {}, build);
    }

    @Override
    public Optional<T> read(YamlNode node, String path, Problems problems) {
        if (!(node instanceof Block block)) {
            return refuse(node, path, problems);
        }
        int before = problems.count();
        Set<String> misspelt = refuseUnknown(block, path, problems);
        Map<String, Object> read = new HashMap<>();
        boolean complete = true;
        for (Field<?> field : fields) {
            Optional<YamlNode> there = block.field(field.name()).or(field::fallback);
            String fieldPath = FieldPath.of(path, field.name());
            if (there.isPresent()) {
                Optional<?> value = field.type().read(there.get(), fieldPath, problems);
                value.ifPresent(v -> read.put(field.name(), v));
                complete &= value.isPresent();
            } else if (field.required() && !misspelt.contains(field.name())) {
                problems.add(block.place(), fieldPath, "is missing; it is required: " + field.documentation());
            }
        }
        Values values = new Values(block, path, read, problems);
        check.accept(values);
        return complete && problems.count() == before ? Optional.of(build.apply(values)) : Optional.empty();
    }

    /** Answers the fields that were probably meant, whose absence is then no second problem. */
    private Set<String> refuseUnknown(Block block, String path, Problems problems) {
        List<String> known = fields.stream().map(Field::name).toList();
        Set<String> misspelt = new HashSet<>();
        block.fields().forEach((name, node) -> {
            if (!known.contains(name)) {
                Optional<String> meant = NearestName.of(name, known);
                meant.ifPresent(misspelt::add);
                problems.add(
                        node.place(),
                        FieldPath.of(path, name),
                        "unknown field; "
                                + meant.map(field -> "did you mean " + field + "?")
                                        .orElse("known are " + String.join(", ", known)));
            }
        });
        return misspelt;
    }

    @Override
    public String inWords() {
        return "a block of fields";
    }

    @Override
    public Map<String, Object> jsonSchema() {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (Field<?> field : fields) {
            Map<String, Object> schema = Json.object("description", field.documentation());
            schema.putAll(field.type().jsonSchema());
            field.fallback().flatMap(YamlNode::plain).ifPresent(value -> schema.put("default", value));
            properties.put(field.name(), schema);
            if (field.required()) {
                required.add(field.name());
            }
        }
        Map<String, Object> schema = Json.object("type", "object", "properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        schema.put("additionalProperties", false);
        return schema;
    }
}
