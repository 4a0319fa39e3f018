package io.trousseau.server.cli;

import io.trousseau.api.ConfigSchema;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.core.policy.PolicyChange;
import io.trousseau.core.policy.PolicyChange.Consequence;
import io.trousseau.core.policy.PolicyChange.Severity;
import io.trousseau.core.policy.PolicyInWords;
import io.trousseau.server.cli.ConfigCommand.Diff;
import io.trousseau.server.cli.ConfigCommand.Schema;
import io.trousseau.server.cli.ConfigCommand.Validate;
import io.trousseau.server.config.ConfigurationFile;
import io.trousseau.server.config.ConfigurationSchema;
import io.trousseau.server.config.InvalidConfigurationException;
import io.trousseau.server.config.OpenedConfiguration;
import io.trousseau.server.config.StatedPolicy;
import io.trousseau.server.json.Json;
import io.trousseau.server.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code trousseau config}: what helps to write a configuration. */
@Command(
        name = "config",
        description = "Checks and describes configuration files.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {Validate.class, Diff.class, Schema.class})
final class ConfigCommand {
    ConfigCommand() {}

    /** {@code trousseau config validate}. */
    @Command(
            name = "validate",
            description = {
                "Checks a configuration as \"serve\" does, with the files that it names, and prints all problems at"
                        + " once, or what it means. No KMS is asked."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Validate implements Callable<Integer> {
        @Parameters(paramLabel = "FILE", description = "The configuration.")
        @SuppressWarnings("NullAway.Init")
        private Path file;

        @Mixin
        private final OutputFormat format = new OutputFormat();

        @Mixin
        private final Terminal terminal = new Terminal();

        Validate() {}

        @Override
        public Integer call() {
            PrintWriter out = terminal.out();
            try (OpenedConfiguration opened = ConfigurationFile.open(file, ProviderCatalog.load())) {
                if (format.isJson()) {
                    out.print(Json.print(Json.object(
                            "file",
                            file.toString(),
                            "valid",
                            true,
                            "problems",
                            List.of(),
                            "policy",
                            PolicyInWords.sentences(StatedPolicy.of(opened)),
                            "warnings",
                            ConfigurationMeaning.warnings(opened))));
                } else {
                    out.println(terminal.style().good(file + " is valid."));
                    out.println();
                    ConfigurationMeaning.lines(opened).forEach(line -> out.println("  " + line));
                    List<String> warnings = ConfigurationMeaning.warnings(opened);
                    if (!warnings.isEmpty()) {
                        out.println();
                        warnings.forEach(warning -> out.println(terminal.style().bad("warning: ") + warning));
                    }
                }
                return ExitCode.OK;
            } catch (InvalidConfigurationException e) {
                if (format.isJson()) {
                    out.print(
                            Json.print(Json.object("file", file.toString(), "valid", false, "problems", problems(e))));
                } else {
                    int count = e.problems().size();
                    terminal.err().println(e.getMessage());
                    terminal.err().println(terminal.style().bad(count + (count == 1 ? " problem" : " problems")));
                }
                return ExitCode.USAGE;
            }
        }

        private static List<Object> problems(InvalidConfigurationException e) {
            List<Object> problems = new ArrayList<>();
            e.problems()
                    .forEach(problem -> problems.add(Json.object(
                            "line", problem.line(),
                            "column", problem.column(),
                            "field", problem.field(),
                            "message", problem.message())));
            return problems;
        }
    }

    /** {@code trousseau config diff}. */
    @Command(
            name = "diff",
            description = {
                "Says what going from one configuration to another does: what could not be read any more, what becomes"
                        + " stale, and in which order to roll nodes. Opens nothing.",
                "Exit code 1 if stored data could not be read any more."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Diff implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "OLD", description = "The configuration that is in force.")
        @SuppressWarnings("NullAway.Init")
        private Path before;

        @Parameters(index = "1", paramLabel = "NEW", description = "The configuration that is to follow it.")
        @SuppressWarnings("NullAway.Init")
        private Path after;

        @Mixin
        private final OutputFormat format = new OutputFormat();

        @Mixin
        private final Terminal terminal = new Terminal();

        Diff() {}

        @Override
        public Integer call() {
            List<Consequence> consequences;
            try {
                consequences = PolicyChange.between(
                        StatedPolicy.of(ConfigurationFile.read(before)),
                        StatedPolicy.of(ConfigurationFile.read(after)));
            } catch (InvalidConfigurationException e) {
                terminal.err().println(e.getMessage());
                return ExitCode.USAGE;
            }
            boolean unreadable =
                    consequences.stream().anyMatch(consequence -> consequence.severity() == Severity.UNREADABLE);
            PrintWriter out = terminal.out();
            if (format.isJson()) {
                out.print(Json.print(Json.object("safe", !unreadable, "consequences", json(consequences))));
            } else if (consequences.isEmpty()) {
                out.println("Nothing changes for what is stored or for the order in which nodes are rolled.");
            } else {
                consequences.forEach(
                        consequence -> out.println(label(consequence.severity()) + " " + consequence.text()));
            }
            return unreadable ? ExitCode.FAILED : ExitCode.OK;
        }

        private String label(Severity severity) {
            String label = severity.name().toLowerCase(Locale.ROOT) + ":";
            return severity == Severity.UNREADABLE ? terminal.style().bad(label) : label;
        }

        private static List<Object> json(List<Consequence> consequences) {
            List<Object> items = new ArrayList<>();
            consequences.forEach(consequence -> items.add(Json.object(
                    "severity", consequence.severity().name().toLowerCase(Locale.ROOT), "text", consequence.text())));
            return items;
        }
    }

    /** {@code trousseau config schema}. */
    @Command(
            name = "schema",
            description = "Prints the JSON Schema of the configuration, with the settings of every provider that is"
                    + " installed, for editors.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Schema implements Callable<Integer> {
        @Mixin
        private final Terminal terminal = new Terminal();

        Schema() {}

        @Override
        public Integer call() {
            ProviderCatalog catalog = ProviderCatalog.load();
            Map<String, ConfigSchema> settings = new TreeMap<>();
            for (String name : catalog.names()) {
                settings.put(name, catalog.select(name).provider().schema());
            }
            terminal.out().print(ConfigurationSchema.json(settings));
            return ExitCode.OK;
        }
    }
}
