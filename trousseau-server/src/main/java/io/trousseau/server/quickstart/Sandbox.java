package io.trousseau.server.quickstart;

import io.trousseau.api.KekVersion;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.provider.local.KeyFile;
import io.trousseau.server.Serving;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary directory, and what runs in it; all of it ends and goes with {@link #close}. Safe for use by several threads. */
final class Sandbox implements AutoCloseable {
    private final Path directory;
    private final List<AutoCloseable> running = new ArrayList<>();
    private boolean closed;

    Sandbox() throws IOException {
        directory = Files.createTempDirectory("trousseau-quickstart-");
    }

    Path directory() {
        return directory;
    }

    Path keyFile() {
        return directory.resolve("kek.key");
    }

    Path configuration() {
        return directory.resolve("trousseau.yaml");
    }

    Path socket() {
        return directory.resolve("run").resolve("kms.sock");
    }

    KekVersion makeKey() throws IOException {
        return KeyFile.at(keyFile()).create(InstantSource.system());
    }

    KekVersion rotateKey() throws IOException {
        return KeyFile.at(keyFile())
                .addVersion(InstantSource.system(), Duration.ZERO)
                .name();
    }

    /** Writes the configuration, and answers what it says. */
    String configure() throws IOException {
        String yaml = """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket:
                  path: %s
                admin:
                  address: 127.0.0.1:0
                log:
                  level: error
                keyring:
                  name: quickstart
                  probe: {interval: 1s}
                  members:
                  - name: local
                    provider: local
                    config:
                      keyFile: %s
                """.formatted(socket(), keyFile().getFileName());
        Files.writeString(configuration(), yaml);
        return yaml;
    }

    /** Starts the server as {@code trousseau serve} does, in this process. */
    void serve(String version) throws IOException, InterruptedException {
        started(Serving.start(configuration(), ProviderCatalog.load(), false, version));
    }

    /** Hands something that runs over to this sandbox. */
    <T extends AutoCloseable> T started(T process) {
        synchronized (this) {
            if (!closed) {
                running.add(process);
                return process;
            }
        }
        end(process);
        throw new IllegalStateException("interrupted");
    }

    /** Ends what runs, the last first, and deletes the directory. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (int i = running.size() - 1; i >= 0; i--) {
            end(running.get(i));
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            // Somebody else tidied up.
            return;
        } catch (IOException e) {
            System.getLogger(Sandbox.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} could not be deleted: {1}", directory, e.toString());
        }
    }

    private static void end(AutoCloseable process) {
        try {
            process.close();
        } catch (Exception e) {
            System.getLogger(Sandbox.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} did not end: {1}", process, e.toString());
        }
    }
}
