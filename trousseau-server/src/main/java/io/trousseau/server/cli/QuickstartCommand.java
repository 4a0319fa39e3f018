package io.trousseau.server.cli;

import io.trousseau.server.config.ConfigurationFile;
import io.trousseau.server.quickstart.QuickstartRun;
import io.trousseau.server.terminal.Terminal;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code trousseau quickstart}: sees a Secret encrypted, now, on this machine. */
@Command(
        name = "quickstart",
        description = {
            "Starts the server with a key in a temporary directory, has a Secret encrypted as kube-apiserver does, reads"
                    + " it back and rotates the key. Nothing is left behind; Ctrl-C ends it at any time.",
            "With --config it does so, but for the rotation, with a server of yours that runs.",
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class QuickstartCommand implements Callable<Integer> {
    @Option(
            names = "--cluster",
            description =
                    "With a real etcd, kube-apiserver and kubectl, from the directory that KUBEBUILDER_ASSETS names"
                            + " or that e2e/install made.")
    private boolean cluster;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "With the running server of this configuration, and so with its KMSes.")
    private @Nullable Path config;

    @Mixin
    private final Terminal terminal = new Terminal();

    QuickstartCommand() {}

    @Override
    public Integer call() throws Exception {
        QuickstartRun run =
                new QuickstartRun(terminal.out(), terminal.style(), Terminal.isInteractive(), Version.text());
        Optional<Path> socket = Optional.ofNullable(config)
                .map(file -> ConfigurationFile.read(file).socket().path());
        if (cluster) {
            run.withCluster(System.getenv(), socket);
        } else {
            run.alone(socket);
        }
        return ExitCode.OK;
    }
}
