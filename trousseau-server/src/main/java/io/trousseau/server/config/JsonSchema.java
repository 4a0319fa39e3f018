package io.trousseau.server.config;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.core.settings.DurationText;
import io.trousseau.server.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Describes the file, and providers' settings within it, to editors. */
final class JsonSchema {
    private JsonSchema() {}

    static String of(BlockType<?> file, Map<String, ConfigSchema> providers) {
        Map<String, Object> schema = Json.object(
                "$schema", "https://json-schema.org/draft/2020-12/schema", "title", "TrousseauConfiguration");
        schema.putAll(file.jsonSchema());
        List<Object> rules = new ArrayList<>();
        new TreeMap<>(providers).forEach((name, settings) -> rules.add(ruleFor(name, settings)));
        if (!rules.isEmpty()) {
            schema.put("allOf", rules);
        }
        return Json.print(schema);
    }

    /** Every member of that provider has such a config. */
    private static Map<String, Object> ruleFor(String provider, ConfigSchema settings) {
        Map<String, Object> config = block(settings);
        Map<String, Object> then = within(ConfigurationSchema.MEMBER_CONFIG.name(), config);
        if (config.containsKey("required")) {
            then.put("required", List.of(ConfigurationSchema.MEMBER_CONFIG.name()));
        }
        Map<String, Object> member = Json.object(
                "if", within(ConfigurationSchema.PROVIDER.name(), Json.object("const", provider)), "then", then);
        return within(
                ConfigurationSchema.KEYRING.name(),
                within(ConfigurationSchema.MEMBERS.name(), Json.object("items", member)));
    }

    private static Map<String, Object> within(String field, Map<String, Object> schema) {
        return Json.object("properties", Json.object(field, schema));
    }

    private static Map<String, Object> block(ConfigSchema settings) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (Setting setting : settings.settings()) {
            properties.put(setting.name(), setting(setting));
            if (setting.required()) {
                required.add(setting.name());
            }
        }
        Map<String, Object> block = Json.object("type", "object", "properties", properties);
        if (!required.isEmpty()) {
            block.put("required", required);
        }
        block.put("additionalProperties", false);
        return block;
    }

    private static Map<String, Object> setting(Setting setting) {
        Map<String, Object> schema = Json.object("description", setting.documentation());
        schema.putAll(
                switch (setting.type()) {
                    case STRING ->
                        setting.choices().isEmpty()
                                ? Json.object("type", "string", "minLength", 1)
                                : Json.object("enum", setting.choices());
                    case FILE -> Json.object("type", "string", "minLength", 1);
                    case INTEGER -> Json.object("type", "integer");
                    case BOOLEAN -> Json.object("type", "boolean");
                    case DURATION -> Json.object("type", "string", "pattern", "^" + DurationText.PATTERN + "$");
                    case STRING_LIST ->
                        Json.object("type", "array", "items", Json.object("type", "string", "minLength", 1));
                });
        return schema;
    }
}
