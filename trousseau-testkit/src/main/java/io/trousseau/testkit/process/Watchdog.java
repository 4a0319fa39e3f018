package io.trousseau.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/**
 * Kills what this JVM started when the JVM itself dies, however it dies. A shell reads the process ids from a pipe whose
 * other end only this JVM holds: the pipe ends with the JVM, even on SIGKILL. Safe for use by several threads.
 */
public final class Watchdog {
    private static final String SCRIPT = """
            trap '' INT TERM HUP
            live=' '
            while read -r event pid; do
              case $event in
                started) live="$live$pid " ;;
                ended) live="${live%%" $pid "*} ${live#*" $pid "}" ;;
              esac
            done
            for pid in $live; do kill -9 "$pid" 2> /dev/null; done
            """;

    private static final Writer PIPE = start();

    private Watchdog() {}

    /**
     * Has a process killed when this JVM dies, unless it has ended by then. {@link ChildProcess} does it for its own.
     *
     * @throws UncheckedIOException if the shell is gone
     */
    public static void watch(Process process) {
        long pid = process.pid();
        tell("started", pid);
        CompletableFuture<Void> unused = process.onExit().thenRun(() -> tell("ended", pid));
    }

    private static synchronized void tell(String event, long pid) {
        try {
            PIPE.write(event + " " + pid + "\n");
            PIPE.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Writer start() {
        try {
            return new ProcessBuilder("sh", "-c", SCRIPT)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start()
                    .outputWriter(StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
