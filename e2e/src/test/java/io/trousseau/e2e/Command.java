package io.trousseau.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.trousseau.testkit.process.Watchdog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A program that is run to its end. */
final class Command {
    private static final int LONGEST_SECONDS = 120;

    private Command() {}

    /** What the program printed; an end other than 0 is an error with the program's own words. */
    static String run(Path program, String... arguments) {
        return run(program, null, List.of(arguments));
    }

    /** As {@link #run(Path, String...)}, with a file as standard input. */
    static String run(Path program, @Nullable Path input, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        String words = program.getFileName() + " " + String.join(" ", arguments);
        try {
            Path output = Files.createTempFile("trousseau-e2e", ".out");
            Path errors = Files.createTempFile("trousseau-e2e", ".err");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectInput((input != null ? input : Path.of("/dev/null")).toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile())
                        .start();
                Watchdog.watch(process);
                boolean ended = process.waitFor(LONGEST_SECONDS, SECONDS);
                process.destroyForcibly();
                if (!ended) {
                    throw new AssertionError(words + " took over " + LONGEST_SECONDS + " s");
                }
                if (process.exitValue() != 0) {
                    throw new AssertionError(words + ": exit code " + process.exitValue() + ": "
                            + Files.readString(output).strip()
                            + Files.readString(errors).strip());
                }
                return Files.readString(output);
            } finally {
                Files.delete(output);
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
