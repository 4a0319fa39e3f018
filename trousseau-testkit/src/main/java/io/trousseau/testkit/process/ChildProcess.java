package io.trousseau.testkit.process;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A program that a test started. It reads nothing; what it prints goes to a log file, which later programs with the same
 * file append to. It is killed when this JVM dies, even by SIGKILL. Needs a POSIX system.
 *
 * <p>Safe for use by several threads. A wait that is interrupted throws {@link IllegalStateException}, restores the
 * thread's interrupt and leaves the program as it is.
 */
public final class ChildProcess implements AutoCloseable {
    private static final Duration UNTIL_KILLED = Duration.ofSeconds(30);
    private static final Duration UNTIL_CLOSED = Duration.ofSeconds(10);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(2);

    private final String name;
    private final Path log;
    private final Process process;

    private ChildProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    /**
     * Starts a program.
     *
     * @param name what messages call it
     * @param log the file that its output is appended to; its directory is made if it is missing
     * @param environment added to this JVM's own; an empty value removes the variable
     * @param command the program and its arguments
     * @throws UncheckedIOException if the program cannot be started
     */
    public static ChildProcess start(String name, Path log, Map<String, String> environment, List<String> command) {
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(Redirect.appendTo(log.toFile()));
            environment.forEach((variable, value) -> {
                if (value.isEmpty()) {
                    builder.environment().remove(variable);
                } else {
                    builder.environment().put(variable, value);
                }
            });
            Process process = builder.start();
            Watchdog.watch(process);
            return new ChildProcess(name, log, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the program still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** The system's number of the process. */
    public long pid() {
        return process.pid();
    }

    /** Where its output goes. */
    public Path log() {
        return log;
    }

    /** All that is in the log so far, malformed UTF-8 replaced. */
    public String logged() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String lastLines() {
        List<String> lines = logged().lines().toList();
        return String.join(System.lineSeparator(), lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    /**
     * Sends a signal; returns at once.
     *
     * @param signal its name without SIG: {@code HUP}, {@code INT}, {@code STOP}, …
     */
    public void signal(String signal) {
        try {
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Freezes the program (SIGSTOP): it keeps its sockets and answers nothing, until {@link #resume}. On Linux it is frozen
     * when this returns.
     */
    public void pause() {
        signal("STOP");
        Path threads = Path.of("/proc", Long.toString(process.pid()), "task");
        boolean ended = false;
        while (Files.exists(threads) && !areFrozen(threads) && !ended) {
            ended = exitsWithin(BETWEEN_LOOKS);
        }
    }

    /** See proc(5) on the state in {@code stat}, which stands behind the program's name in parentheses. */
    private static boolean areFrozen(Path threads) {
        try (Stream<Path> all = Files.list(threads)) {
            for (Path thread : all.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
            return true;
        } catch (IOException | UncheckedIOException e) {
            // A thread has ended meanwhile.
            return false;
        }
    }

    /** Lets a frozen program go on (SIGCONT). */
    public void resume() {
        signal("CONT");
    }

    /** SIGTERM; returns at once. */
    public void terminate() {
        process.destroy();
    }

    /** SIGKILL to the program and to what it started; returns when the program is gone. */
    public void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitExit(UNTIL_KILLED);
    }

    /**
     * SIGTERM, then waits for the end.
     *
     * @return the exit code
     */
    public int stop() {
        terminate();
        return awaitExit(UNTIL_KILLED);
    }

    /**
     * Waits for the end.
     *
     * @return the exit code
     * @throws AssertionError if the program still runs after {@code longest}
     */
    public int awaitExit(Duration longest) {
        if (!exitsWithin(longest)) {
            throw new AssertionError("%s still runs after %d s; its log %s ends with:%n%s"
                    .formatted(name, longest.toSeconds(), log, lastLines()));
        }
        return process.exitValue();
    }

    /** Waits until the program has ended, but no longer than {@code longest}: whether it has. */
    public boolean exitsWithin(Duration longest) {
        try {
            return process.waitFor(longest.toNanos(), NANOSECONDS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** SIGTERM, and SIGKILL if that is not enough within ten seconds. */
    @Override
    public void close() {
        if (!process.isAlive()) {
            return;
        }
        process.destroy();
        resume();
        try {
            if (!process.waitFor(UNTIL_CLOSED.toNanos(), NANOSECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }

    private static IllegalStateException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new IllegalStateException(cause);
    }

    @Override
    public String toString() {
        return name + " (process " + pid() + ", log " + log + ")";
    }
}
