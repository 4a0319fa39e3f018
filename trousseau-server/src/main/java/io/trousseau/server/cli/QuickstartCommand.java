package io.trousseau.server.cli;

import io.trousseau.server.quickstart.QuickstartRun;
import io.trousseau.server.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code trousseau quickstart}: sees a Secret encrypted, now, on this machine. */
@Command(
        name = "quickstart",
        description = {
            "Starts the server with a key in a temporary directory, has a Secret encrypted as kube-apiserver does, reads"
                    + " it back and rotates the key. Nothing is left behind; Ctrl-C ends it at any time.",
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

    @Mixin
    private final Terminal terminal = new Terminal();

    QuickstartCommand() {}

    @Override
    public Integer call() throws Exception {
        QuickstartRun run =
                new QuickstartRun(terminal.out(), terminal.style(), Terminal.isInteractive(), Version.text());
        if (cluster) {
            run.withCluster(System.getenv());
        } else {
            run.alone();
        }
        return ExitCode.OK;
    }
}
