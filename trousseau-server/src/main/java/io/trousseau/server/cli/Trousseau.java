package io.trousseau.server.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code trousseau}: dispatches to its subcommands. */
@Command(
        name = "trousseau",
        description = "Encrypts the Secrets of Kubernetes under keys that stay in your KMSes.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            QuickstartCommand.class,
            ServeCommand.class,
            StatusCommand.class,
            DoctorCommand.class,
            ConfigCommand.class,
            ManifestsCommand.class,
            KeygenCommand.class,
            RotateCommand.class,
            InspectCommand.class,
            EncryptCommand.class,
            DecryptCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed",
            "2:the command line or the configuration is wrong; nothing was done",
            "3:another process serves the socket; nothing was done",
            "4:status: the server is not healthy",
            "5:status: no server answers"
        })
public final class Trousseau {
    Trousseau() {}

    /** Runs a command and exits with its code. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The command line, ready to execute. */
    static CommandLine commandLine() {
        return new CommandLine(new Trousseau()).setExecutionExceptionHandler(new Failures());
    }
}
