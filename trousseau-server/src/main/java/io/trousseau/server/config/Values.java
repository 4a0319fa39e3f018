package io.trousseau.server.config;

import io.trousseau.server.config.YamlNode.Block;
import java.util.Map;
import java.util.Optional;

/** The fields of one block that could be read, while the block is checked and built. */
final class Values {
    private final Block block;
    private final String path;
    private final Map<String, Object> values;
    private final Problems problems;

    Values(Block block, String path, Map<String, Object> values, Problems problems) {
        this.block = block;
        this.path = path;
        this.values = values;
        this.problems = problems;
    }

    /** The value of a field; empty if it was left out and has no default, or could not be read. */
    @SuppressWarnings("unchecked") // BlockType put in what the field's own type had read
    <T> Optional<T> find(Field<T> field) {
        return Optional.ofNullable((T) values.get(field.name()));
    }

    /** The value of a field that is required or has a default, in a block without problems. */
    <T> T get(Field<T> field) {
        return find(field).orElseThrow();
    }

    /** What stands in the file, whether it could be read or not. */
    Optional<YamlNode> node(Field<?> field) {
        return block.field(field.name());
    }

    /** Reports a problem of a field. */
    void refuse(Field<?> field, String message) {
        Place place = node(field).map(YamlNode::place).orElse(block.place());
        problems.add(place, FieldPath.of(path, field.name()), message);
    }

    /** Reports a problem of a part of a field. */
    void refuse(Place place, Field<?> field, String pathWithinField, String message) {
        problems.add(place, FieldPath.of(path, field.name()) + pathWithinField, message);
    }
}
