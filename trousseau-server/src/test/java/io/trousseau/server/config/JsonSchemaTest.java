package io.trousseau.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

@DisplayName("The JSON Schema")
class JsonSchemaTest {
    private final String json = ConfigurationSchema.json(Map.of("keyfile", new KeyFileProvider().schema()));
    private final Object schema = new Load(LoadSettings.builder().build()).loadFromString(json);

    @Test
    @DisplayName("is JSON, the same at every run")
    void json() {
        assertThat(json)
                .startsWith("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n")
                .endsWith("}\n")
                .isEqualTo(ConfigurationSchema.json(Map.of("keyfile", new KeyFileProvider().schema())));
    }

    @Test
    @DisplayName("allows no unknown field, names the required ones, and has defaults and documentation")
    void fields() {
        assertThat(at("additionalProperties")).isEqualTo(false);
        assertThat(at("required")).isEqualTo(List.of("apiVersion", "kind", "socket", "keyring"));
        assertThat(at("properties", "apiVersion", "enum")).isEqualTo(List.of("trousseau.io/v1"));
        assertThat(at("properties", "admin", "properties", "address", "default"))
                .isEqualTo("127.0.0.1:8787");
        assertThat(at("properties", "keyring", "properties", "epoch"))
                .isEqualTo(Map.of(
                        "description",
                        "Raise it by one on every node to have all data sealed anew under new local KEKs.",
                        "type",
                        "integer",
                        "minimum",
                        1,
                        "maximum",
                        Integer.MAX_VALUE,
                        "default",
                        1));
        assertThat(at("properties", "keyring", "properties", "members", "items", "properties", "role", "enum"))
                .isEqualTo(List.of("wrap", "unwrap"));
        assertThat(at("properties", "keyring", "properties", "members", "minItems"))
                .isEqualTo(1);
    }

    @Test
    @DisplayName("has a provider's settings for the members of that provider")
    void settingsOfAProvider() {
        String[] member = {"properties", "keyring", "properties", "members", "items"};
        Object rule = at(((List<?>) at("allOf")).get(0), member);
        assertThat(at(rule, "if", "properties", "provider", "const")).isEqualTo("keyfile");
        assertThat(at(rule, "then", "required")).isEqualTo(List.of("config"));
        Object config = at(rule, "then", "properties", "config");
        assertThat(at(config, "required")).isEqualTo(List.of("keyFile"));
        assertThat(at(config, "additionalProperties")).isEqualTo(false);
        assertThat(at(config, "properties", "mode", "enum")).isEqualTo(List.of("fips"));
        assertThat(at(config, "properties", "timeout", "pattern")).isEqualTo("^[0-9]{1,9}(ms|s|m|h|d)$");
    }

    private Object at(String... path) {
        return at(schema, path);
    }

    private static Object at(Object node, String... path) {
        for (String name : path) {
            assertThat(node).isInstanceOf(Map.class);
            node = ((Map<?, ?>) node).get(name);
        }
        return node;
    }
}
