package io.trousseau.server.config;

import io.trousseau.server.config.YamlNode.Items;
import io.trousseau.server.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A list.
 *
 * @param item what its items are
 * @param fewest how many there must be
 */
record ListType<T>(FieldType<T> item, int fewest) implements FieldType<List<T>> {
    @Override
    public Optional<List<T>> read(YamlNode node, String path, Problems problems) {
        if (!(node instanceof Items list)) {
            return refuse(node, path, problems);
        }
        if (list.items().size() < fewest) {
            problems.add(node.place(), path, "must have at least " + fewest + " item, and has none");
            return Optional.empty();
        }
        List<T> values = new ArrayList<>();
        for (int i = 0; i < list.items().size(); i++) {
            item.read(list.items().get(i), FieldPath.of(path, i), problems).ifPresent(values::add);
        }
        return values.size() == list.items().size() ? Optional.of(List.copyOf(values)) : Optional.empty();
    }

    @Override
    public String inWords() {
        return "a list";
    }

    @Override
    public Map<String, Object> jsonSchema() {
        Map<String, Object> schema = Json.object("type", "array", "items", item.jsonSchema());
        if (fewest > 0) {
            schema.put("minItems", fewest);
        }
        return schema;
    }
}
