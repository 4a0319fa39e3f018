package io.trousseau.server.cli;

import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.server.Serving;
import io.trousseau.server.socket.SocketInUseException;
import io.trousseau.server.socket.UnusableSocketException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code trousseau serve}: the plugin, in the foreground, until it is told to stop. */
@Command(
        name = "serve",
        description = {
            "Serves the KMS plugin's socket until SIGTERM or SIGINT, or until another serve --replace takes over.",
            "The configuration is read again when it changes, and on SIGHUP."
        },
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
            description = "Take over from the process that serves the socket, if there is one, once this one can seal;"
                    + " not one call fails.")
    private boolean replace;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    ServeCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        // Before anything is served: a signal in between would end the process in the middle of its first calls.
        CompletableFuture<Void> stop = new CompletableFuture<>();
        CompletableFuture<Serving> started = new CompletableFuture<>();
        Signals.on("TERM", () -> stop(stop));
        Signals.on("INT", () -> stop(stop));
        Signals.on("HUP", () -> {
            CompletableFuture<Void> unused = started.thenAccept(Serving::reload);
        });
        try (Serving serving = Serving.start(config, ProviderCatalog.load(), replace, Version.text(), stop)) {
            started.complete(serving);
            serving.awaitEnd();
            return ExitCode.OK;
        } catch (SocketInUseException e) {
            return refused(e, ExitCode.ALREADY_RUNNING);
        } catch (UnusableSocketException e) {
            return refused(e, ExitCode.USAGE);
        }
    }

    private int refused(IOException e, int exitCode) {
        spec.commandLine().getErr().println("trousseau: " + e.getMessage());
        return exitCode;
    }

    private static void stop(CompletableFuture<Void> stop) {
        if (!stop.complete(null)) {
            // Whoever asks twice does not want to wait.
            Runtime.getRuntime().halt(ExitCode.FAILED);
        }
    }
}
