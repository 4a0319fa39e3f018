package io.trousseau.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The settings of one member, checked against the provider's {@link ConfigSchema} and with its defaults filled in.
 * Immutable.
 *
 * <p>Trousseau makes these from a configuration file; an embedder makes one with {@link #of}.
 */
public final class ProviderConfig {
    private final Map<String, Object> values;

    private ProviderConfig(Map<String, Object> values) {
        this.values = values;
    }

    /**
     * Settings by name. A value is a {@link String}, {@link Long}, {@link Boolean}, {@link Duration}, {@link Path} or
     * {@link List} of {@link String}, as the schema's types say. Copied.
     *
     * @throws IllegalArgumentException if a value is of another class
     */
    public static ProviderConfig of(Map<String, ?> values) {
        Map<String, Object> copies = new HashMap<>();
        values.forEach((name, value) -> {
            if (!(value instanceof String
                    || value instanceof Long
                    || value instanceof Boolean
                    || value instanceof Duration
                    || value instanceof Path
                    || (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)))) {
                throw new IllegalArgumentException(
                        name + " is a " + value.getClass().getName() + ", which is no setting's type");
            }
            copies.put(name, value instanceof List<?> list ? List.copyOf(list) : value);
        });
        return new ProviderConfig(Map.copyOf(copies));
    }

    /** Whether the setting has a value. */
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /**
     * The text of a setting.
     *
     * @throws NoSuchElementException if it has none
     */
    public String string(String name) {
        return get(name, String.class);
    }

    /** The text of a setting that may be left out. */
    public Optional<String> optionalString(String name) {
        return has(name) ? Optional.of(string(name)) : Optional.empty();
    }

    /**
     * The number of a setting.
     *
     * @throws NoSuchElementException if it has none
     */
    public long integer(String name) {
        return get(name, Long.class);
    }

    /**
     * Whether a setting is true.
     *
     * @throws NoSuchElementException if it has no value
     */
    public boolean bool(String name) {
        return get(name, Boolean.class);
    }

    /**
     * The time span of a setting.
     *
     * @throws NoSuchElementException if it has none
     */
    public Duration duration(String name) {
        return get(name, Duration.class);
    }

    /**
     * The absolute path of a setting.
     *
     * @throws NoSuchElementException if it has none
     */
    public Path file(String name) {
        return get(name, Path.class);
    }

    /** The absolute path of a setting that may be left out. */
    public Optional<Path> optionalFile(String name) {
        return has(name) ? Optional.of(file(name)) : Optional.empty();
    }

    /** The texts of a setting; empty if it has no value. Unmodifiable. */
    public List<String> strings(String name) {
        if (!has(name)) {
            return List.of();
        }
        List<?> texts = get(name, List.class);
        return texts.stream().map(String.class::cast).toList();
    }

    private <T> T get(String name, Class<T> type) {
        Object value = values.get(name);
        if (value == null) {
            throw new NoSuchElementException("the setting " + name + " has no value");
        }
        return type.cast(value);
    }

    /** The names of the settings that have a value, without the values. */
    @Override
    public String toString() {
        return "ProviderConfig" + values.keySet();
    }
}
