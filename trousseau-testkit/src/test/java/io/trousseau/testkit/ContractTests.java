package io.trousseau.testkit;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Names the tests of a contract as {@code Group.method}. */
final class ContractTests {
    private ContractTests() {}

    /** Every test of a contract. */
    static Set<String> all(Class<?> contract) {
        return Arrays.stream(contract.getDeclaredClasses())
                .flatMap(group -> Arrays.stream(group.getDeclaredMethods())
                        .filter(method -> method.isAnnotationPresent(Test.class))
                        .map(ContractTests::name))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The tests that events are about. */
    static Set<String> names(Events events) {
        return events.stream()
                .map(event ->
                        (MethodSource) event.getTestDescriptor().getSource().orElseThrow())
                .map(source -> name(source.getJavaMethod()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What failed and how, for people. */
    static String failures(Events tests) {
        return tests.failed().stream().map(Event::toString).collect(Collectors.joining("\n"));
    }

    private static String name(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }
}
