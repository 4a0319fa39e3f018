package io.trousseau.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The kit itself: each spoilt provider fails the tests that are about its fault and no other, the correct one none. */
class KmsProviderContractTest {
    private static final String PROVIDER = "trousseau.testkit.provider";

    static Stream<Arguments> providers() {
        return Stream.of(
                spoilt(SpoiltProvider.Correct.class),
                spoilt(SpoiltProvider.OddlyNamed.class, "Discovery.name"),
                spoilt(SpoiltProvider.Hidden.class, "Discovery.constructor"),
                spoilt(SpoiltProvider.Unregistered.class, "Discovery.found"),
                spoilt(SpoiltProvider.Twin.class, "Discovery.found"),
                spoilt(SpoiltProvider.Busy.class, "Discovery.idleConstructor"),
                spoilt(SpoiltProvider.Changing.class, "Schema.constant"),
                spoilt(SpoiltProvider.Undocumented.class, "Schema.documented"),
                spoilt(SpoiltProvider.IllDefaulted.class, "Schema.defaults"),
                spoilt(SpoiltProvider.OutsideItsChoices.class, "Schema.defaults"),
                spoilt(SpoiltProvider.Indiscreet.class, "Schema.secretsInFiles"),
                spoilt(SpoiltProvider.Impatient.class, "Opening.opens", "Opening.opensAnother"),
                spoilt(SpoiltProvider.Sharing.class, "Opening.opensAnother"),
                spoilt(SpoiltProvider.Careless.class, "Opening.refuses"),
                spoilt(SpoiltProvider.Misleading.class, "Opening.refuses"));
    }

    private static Arguments spoilt(Class<? extends SpoiltProvider> provider, String... found) {
        return Arguments.of(provider, Set.of(found));
    }

    @ParameterizedTest
    @MethodSource("providers")
    void a_spoilt_provider_fails_the_tests_that_are_about_its_fault_and_no_other(
            Class<? extends SpoiltProvider> provider, Set<String> found) {
        Events tests = EngineTestKit.engine("junit-jupiter")
                .configurationParameter(PROVIDER, provider.getName())
                .selectors(selectClass(Spoilt.class))
                .execute()
                .testEvents();
        assertThat(ContractTests.names(tests.failed()))
                .as(() -> ContractTests.failures(tests))
                .isEqualTo(found);
        assertThat(ContractTests.names(tests.aborted())).isEmpty();
        assertThat(ContractTests.names(tests.succeeded()))
                .hasSize(ContractTests.all(KmsProviderContract.class).size() - found.size());
    }

    @org.junit.jupiter.api.Test
    void every_test_of_the_contract_is_failed_by_some_provider() {
        Set<Object> found = providers()
                .flatMap(arguments -> ((Set<?>) arguments.get()[1]).stream())
                .collect(Collectors.toSet());
        assertThat(found).isEqualTo(ContractTests.all(KmsProviderContract.class));
    }

    /** The contract, held by one spoilt provider. */
    static class Spoilt extends KmsProviderContract {
        @RegisterExtension
        final BeforeEachCallback reader =
                test -> provider = test.getConfigurationParameter(PROVIDER).orElseThrow();

        private @Nullable String provider;

        @Override
        protected KmsProvider provider() {
            try {
                return (KmsProvider) Class.forName(Objects.requireNonNull(provider))
                        .getDeclaredConstructor()
                        .newInstance();
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        protected ProviderConfig usableConfig() {
            return ProviderConfig.of(Map.of("key", "kek-a", "timeout", Duration.ofSeconds(3)));
        }

        @Override
        protected Map<String, ProviderConfig> unusableConfigs() {
            return Map.of("an empty key", ProviderConfig.of(Map.of("key", "", "timeout", Duration.ofSeconds(3))));
        }

        /** Short, because one provider uses all of it. */
        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }
    }
}
