package io.trousseau.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A process that the suite started; what it prints goes to a log file that later processes of that name append to. */
final class Child implements AutoCloseable {
    private static final Duration UNTIL_KILLED = Duration.ofSeconds(30);

    private final String name;
    private final Path log;
    private final Process process;

    private Child(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    static Child start(String name, Path log, Map<String, String> environment, List<String> command) {
        try {
            Files.createDirectories(log.getParent());
            // Whoever runs the suite in the background ignores SIGINT or SIGHUP, and a child would inherit that.
            List<String> withSignals = new ArrayList<>(List.of("env", "--default-signal=INT,HUP"));
            withSignals.addAll(command);
            ProcessBuilder builder = new ProcessBuilder(withSignals)
                    .redirectErrorStream(true)
                    .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            Process process = builder.start();
            Watchdog.started(process.pid());
            process.onExit().thenRun(() -> Watchdog.ended(process.pid()));
            return new Child(name, log, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    Path log() {
        return log;
    }

    String logged() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGTERM; returns at once. */
    void terminate() {
        process.destroy();
    }

    /** SIGINT; returns at once. */
    void interrupt() {
        signal("INT");
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitExit(UNTIL_KILLED);
    }

    /** SIGTERM, then waits for the end: the exit code. */
    int stop() {
        terminate();
        return awaitExit(UNTIL_KILLED);
    }

    int awaitExit(Duration longest) {
        try {
            if (!process.waitFor(longest.toSeconds(), SECONDS)) {
                throw new AssertionError(name + " still runs after " + longest.toSeconds() + " s; its log: " + log);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** SIGTERM, and SIGKILL if that is not enough. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill();
        }
    }

    @Override
    public String toString() {
        return name + " (process " + pid() + ", log " + log + ")";
    }
}
