package io.trousseau.server.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code trousseau serve}: the plugin, in the foreground, until it is told to stop. */
@Command(
        name = "serve",
        description = "Serves the KMS plugin's socket until SIGTERM.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ServeCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "The configuration.")
    @SuppressWarnings("NullAway.Init")
    private Path config;

    @Option(
            names = "--replace",
            description = "Take over the socket from the process that serves it, once this one is ready.")
    private boolean replace;

    ServeCommand() {}

    @Override
    public Integer call() {
        throw new UnsupportedOperationException("serve " + config + (replace ? " --replace" : ""));
    }
}
