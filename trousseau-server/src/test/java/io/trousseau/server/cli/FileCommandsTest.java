package io.trousseau.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCommandsTest {
    private static final byte[] CONTENT = "what nobody else may read".getBytes(UTF_8);

    @TempDir
    Path folder;

    private Path config;
    private Path plain;
    private Path sealed;

    @BeforeEach
    void prepare() throws IOException {
        Ran.trousseau("keygen", folder.resolve("kek.key"));
        config = configure("ring");
        plain = Files.write(folder.resolve("plain"), CONTENT);
        sealed = folder.resolve("sealed");
    }

    private Path configure(String keyring) throws IOException {
        return Files.writeString(folder.resolve(keyring + ".yaml"), """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: /run/trousseau/kms.sock}
                keyring: {name: %s, members: [{name: main, provider: local, config: {keyFile: kek.key}}]}
                """.formatted(keyring));
    }

    @Test
    @DisplayName("what was encrypted is decrypted, also after a rotation, and inspect shows what protects it")
    void roundTrip() throws IOException {
        Ran encrypted = Ran.trousseau("encrypt", "--config", config, plain, "-o", sealed);
        assertThat(encrypted.err()).isEmpty();
        assertThat(encrypted.exitCode()).isZero();
        assertThat(new String(Files.readAllBytes(sealed), UTF_8)).doesNotContain("nobody");
        assertThat(Ran.trousseau("inspect", sealed).out())
                .contains("an envelope by itself", "keyring    ring", CONTENT.length + " bytes, sealed");
        Ran.trousseau("rotate", folder.resolve("kek.key"));
        Path back = folder.resolve("back");
        assertThat(Ran.trousseau("decrypt", "--config", config, sealed, "-o", back)
                        .exitCode())
                .isZero();
        assertThat(back).hasBinaryContent(CONTENT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(back)))
                .isEqualTo("rw-------");
    }

    @Test
    @DisplayName("standard input and output are used where no file is named")
    void pipes() {
        byte[] blob = pipe(CONTENT, "encrypt", "--config", config);
        assertThat(pipe(blob, "decrypt", "--config", config)).isEqualTo(CONTENT);
    }

    private static byte[] pipe(byte[] input, Object... command) {
        InputStream in = System.in;
        PrintStream out = System.out;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setIn(new ByteArrayInputStream(input));
        System.setOut(new PrintStream(written, true, UTF_8));
        try {
            assertThat(Ran.trousseau(command).exitCode()).isZero();
        } finally {
            System.setIn(in);
            System.setOut(out);
        }
        return written.toByteArray();
    }

    @Test
    @DisplayName("another keyring's file, a changed one and one that is none are refused, and nothing is written")
    void refused() throws IOException {
        Ran.trousseau("encrypt", "--config", config, plain, "-o", sealed);
        Path back = folder.resolve("back");
        Ran foreign = Ran.trousseau("decrypt", "--config", configure("other"), sealed, "-o", back);
        assertThat(foreign.exitCode()).isEqualTo(1);
        assertThat(foreign.err()).contains("the keyring ring, this is other");
        byte[] changed = Files.readAllBytes(sealed);
        changed[changed.length - 1] ^= 1;
        Ran damaged = Ran.trousseau(
                "decrypt", "--config", config, Files.write(folder.resolve("changed"), changed), "-o", back);
        assertThat(damaged.exitCode()).isEqualTo(1);
        assertThat(damaged.err()).contains("damaged or forged");
        Ran none = Ran.trousseau("decrypt", "--config", config, plain, "-o", back);
        assertThat(none.exitCode()).isEqualTo(1);
        assertThat(none.err()).contains("does not come from \"encrypt\"");
        assertThat(back).doesNotExist();
    }

    @Test
    @DisplayName("an empty file, one of more than 1 MiB, a missing one, and an output that exists are refused")
    void badFiles() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty"));
        assertThat(Ran.trousseau("encrypt", "--config", config, empty, "-o", sealed)
                        .err())
                .contains("empty");
        Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
        assertThat(Ran.trousseau("encrypt", "--config", config, large, "-o", sealed)
                        .err())
                .contains("longer than 1048576");
        Path missing = folder.resolve("missing");
        assertThat(Ran.trousseau("encrypt", "--config", config, missing, "-o", sealed)
                        .err())
                .contains(missing + " does not exist");
        assertThat(sealed).doesNotExist();
        Ran existing = Ran.trousseau("encrypt", "--config", config, plain, "-o", empty);
        assertThat(existing.exitCode()).isEqualTo(1);
        assertThat(existing.err()).contains(empty + " exists already");
        assertThat(empty).isEmptyFile();
    }

    @Test
    @DisplayName("exactly 1 MiB goes there and back")
    void largest() throws IOException {
        Path large = Files.write(folder.resolve("large"), new byte[1 << 20]);
        assertThat(Ran.trousseau("encrypt", "--config", config, large, "-o", sealed)
                        .exitCode())
                .isZero();
        Path back = folder.resolve("back");
        assertThat(Ran.trousseau("decrypt", "--config", config, sealed, "-o", back)
                        .exitCode())
                .isZero();
        assertThat(back).hasSameBinaryContentAs(large);
    }
}
