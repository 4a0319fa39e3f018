package io.trousseau.server.config;

import io.trousseau.core.settings.Quoted;
import java.util.regex.Pattern;

/** Writes the path of a field, as in {@code keyring.members[0].config.keyFile}. */
final class FieldPath {
    private static final Pattern SIMPLE = Pattern.compile("[A-Za-z0-9_-]{1,60}");

    private FieldPath() {}

    /** The path of a field of a block; a name that would be hard to read or break the line is quoted. */
    static String of(String block, String field) {
        String name = SIMPLE.matcher(field).matches() ? field : Quoted.of(field);
        return block.isEmpty() ? name : block + "." + name;
    }

    /** The path of an item of a list. */
    static String of(String list, int index) {
        return list + "[" + index + "]";
    }
}
