package io.trousseau.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The kit itself: each defect fails the tests that are about it and no other, and no test is there that nothing fails. */
class KekHandleContractTest {
    @ParameterizedTest
    @EnumSource
    void a_defect_fails_the_tests_that_are_about_it_and_no_other(Defect defect) {
        Events tests = EngineTestKit.engine("junit-jupiter")
                .configurationParameter(SpoiltKek.DEFECT, defect.name())
                .selectors(selectClass(SpoiltKek.class))
                .execute()
                .testEvents();
        assertThat(ContractTests.names(tests.failed()))
                .as(() -> ContractTests.failures(tests))
                .isEqualTo(defect.found());
        assertThat(ContractTests.names(tests.aborted())).isEmpty();
        assertThat(ContractTests.names(tests.succeeded()))
                .hasSize(ContractTests.all(KekHandleContract.class).size()
                        - defect.found().size());
    }

    @Test
    void every_test_of_the_contract_is_failed_by_some_defect() {
        Set<String> found = Arrays.stream(Defect.values())
                .flatMap(defect -> defect.found().stream())
                .collect(Collectors.toSet());
        assertThat(found).isEqualTo(ContractTests.all(KekHandleContract.class));
    }
}
