package io.trousseau.server.cli;

import io.trousseau.api.Deadline;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringListener;
import io.trousseau.server.ConfiguredKeyring;
import io.trousseau.server.config.ConfigurationFile;
import io.trousseau.server.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The configured keyring at work on a file. A {@link picocli.CommandLine.Mixin} of the two commands that do it. */
final class FileKeyring {
    /** What a sealed payload is for, so that a file never passes for a seed of Kubernetes. */
    static final String PURPOSE = "file";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "The configuration that has the keyring; its server need not run.")
    @SuppressWarnings("NullAway.Init")
    private Path config;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "What to read (default: standard input).")
    private @Nullable Path input;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "What to write, with mode 0600; it must not exist (default: standard output).")
    private @Nullable Path output;

    FileKeyring() {}

    /** What is done with the bytes. */
    interface Work {
        byte[] with(Keyring keyring, Deadline deadline, byte[] bytes);
    }

    /**
     * Reads, works and writes.
     *
     * @param most how many bytes may be read
     * @param tooLong what to say if there are more
     * @param binary whether the outcome would do harm on a terminal
     */
    void run(int most, String tooLong, boolean binary, Work work) throws IOException {
        if (output != null && Files.exists(output)) {
            throw new CommandFailedException(
                    ExitCode.FAILED, output + " exists already; remove it first or choose another name");
        }
        if (output == null && binary && Terminal.isInteractive()) {
            throw new CommandFailedException(
                    ExitCode.USAGE,
                    "what comes out is binary and would garble the terminal; name a file with --output");
        }
        try (Keyring keyring = ConfiguredKeyring.open(
                ConfigurationFile.open(config, ProviderCatalog.load()), KeyringListener.NONE, null)) {
            byte[] bytes = read(most, tooLong);
            byte[] outcome = new byte[0];
            try {
                outcome = work.with(keyring, Deadline.after(PATIENCE), bytes);
                write(outcome);
            } finally {
                Arrays.fill(bytes, (byte) 0);
                Arrays.fill(outcome, (byte) 0);
            }
        }
    }

    private byte[] read(int most, String tooLong) throws IOException {
        try (InputStream in = input == null ? System.in : Files.newInputStream(input)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new CommandFailedException(ExitCode.FAILED, tooLong);
            }
            return bytes;
        }
    }

    private void write(byte[] bytes) throws IOException {
        if (output == null) {
            System.out.write(bytes);
            System.out.flush();
            if (System.out.checkError()) {
                throw new IOException("standard output could not be written");
            }
            return;
        }
        Files.createFile(output, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(output)) {
            out.write(bytes);
        } catch (IOException e) {
            Files.deleteIfExists(output);
            throw e;
        }
    }
}
