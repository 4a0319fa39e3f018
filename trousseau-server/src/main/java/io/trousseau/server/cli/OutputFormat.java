package io.trousseau.server.cli;

import picocli.CommandLine.Option;

/** For whom a command prints. A {@link picocli.CommandLine.Mixin}. */
final class OutputFormat {
    /** The choices, as they are typed. */
    enum Choice {
        text,
        json
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text for people (the default), json for scripts.")
    @SuppressWarnings("NullAway.Init")
    private Choice format;

    OutputFormat() {}

    boolean isJson() {
        return format == Choice.json;
    }
}
