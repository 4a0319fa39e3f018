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

/** {@code trousseau keygen}: makes a key file for the provider {@code local}. */
@Command(
        name = "keygen",
        description = "Makes a key file with one random key, for members of the provider local.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class KeygenCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The file to make; it must not exist. Its mode will be 0600.")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Mixin
    private final OutputFormat format = new OutputFormat();

    @Mixin
    private final Terminal terminal = new Terminal();

    KeygenCommand() {}

    @Override
    public Integer call() throws IOException {
        KeyFile keyFile = KeyFile.at(file);
        KekVersion made = keyFile.create(InstantSource.system());
        PrintWriter out = terminal.out();
        if (format.isJson()) {
            out.println(Json.line(
                    Json.object("file", keyFile.path().toString(), "kek", made.identity(), "version", made.version())));
            return ExitCode.OK;
        }
        Style style = terminal.style();
        out.println(style.good("Made ") + style.bold(keyFile.path().toString()));
        out.println("  KEK      " + made.identity());
        out.println("  version  " + made.version());
        out.println();
        out.println(
                style.warn("Whoever can read this file can read everything that is sealed under it, and without it"));
        out.println(style.warn("nothing can be read any more. It is for trying out; use a KMS in production."));
        out.println();
        out.println("Next:");
        out.println("  copy it as it is, with mode 0600, to every control-plane node");
        out.println("  make it a member in the configuration:");
        out.println("      members:");
        out.println("      - name: local");
        out.println("        provider: local");
        out.println("        config:");
        out.println("          keyFile: " + keyFile.path());
        return ExitCode.OK;
    }
}
