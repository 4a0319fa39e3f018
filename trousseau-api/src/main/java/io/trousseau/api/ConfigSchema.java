package io.trousseau.api;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The settings that a provider takes: names, types, defaults and documentation, from which Trousseau checks a
 * configuration, prints its schema and writes reference documentation. Immutable.
 *
 * <p>Secrets are never settings: a provider takes the {@link Type#FILE path} of a file that holds one.
 */
public final class ConfigSchema {
    private final List<Setting> settings;

    private ConfigSchema(List<Setting> settings) {
        this.settings = List.copyOf(settings);
    }

    /** Starts a schema without settings. */
    public static Builder builder() {
        return new Builder();
    }

    /** The settings, in the order of declaration. */
    public List<Setting> settings() {
        return settings;
    }

    /** The type of a setting. */
    public enum Type {
        /** Text. */
        STRING,
        /** A whole number that fits a {@code long}. */
        INTEGER,
        /** {@code true} or {@code false}. */
        BOOLEAN,
        /** A time span, written as a number and a unit: {@code 300ms}, {@code 3s}, {@code 5m}, {@code 12h}, {@code 7d}. */
        DURATION,
        /** The path of a file. A relative one is relative to the folder of the configuration file. */
        FILE,
        /** A list of texts. */
        STRING_LIST
    }

    /**
     * One setting.
     *
     * @param name in lower camel case
     * @param type what it takes
     * @param required whether a configuration must have it
     * @param defaultText the default as it would be written in the configuration, for people and for the parser; empty if
     *     there is none
     * @param choices the allowed texts of a {@link Type#STRING}; empty if any text is allowed
     * @param documentation one or two sentences for people
     */
    public record Setting(
            String name,
            Type type,
            boolean required,
            Optional<String> defaultText,
            Set<String> choices,
            String documentation) {
        /**
         * Copies the choices.
         *
         * @throws IllegalArgumentException if a required setting has a default
         */
        public Setting {
            choices = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(choices));
            if (required && defaultText.isPresent()) {
                throw new IllegalArgumentException(name + " is required and has a default");
            }
        }
    }

    /** Collects settings. Not safe for use by several threads. */
    public static final class Builder {
        private final List<Setting> settings = new ArrayList<>();

        private Builder() {}

        /** Adds a setting that a configuration must have. */
        public Builder required(String name, Type type, String documentation) {
            return add(new Setting(name, type, true, Optional.empty(), Set.of(), documentation));
        }

        /** Adds a setting that may be left out and then is absent. */
        public Builder optional(String name, Type type, String documentation) {
            return add(new Setting(name, type, false, Optional.empty(), Set.of(), documentation));
        }

        /** Adds a setting that may be left out and then has {@code defaultText}. */
        public Builder optional(String name, Type type, String defaultText, String documentation) {
            return add(new Setting(name, type, false, Optional.of(defaultText), Set.of(), documentation));
        }

        /**
         * Adds a setting of any form.
         *
         * @throws IllegalArgumentException if one of that name is there
         */
        public Builder add(Setting setting) {
            if (settings.stream().anyMatch(other -> other.name().equals(setting.name()))) {
                throw new IllegalArgumentException("two settings are named " + setting.name());
            }
            settings.add(setting);
            return this;
        }

        /** The schema of what was added. */
        public ConfigSchema build() {
            return new ConfigSchema(settings);
        }
    }
}
