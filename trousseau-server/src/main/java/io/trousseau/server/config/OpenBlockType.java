package io.trousseau.server.config;

import io.trousseau.server.config.YamlNode.Block;
import io.trousseau.server.config.YamlNode.Items;
import io.trousseau.server.config.YamlNode.Scalar;
import io.trousseau.server.json.Json;
import java.util.Map;
import java.util.Optional;

/** A block whose fields somebody else checks. */
record OpenBlockType() implements FieldType<Map<String, Object>> {
    @Override
    public Optional<Map<String, Object>> read(YamlNode node, String path, Problems problems) {
        if (!(node instanceof Block block)) {
            return refuse(node, path, problems);
        }
        refuseNothing(block, path, problems);
        return Optional.of(block.plainFields());
    }

    private void refuseNothing(YamlNode node, String path, Problems problems) {
        if (node instanceof Block block) {
            block.fields().forEach((name, value) -> refuseNothing(value, FieldPath.of(path, name), problems));
        } else if (node instanceof Items list) {
            for (int i = 0; i < list.items().size(); i++) {
                refuseNothing(list.items().get(i), FieldPath.of(path, i), problems);
            }
        } else if (node instanceof Scalar scalar && scalar.isNothing()) {
            refuse(node, path, problems);
        }
    }

    @Override
    public String inWords() {
        return "a block of fields";
    }

    @Override
    public Map<String, Object> jsonSchema() {
        return Json.object("type", "object");
    }
}
