package io.trousseau.server.cli;

import io.trousseau.api.KekVersion;
import io.trousseau.provider.local.KeyFile;
import io.trousseau.server.json.Json;
import io.trousseau.server.terminal.Style;
import io.trousseau.server.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code trousseau rotate}: adds a version to a key file. */
@Command(
        name = "rotate",
        description = {
            "Adds a random key to a key file; it wraps from now on, and the older ones still unwrap.",
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

    RotateCommand() {}

    @Override
    public Integer call() throws IOException {
        KeyFile keyFile = KeyFile.at(file);
        KekVersion added = keyFile.addVersion(InstantSource.system());
        int versions = keyFile.versions().size();
        PrintWriter out = terminal.out();
        if (format.isJson()) {
            out.println(Json.line(Json.object(
                    "file", keyFile.path().toString(),
                    "kek", added.identity(),
                    "version", added.version(),
                    "versions", versions)));
            return ExitCode.OK;
        }
        Style style = terminal.style();
        out.println(style.good("Rotated ") + style.bold(keyFile.path().toString()));
        out.println("  KEK      " + added.identity());
        out.println("  version  " + added.version() + ", the newest of " + versions + "; the older ones still unwrap");
        out.println();
        out.println("Next:");
        out.println("  copy the file to the other nodes; never rotate there as well");
        out.println("  wait for the new key_id, at most keyring.probe.interval (30s unless set):");
        out.println("      trousseau status");
        out.println("  have the stored Secrets written anew:");
        out.println("      kubectl get secrets --all-namespaces -o json | kubectl replace -f -");
        return ExitCode.OK;
    }
}
