package io.trousseau.server.cli;

import io.trousseau.api.ConfigSchema;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.server.cli.ConfigCommand.Schema;
import io.trousseau.server.cli.ConfigCommand.Validate;
import io.trousseau.server.config.ConfigurationFile;
import io.trousseau.server.config.ConfigurationSchema;
import io.trousseau.server.config.InvalidConfigurationException;
import io.trousseau.server.config.OpenedConfiguration;
import io.trousseau.server.json.Json;
import io.trousseau.server.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        subcommands = {Validate.class, Schema.class})
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
                    out.print(Json.print(Json.object("file", file.toString(), "valid", true, "problems", List.of())));
                } else {
                    out.println(terminal.style().good(file + " is valid."));
                    out.println();
                    ConfigurationMeaning.lines(opened).forEach(line -> out.println("  " + line));
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
