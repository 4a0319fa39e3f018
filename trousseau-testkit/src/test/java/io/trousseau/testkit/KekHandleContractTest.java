package io.trousseau.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
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
        assertThat(names(tests.failed().stream())).as(() -> failures(tests)).isEqualTo(new TreeSet<>(defect.found()));
        assertThat(names(tests.aborted().stream())).isEmpty();
        assertThat(names(tests.succeeded().stream()))
                .hasSize(allTests().size() - defect.found().size());
    }

    @Test
    void every_test_of_the_contract_is_failed_by_some_defect() {
        Set<String> found = Arrays.stream(Defect.values())
                .flatMap(defect -> defect.found().stream())
                .collect(Collectors.toSet());
        assertThat(found).containsExactlyInAnyOrderElementsOf(allTests());
    }

    private static List<String> allTests() {
        return Arrays.stream(KekHandleContract.class.getDeclaredClasses())
                .flatMap(group -> Arrays.stream(group.getDeclaredMethods())
                        .filter(method -> method.isAnnotationPresent(Test.class))
                        .map(KekHandleContractTest::name))
                .toList();
    }

    private static Set<String> names(Stream<Event> events) {
        return events.map(event ->
                        (MethodSource) event.getTestDescriptor().getSource().orElseThrow())
                .map(source -> name(source.getJavaMethod()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String name(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }

    private static String failures(Events tests) {
        return tests.failed().stream().map(Event::toString).collect(Collectors.joining("\n"));
    }
}
