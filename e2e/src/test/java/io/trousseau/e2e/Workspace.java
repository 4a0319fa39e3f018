package io.trousseau.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Where a test keeps the data and logs of its processes: {@code target/e2e/<name>}, emptied when the test begins. */
final class Workspace {
    private Workspace() {}

    static Path fresh(String name) {
        Path directory = Assets.module().resolve("target/e2e").resolve(name);
        try {
            delete(directory);
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An empty log file of a name that no other has. */
    static Path freshFile(Path directory, String prefix) {
        try {
            return Files.createTempFile(directory, prefix + "-", ".log");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
