package io.trousseau.server.terminal;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where a command prints, and whether in colours: on a terminal, unless somebody said no. A {@link Mixin}. */
public final class Terminal {
    @Option(
            names = "--no-color",
            description = "Print no colours on a terminal. The environment variable NO_COLOR does the same.")
    private boolean noColor;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    /** For picocli. */
    public Terminal() {}

    /** Standard output. */
    public PrintWriter out() {
        return command.commandLine().getOut();
    }

    /** Standard error. */
    public PrintWriter err() {
        return command.commandLine().getErr();
    }

    /** How standard output looks. */
    public Style style() {
        return new Style(!noColor && allowsColours(System.getenv()) && isInteractive());
    }

    /** Whether the environment has nothing against colours. */
    static boolean allowsColours(Map<String, String> environment) {
        return environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    /** Whether a person sees the output. */
    @SuppressWarnings("SystemConsoleNull")
    public static boolean isInteractive() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // From Java 22 on there is always a console, which may be a file.
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
