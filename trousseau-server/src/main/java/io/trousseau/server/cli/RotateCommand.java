package io.trousseau.server.cli;

import io.trousseau.core.settings.DurationText;
import io.trousseau.provider.local.KeyFile;
import io.trousseau.provider.local.KeyFile.Version;
import io.trousseau.server.json.Json;
import io.trousseau.server.terminal.Style;
import io.trousseau.server.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trousseau rotate}: adds a version to a key file. */
@Command(
        name = "rotate",
        description = {
            "Adds a random key to a key file. It wraps from now on, or from a time on at which every node has the file; the"
                    + " older ones still unwrap.",
            "Running servers see it by themselves."
        },
        mixinStandardHelpOptions = true,
        versionProvider = io.trousseau.server.cli.Version.class)
final class RotateCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The key file, made by \"trousseau keygen\".")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Option(
            names = "--activate-in",
            paramLabel = "TIME",
            defaultValue = "0s",
            description = "When it starts to wrap, as 30m: the time to copy the file to all nodes (default: at once).")
    @SuppressWarnings("NullAway.Init")
    private String activateIn;

    @Mixin
    private final OutputFormat format = new OutputFormat();

    @Mixin
    private final Terminal terminal = new Terminal();

    RotateCommand() {}

    @Override
    public Integer call() throws IOException {
        Duration wait = DurationText.parse(activateIn)
                .filter(time -> time.compareTo(KeyFile.MAX_ACTIVATE_IN) <= 0)
                .orElseThrow(() -> new CommandFailedException(
                        ExitCode.USAGE,
                        "--activate-in must be " + DurationText.FORM + ", at most "
                                + DurationText.of(KeyFile.MAX_ACTIVATE_IN)));
        KeyFile keyFile = KeyFile.at(file);
        Version added = keyFile.addVersion(InstantSource.system(), wait);
        int versions = keyFile.versions(InstantSource.system()).size();
        if (format.isJson()) {
            terminal.out()
                    .println(Json.line(Json.object(
                            "file", keyFile.path().toString(),
                            "kek", added.name().identity(),
                            "version", added.name().version(),
                            "versions", versions,
                            "wrapsFrom",
                                    added.pendingUntil().map(Instant::toString).orElse(null))));
        } else {
            print(keyFile, added, versions, terminal.out(), terminal.style());
        }
        return ExitCode.OK;
    }

    private static void print(KeyFile keyFile, Version added, int versions, PrintWriter out, Style style) {
        out.println(style.good("Rotated ") + style.bold(keyFile.path().toString()));
        out.println("  KEK      " + added.name().identity());
        out.println("  version  " + added.name().version() + ", the newest of " + versions);
        out.println("  wraps    "
                + added.pendingUntil()
                        .map(start -> "from " + start + " on; until then the one before it does")
                        .orElse("from now on; the older ones still unwrap"));
        out.println();
        out.println("Next:");
        if (added.pendingUntil().isPresent()) {
            out.println("  copy the file to the other nodes before that time; never rotate there as well");
        } else {
            out.println(
                    "  copy the file to the other nodes at once, if there are any: until then they cannot read what this");
            out.println("  one writes. Next time give --activate-in, as 30m. Never rotate there as well");
        }
        out.println("  wait for the new key_id, at most keyring.probe.interval (30s unless set) after that:");
        out.println("      trousseau status");
        out.println("  have the stored Secrets written anew:");
        out.println("      kubectl get secrets --all-namespaces -o json | kubectl replace -f -");
    }
}
