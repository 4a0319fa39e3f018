package io.trousseau.core.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ProviderCatalogTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("a named provider is instantiated, and of an unnamed one no code runs")
    void onlyTheNamedOne() throws IOException {
        Path jar = new ProviderJar()
                .provider("only.Named", "@ProviderName(\"named\")")
                .provider("only.Planted", "@ProviderName(\"planted\")")
                .provider("only.Nameless", "")
                .writeTo(folder.resolve("a.jar"));
        try (URLClassLoader loader = ProviderJar.loader(jar)) {
            ProviderCatalog catalog = ProviderCatalog.load(loader);
            assertThat(catalog.names()).containsExactly("named", "planted");
            assertThat(System.getProperty("only.Named")).isNull();

            SelectedProvider selected = catalog.select("named");

            assertThat(selected.name()).isEqualTo("named");
            assertThat(selected.provider().getClass().getName()).isEqualTo("only.Named");
            assertThat(System.getProperty("only.Named")).isEqualTo("instantiated");
            assertThat(System.getProperty("only.Planted")).isNull();
            assertThat(System.getProperty("only.Nameless")).isNull();
        }
    }

    @Test
    @DisplayName("class, jar and version of a selected provider are known")
    void origin() throws IOException {
        Path jar = new ProviderJar()
                .provider("origin.Hsm", "@ProviderName(\"hsm\")")
                .version("4.2.0")
                .writeTo(folder.resolve("hsm.jar"));
        try (URLClassLoader loader = ProviderJar.loader(jar)) {
            assertThat(ProviderCatalog.load(loader).select("hsm").origin())
                    .isEqualTo(new ProviderOrigin("origin.Hsm", jar.toString(), Optional.of("4.2.0")))
                    .hasToString("origin.Hsm from " + jar + ", version 4.2.0");
        }
    }

    @Test
    @DisplayName("two providers of one name are refused with class and jar of both; the others still serve")
    void twoOfOneName() throws IOException {
        Path first = new ProviderJar()
                .provider("two.First", "@ProviderName(\"hsm\")")
                .writeTo(folder.resolve("first.jar"));
        Path second = new ProviderJar()
                .provider("two.Second", "@ProviderName(\"hsm\")")
                .provider("two.Other", "@ProviderName(\"other\")")
                .writeTo(folder.resolve("second.jar"));
        try (URLClassLoader loader = ProviderJar.loader(first, second)) {
            ProviderCatalog catalog = ProviderCatalog.load(loader);
            assertProblem(
                    catalog,
                    "hsm",
                    "2 providers are named hsm: two.First from " + first + "; two.Second from " + second
                            + ". Remove all but one from the class path");
            assertThat(System.getProperty("two.First")).isNull();
            assertThat(System.getProperty("two.Second")).isNull();
            assertThat(catalog.select("other").origin().className()).isEqualTo("two.Other");
        }
    }

    @Test
    @DisplayName("a name of Trousseau's own is refused to a class outside its packages, and none of its code runs")
    void reservedName() throws IOException {
        Path jar = new ProviderJar()
                .provider("evil.Vault", "@ProviderName(\"vault\")")
                .writeTo(folder.resolve("evil.jar"));
        Path own = new ProviderJar()
                .provider("io.trousseau.provider.aws.AwsProvider", "@ProviderName(\"aws\")")
                .writeTo(folder.resolve("aws.jar"));
        try (URLClassLoader loader = ProviderJar.loader(jar, own)) {
            ProviderCatalog catalog = ProviderCatalog.load(loader);
            assertProblem(
                    catalog,
                    "vault",
                    "evil.Vault from " + jar + " is named vault, which only Trousseau's own provider may be;"
                            + " remove that jar and add the artefact io.trousseau:trousseau-provider-vault");
            assertThat(System.getProperty("evil.Vault")).isNull();
            assertThat(catalog.select("aws").origin().className()).isEqualTo("io.trousseau.provider.aws.AwsProvider");
        }
    }

    @Test
    @DisplayName("an unknown name is answered with the nearest name, the artefact to add and what is there")
    void unknownName() {
        ProviderCatalog catalog = ProviderCatalog.of(List.of(new Smartcard()));
        String there = " There are: smartcard (" + ProviderOrigin.of(Smartcard.class) + ")";
        assertProblem(
                catalog,
                "vault",
                "no provider is named \"vault\". Add the artefact io.trousseau:trousseau-provider-vault to the class"
                        + " path." + there);
        assertProblem(
                catalog,
                "valt",
                "no provider is named \"valt\". Did you mean vault? Add the artefact"
                        + " io.trousseau:trousseau-provider-vault to the class path." + there);
        assertProblem(catalog, "smartcart", "no provider is named \"smartcart\". Did you mean smartcard?" + there);
        assertProblem(
                catalog,
                "quantum",
                "no provider is named \"quantum\". Add the jar that has it to the class path." + there);
        assertProblem(
                ProviderCatalog.of(List.of()),
                "quantum",
                "no provider is named \"quantum\". Add the jar that has it to the class path. There is none");
    }

    @Test
    @DisplayName("a provider that cannot be read hides no other and is told when a name is not found")
    void unreadable() throws IOException {
        Path garbled = new ProviderJar().service("not a class name").writeTo(folder.resolve("a.jar"));
        Path broken = new ProviderJar()
                .service("gone.Missing")
                .source("broken.Text", "package broken; public class Text {}")
                .service("broken.Text")
                .provider("broken.Nameless", "")
                .provider("broken.BadName", "@ProviderName(\"Bad_Name\")")
                .provider("broken.Base", "")
                .source("broken.Orphan", "package broken; public class Orphan extends Base {}")
                .service("broken.Orphan")
                .writeTo(folder.resolve("b.jar"), "broken.Base");
        Path good =
                new ProviderJar().provider("good.Hsm", "@ProviderName(\"hsm\")").writeTo(folder.resolve("c.jar"));
        try (URLClassLoader loader = ProviderJar.loader(garbled, broken, good)) {
            ProviderCatalog catalog = ProviderCatalog.load(loader);
            assertThat(catalog.select("hsm").origin().className()).isEqualTo("good.Hsm");
            assertThatThrownBy(() -> catalog.select("absent"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("Could not be read: ")
                    .hasMessageContaining(garbled + "!/META-INF/services/io.trousseau.api.KmsProvider")
                    .hasMessageContaining("gone.Missing")
                    .hasMessageContaining("broken.Text not a subtype")
                    .hasMessageContaining("broken.Nameless from " + broken + " has no @ProviderName")
                    .hasMessageContaining("broken.BadName from " + broken
                            + " has the @ProviderName \"Bad_Name\", which is no DNS label")
                    .hasMessageContaining("NoClassDefFoundError: broken/Base");
        }
    }

    @Test
    @DisplayName("a jar whose seal or signature is broken hides no other and is told when a name is not found")
    void brokenSeal() throws IOException {
        Path open = new ProviderJar()
                .provider("seal.First", "@ProviderName(\"first\")")
                .writeTo(folder.resolve("a.jar"));
        Path sealed = new ProviderJar()
                .sealed()
                .provider("seal.Second", "@ProviderName(\"second\")")
                .writeTo(folder.resolve("b.jar"));
        Path good = new ProviderJar()
                .provider("unsealed.Hsm", "@ProviderName(\"hsm\")")
                .writeTo(folder.resolve("c.jar"));
        try (URLClassLoader loader = ProviderJar.loader(open, sealed, good)) {
            ProviderCatalog catalog = ProviderCatalog.load(loader);
            assertThat(catalog.names()).containsExactly("first", "hsm");
            assertThatThrownBy(() -> catalog.select("second"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("Could not be read: java.lang.SecurityException: sealing violation");
        }
    }

    @Test
    @DisplayName("a provider that cannot be instantiated is named with its jar and the cause")
    void cannotBeInstantiated() throws IOException {
        Path jar = new ProviderJar()
                .provider("failing.Hsm", "@ProviderName(\"hsm\")", "if (true) throw new IllegalStateException();")
                .writeTo(folder.resolve("failing.jar"));
        try (URLClassLoader loader = ProviderJar.loader(jar)) {
            ProviderCatalog catalog = ProviderCatalog.load(loader);
            assertThatThrownBy(() -> catalog.select("hsm"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith("provider: failing.Hsm from " + jar
                            + " cannot be instantiated: java.lang.IllegalStateException")
                    .hasRootCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("a class loader that cannot list its resources ends in an error, not in an endless search")
    void classLoaderThatFails() {
        ClassLoader failing = new ClassLoader(null) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
                throw new IOException("disk gone");
            }
        };
        assertThatThrownBy(() -> ProviderCatalog.load(failing).select("hsm"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("Could not be read: ");
    }

    @Test
    @DisplayName("the second class loader is searched only if the first finds nothing")
    void secondClassLoader() throws IOException {
        Path jar = new ProviderJar()
                .provider("context.Hsm", "@ProviderName(\"hsm\")")
                .writeTo(folder.resolve("context.jar"));
        Path other = new ProviderJar()
                .provider("context.Other", "@ProviderName(\"other\")")
                .writeTo(folder.resolve("other.jar"));
        Path nameless = new ProviderJar().provider("context.Nameless", "").writeTo(folder.resolve("nameless.jar"));
        try (URLClassLoader empty = ProviderJar.loader();
                URLClassLoader loader = ProviderJar.loader(jar);
                URLClassLoader otherLoader = ProviderJar.loader(other);
                URLClassLoader namelessLoader = ProviderJar.loader(nameless)) {
            assertThat(ProviderCatalog.load(empty, loader).names()).containsExactly("hsm");
            assertThat(ProviderCatalog.load(otherLoader, loader).names()).containsExactly("other");
            assertThat(ProviderCatalog.load(namelessLoader, loader).names()).isEmpty();
        }
    }

    @Test
    @DisplayName("given instances are answered as they are, without ServiceLoader")
    void instances() {
        Smartcard smartcard = new Smartcard();
        assertThat(ProviderCatalog.of(List.of(smartcard)).select("smartcard").provider())
                .isSameAs(smartcard);
        assertThatThrownBy(() -> ProviderCatalog.of(List.of(new Smartcard() {})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no @ProviderName");
        assertProblem(
                ProviderCatalog.of(List.of(smartcard, new Smartcard())),
                "smartcard",
                "2 providers are named smartcard: " + ProviderOrigin.of(Smartcard.class) + "; "
                        + ProviderOrigin.of(Smartcard.class) + ". Remove all but one from the class path");
    }

    private static void assertProblem(ProviderCatalog catalog, String name, String message) {
        ConfigException thrown = catchThrowableOfType(ConfigException.class, () -> catalog.select(name));
        assertThat(thrown.problems()).containsExactly(new ConfigException.Problem("provider", message));
    }

    @ProviderName("smartcard")
    static class Smartcard implements KmsProvider {
        @Override
        public ConfigSchema schema() {
            return ConfigSchema.builder().build();
        }

        @Override
        public KekHandle open(ProviderConfig config, ProviderContext context) {
            throw new UnsupportedOperationException();
        }
    }
}
