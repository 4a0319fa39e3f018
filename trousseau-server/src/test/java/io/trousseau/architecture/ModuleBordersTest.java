package io.trousseau.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The arrows between the modules: server to core to api, providers to api, testkit to api, and no others. Here, because only
 * the server's tests have all modules on their class path.
 */
@DisplayName("Between the modules")
class ModuleBordersTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.trousseau");

    private static final String API = "io.trousseau.api..";
    private static final String CORE = "io.trousseau.core..";
    private static final String PROVIDERS = "io.trousseau.provider..";
    private static final String TESTKIT = "io.trousseau.testkit..";
    private static final String SERVER = "io.trousseau.server..";

    private static void holds(ArchRule rule) {
        rule.check(CLASSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {API, CORE, PROVIDERS, TESTKIT, SERVER})
    @DisplayName("the rules look at every module")
    void everyModule(String module) {
        String parent = module.substring(0, module.length() - 2);

        assertThat(CLASSES).anyMatch(type -> type.getPackageName().startsWith(parent));
    }

    @Test
    @DisplayName("the api knows the JDK and JSpecify alone, so that a provider can have a class loader of its own")
    void api() {
        holds(classes()
                .that()
                .resideInAPackage(API)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(API, "java..", "org.jspecify.annotations.."));
    }

    @Test
    @DisplayName("the core knows the api and neither providers, KMS SDKs nor gRPC")
    void core() {
        holds(classes()
                .that()
                .resideInAPackage(CORE)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(CORE, API, "java..", "javax.crypto..", "org.jspecify.annotations.."));
    }

    @Test
    @DisplayName("a provider knows the api, and neither core, server nor testkit")
    void providers() {
        holds(noClasses()
                .that()
                .resideInAPackage(PROVIDERS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(CORE, SERVER, TESTKIT));
    }

    @Test
    @DisplayName("no provider knows another one")
    void providersAmongThemselves() {
        holds(slices().matching("io.trousseau.provider.(*)..").should().notDependOnEachOther());
    }

    @Test
    @DisplayName("the testkit knows the api and test libraries, so that a provider author needs nothing else")
    void testkit() {
        holds(noClasses()
                .that()
                .resideInAPackage(TESTKIT)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(CORE, PROVIDERS, SERVER));
    }

    @Test
    @DisplayName("nobody knows the server, and nothing of the product knows the testkit")
    void ends() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackage(SERVER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(SERVER));
        holds(noClasses()
                .that()
                .resideOutsideOfPackage(TESTKIT)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(TESTKIT));
    }

    @Test
    @DisplayName("gRPC and Netty are the server's affair, and Google's, whose client speaks gRPC, and that of its fake")
    void grpc() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackages(SERVER, "io.trousseau.provider.gcp..", "io.trousseau.testkit.gcp..")
                .and()
                .resideInAPackage("io.trousseau..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "io.netty..", "com.google.protobuf.."));
    }

    @Test
    @DisplayName("the packages of the core form no cycles, and neither do those of the server")
    void cycles() {
        holds(slices().matching("io.trousseau.core.(*)..").should().beFreeOfCycles());
        holds(slices().matching("io.trousseau.server.(*)..").should().beFreeOfCycles());
    }
}
