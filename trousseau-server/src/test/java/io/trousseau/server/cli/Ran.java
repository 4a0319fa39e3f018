package io.trousseau.server.cli;

import io.trousseau.server.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import picocli.CommandLine;

/** A command line that was run, and what it printed. */
record Ran(int exitCode, String out, String err) {
    static Ran trousseau(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command =
                Trousseau.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        String[] texts = new String[arguments.length];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = arguments[i].toString();
        }
        int exitCode = command.execute(texts);
        return new Ran(exitCode, out.toString(), err.toString());
    }

    Map<?, ?> json() {
        return (Map<?, ?>) Json.parse(out);
    }
}
