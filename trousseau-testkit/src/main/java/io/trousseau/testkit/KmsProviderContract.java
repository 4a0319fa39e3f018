package io.trousseau.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * What every {@link KmsProvider} must hold, as tests: how it is found, what its schema says, what it does with settings.
 * What it opens is {@link KekHandleContract}'s matter.
 *
 * <pre>{@code
 * class AcmeProviderTest extends KmsProviderContract {
 *     @Override
 *     protected KmsProvider provider() {
 *         return new AcmeProvider();
 *     }
 *
 *     @Override
 *     protected ProviderConfig usableConfig() {
 *         return ProviderConfig.of(Map.of("endpoint", "https://127.0.0.1:1", "key", "key-a"));
 *     }
 *
 *     @Override
 *     protected Map<String, ProviderConfig> unusableConfigs() {
 *         return Map.of("a CA file that is not there", ProviderConfig.of(…));
 *     }
 * }
 * }</pre>
 */
public abstract class KmsProviderContract {
    private static final String DNS_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    private static final String LOWER_CAMEL_CASE = "[a-z][a-zA-Z0-9]*";

    /** For subclasses. */
    protected KmsProviderContract() {}

    /** A new provider, made by its public constructor. */
    protected abstract KmsProvider provider();

    /**
     * Settings with which the provider opens a KEK, defaults filled in. They need not name a KMS that is there: opening
     * must not need one.
     *
     * @throws Exception fails the test
     */
    protected abstract ProviderConfig usableConfig() throws Exception;

    /**
     * Settings that fit the schema and cannot be used: they contradict each other or name a file that is unusable. Each
     * under a few words on what is wrong with it.
     *
     * @throws Exception fails the test
     */
    protected Map<String, ProviderConfig> unusableConfigs() throws Exception {
        return Assumptions.abort("unusableConfigs is not overridden");
    }

    /** How long the kit waits for what should happen at once: 5 seconds by default. */
    protected Duration patience() {
        return Duration.ofSeconds(5);
    }

    @Nested
    @DisplayName("The class")
    class Discovery {
        @Test
        @DisplayName("has a @ProviderName that is a DNS label")
        void name() {
            assertThat(nameOf(provider().getClass())).matches(DNS_LABEL);
        }

        @Test
        @DisplayName("is public and has a public constructor without parameters")
        void constructor() throws NoSuchMethodException {
            Class<? extends KmsProvider> type = provider().getClass();
            assertThat(Modifier.isPublic(type.getModifiers()))
                    .as("%s is public", type)
                    .isTrue();
            Constructor<?> constructor = type.getDeclaredConstructor();
            assertThat(Modifier.isPublic(constructor.getModifiers()))
                    .as("%s is public", constructor)
                    .isTrue();
        }

        @Test
        @DisplayName("is the one provider of its name that ServiceLoader finds")
        void found() {
            Class<? extends KmsProvider> type = provider().getClass();
            List<Class<?>> ofThatName = ServiceLoader.load(KmsProvider.class, type.getClassLoader()).stream()
                    .map(ServiceLoader.Provider::type)
                    .filter(candidate -> nameOf(candidate).equals(nameOf(type)))
                    .collect(Collectors.toList());
            assertThat(ofThatName)
                    .as(
                            "the classes named in META-INF/services/%s that are called %s",
                            KmsProvider.class.getName(), nameOf(type))
                    .containsExactly(type);
        }

        @Test
        @DisplayName("does nothing in its constructor: it comes back at once and leaves no thread")
        void idleConstructor() {
            ThreadGroup group = new ThreadGroup("contract-constructor");
            Call.start("the constructor", group, KmsProviderContract.this::provider)
                    .await(patience())
                    .get();
            Call.awaitUntil("the end of the constructor's thread", patience(), () -> group.activeCount() == 0);
        }

        private String nameOf(Class<?> type) {
            ProviderName name = type.getAnnotation(ProviderName.class);
            return name == null ? "" : name.value();
        }
    }

    @Nested
    @DisplayName("The schema")
    class Schema {
        @Test
        @DisplayName("is the same at every call and in every instance")
        void constant() {
            KmsProvider provider = provider();
            assertThat(provider.schema().settings())
                    .isEqualTo(provider.schema().settings())
                    .isEqualTo(provider().schema().settings());
        }

