package io.trousseau.server.config;

import java.util.Map;
import java.util.Optional;

/** What a field takes: how it is read, and how it is described to people and to editors. */
interface FieldType<T> {
    /**
     * Reads a node.
     *
     * @param path of the field, for problems
     * @return empty if the node cannot be read, which is then among the problems
     */
    Optional<T> read(YamlNode node, String path, Problems problems);

    /** What may stand there, to go after "must be". */
    String inWords();

    /** The JSON Schema of what may stand there. */
    Map<String, Object> jsonSchema();

    /** Reports a node that is of another form. */
    default Optional<T> refuse(YamlNode node, String path, Problems problems) {
        return refuse(node, path, problems, "");
    }

    /** Reports a node that is of another form, with what to do about it. */
    default Optional<T> refuse(YamlNode node, String path, Problems problems, String wayOut) {
        if (node instanceof YamlNode.Scalar scalar && scalar.isNothing()) {
            problems.add(node.place(), path, "has no value; give it one or remove the line");
        } else if (!(node instanceof YamlNode.Refused)) {
            problems.add(node.place(), path, "must be " + inWords() + ", not " + node.inWords() + wayOut);
        }
        return Optional.empty();
    }
}
