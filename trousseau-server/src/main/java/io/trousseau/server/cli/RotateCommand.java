package io.trousseau.server.cli;

import io.trousseau.core.settings.DurationText;
import io.trousseau.core.settings.Quoted;
import io.trousseau.provider.local.KeyFile;
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
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code trousseau rotate}: adds a version to a key file. */
@Command(
        name = "rotate",
        description = {
            "Adds a random key to a key file; it wraps from now or later on, and the older ones still unwrap.",
            "Running servers see it by themselves."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class RotateCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The key file, made by \"trousseau keygen\".")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Mixin
    private final OutputFormat format = new OutputFormat();

    @Mixin
    private final Terminal terminal = new Terminal();

    @Option(
            names = "--activate-in",
            paramLabel = "TIME",
            defaultValue = "0s",
            description = "How long the new key only unwraps before it wraps, as 10m, so that there is time to copy the"
                    + " file to every node (default: at once).",
            converter = TimeSpan.class)
    @SuppressWarnings("NullAway.Init")
    private Duration activateIn;

    RotateCommand() {}

    /** A time span as in the configuration. */
    private static final class TimeSpan implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return DurationText.parse(text)
                    .filter(span -> span.compareTo(KeyFile.MAX_ACTIVATE_IN) <= 0)
                    .orElseThrow(() -> new TypeConversionException(Quoted.of(text)
                            + " is not a time span up to 365d; write a number and a unit, as in 10m or 2h"));
        }
    }

    @Override
    public Integer call() throws IOException {
        KeyFile keyFile = KeyFile.at(file);
        InstantSource clock = InstantSource.system();
        KeyFile.Version added = keyFile.addVersion(clock, activateIn);
        int versions = keyFile.versions(clock).size();
        PrintWriter out = terminal.out();
        if (format.isJson()) {
            out.println(Json.line(Json.object(
                    "file", keyFile.path().toString(),
                    "kek", added.name().identity(),
                    "version", added.name().version(),
                    "wrapsFrom", added.pendingUntil().map(Instant::toString).orElse(null),
                    "versions", versions)));
            return ExitCode.OK;
        }
        Style style = terminal.style();
        out.println(style.good("Rotated ") + style.bold(keyFile.path().toString()));
        out.println("  KEK      " + added.name().identity());
        out.println("  version  " + added.name().version() + ", the newest of " + versions
                + "; the older ones still unwrap");
        out.println();
        out.println("Next:");
        if (added.pendingUntil().isPresent()) {
            out.println("  copy the file to every other node before "
                    + added.pendingUntil().get() + ", when the new version starts to wrap; never rotate there as well");
        } else {
            out.println(
                    "  copy the file to the other nodes; never rotate there as well. Until they have it, they cannot"
                            + " open what this node seals: with several nodes use --activate-in");
        }
        out.println("  wait for the new key_id, at most keyring.probe.interval (30s unless set)"
                + added.pendingUntil().map(start -> " after " + start).orElse("") + ":");
        out.println("      trousseau status");
        out.println("  have the stored Secrets written anew:");
        out.println("      kubectl get secrets --all-namespaces -o json | kubectl replace -f -");
        return ExitCode.OK;
    }
}