        @Test
        @DisplayName("names settings in lower camel case and documents each")
        void documented() {
            for (Setting setting : settings()) {
                assertThat(setting.name()).matches(LOWER_CAMEL_CASE);
                assertThat(setting.documentation())
                        .as("the documentation of %s", setting.name())
                        .isNotBlank();
            }
        }

        @Test
        @DisplayName("has defaults that fit the type and the choices, and choices only for texts")
        void defaults() {
            for (Setting setting : settings()) {
                if (!setting.choices().isEmpty()) {
                    assertThat(setting.type())
                            .as("the type of %s, which has choices", setting.name())
                            .isEqualTo(ConfigSchema.Type.STRING);
                }
                setting.defaultText().ifPresent(text -> assertFits(setting, text));
            }
        }

        @Test
        @DisplayName("takes no secret as text, only the path of a file that holds one")
        void secretsInFiles() {
            for (Setting setting : settings()) {
                if (setting.type() == ConfigSchema.Type.STRING || setting.type() == ConfigSchema.Type.STRING_LIST) {
                    assertThat(setting.name())
                            .as("the name of a setting that takes a text")
                            .doesNotMatch("(?i).*(password|passphrase|secret|secretId|token|privateKey|apiKey)");
                }
            }
        }

        private List<Setting> settings() {
            ConfigSchema schema = provider().schema();
            return schema.settings();
        }

        private void assertFits(Setting setting, String text) {
            String what = "the default of " + setting.name();
            switch (setting.type()) {
                case STRING -> {
                    if (!setting.choices().isEmpty()) {
                        assertThat(text).as(what).isIn(setting.choices());
                    }
                }
                case INTEGER -> assertThat(text).as(what).matches("-?\\d{1,18}");
                case BOOLEAN -> assertThat(text).as(what).matches("true|false");
                case DURATION -> assertThat(text).as(what).matches("\\d+(ms|s|m|h|d)");
                case FILE, STRING_LIST -> assertThat(text).as(what).isNotBlank();
            }
        }
    }

    @Nested
    @DisplayName("open")
    class Opening {
        @Test
        @DisplayName("gives a handle at once, whether or not the KMS is there")
        void opens() throws Exception {
            try (KekHandle handle = open(provider(), usableConfig())) {
                assertThat(handle.traits()).isNotNull();
            }
        }

        @Test
        @DisplayName("gives another handle every time")
        void opensAnother() throws Exception {
            KmsProvider provider = provider();
            ProviderConfig config = usableConfig();
            try (KekHandle first = open(provider, config);
                    KekHandle second = open(provider, config)) {
                assertThat(second).isNotSameAs(first);
            }
        }

        @Test
        @DisplayName("refuses unusable settings with a ConfigException that names the settings and says what is wrong")
        void refuses() throws Exception {
            List<String> names =
                    provider().schema().settings().stream().map(Setting::name).toList();
            unusableConfigs().forEach((what, config) -> {
                ConfigException refusal = refusalOf(what, config);
                assertThat(refusal.problems())
                        .as("the problems of %s", what)
                        .isNotEmpty()
                        .allSatisfy(problem -> {
                            assertThat(problem.message()).isNotBlank();
                            if (!problem.field().isEmpty()) {
                                assertThat(problem.field()).isIn(names);
                            }
                        });
            });
        }

        private ConfigException refusalOf(String what, ProviderConfig config) {
            try (KekHandle handle = open(provider(), config)) {
                return fail("%s must be refused and %s was opened", what, Objects.toString(handle));
            } catch (ConfigException e) {
                return e;
            } catch (RuntimeException e) {
                throw new AssertionError(what + " must be refused with a ConfigException and threw " + e, e);
            }
        }

        private KekHandle open(KmsProvider provider, ProviderConfig config) {
            ProviderContext context = new ProviderContext("contract", new RecordingLogger(), InstantSource.system());
            return Call.start("open", () -> provider.open(config, context))
                    .await(patience())
                    .get();
        }
    }
}
