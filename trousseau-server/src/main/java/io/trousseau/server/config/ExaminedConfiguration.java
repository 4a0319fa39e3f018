package io.trousseau.server.config;

import io.trousseau.server.config.InvalidConfigurationException.Problem;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * As much of a configuration as can be used, for who wants to know what is wrong with it. Whoever has it closes the
 * members' KEKs.
 *
 * @param configuration what the file says; empty if it has problems beside those of opening members
 * @param members those that open, by name, in the order of the file; none without a configuration
 * @param sizeBudget what every stored object carries at most by the members that open
 * @param problems every problem, by line; empty if the configuration can be used
 */
public record ExaminedConfiguration(
        Optional<TrousseauConfiguration> configuration,
        Map<String, OpenedMember> members,
        SizeBudget sizeBudget,
        List<Problem> problems) {
    private static final String PROVIDER = ".provider";

    /** Copies map and list. */
    public ExaminedConfiguration {
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        problems = List.copyOf(problems);
    }

    /** Problems of opening a member, by line. */
    public List<Problem> problemsOf(TrousseauConfiguration.Member member) {
        String path = configuration
                .map(it -> FieldPath.of(
                        ConfigurationFile.MEMBERS, it.keyring().members().indexOf(member)))
                .orElse("");
        return problems.stream()
                .filter(problem ->
                        problem.field().equals(path) || problem.field().startsWith(path + "."))
                .toList();
    }

    /** Whether a problem is that a member's provider is not there, or cannot be chosen. */
    public static boolean isOfProvider(Problem problem) {
        return problem.field().endsWith(PROVIDER);
    }
}
