package io.trousseau.benchmarks;

import io.trousseau.provider.local.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary directory with a fresh key file. */
final class Scratch implements AutoCloseable {
    private final Path directory;

    Scratch() throws IOException {
        directory = Files.createTempDirectory("trousseau-benchmarks-");
        KeyFile.at(keyFile()).create(InstantSource.system());
    }

    Path keyFile() {
        return path("kek.key");
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    /** Deletes all of it. */
    @Override
    public void close() throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(directory)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
