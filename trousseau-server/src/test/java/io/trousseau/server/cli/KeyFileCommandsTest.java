package io.trousseau.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KekVersion;
import io.trousseau.provider.local.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFileCommandsTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("keygen makes an owner-only file, says what it is, and prints the member to configure")
    void keygen() throws IOException {
        Path file = folder.resolve("kek.key");
        Ran ran = Ran.trousseau("keygen", file);
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.err()).isEmpty();
        KekVersion made =
                KeyFile.at(file).versions(InstantSource.system()).get(0).name();
        assertThat(ran.out())
                .contains(made.identity(), made.version(), "keyFile: " + file, "provider: local")
                .doesNotContain("\u001b");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    @DisplayName("keygen and rotate never print what is in the file")
    void nothingSecret() throws IOException {
        Path file = folder.resolve("kek.key");
        String printed = Ran.trousseau("keygen", file).out()
                + Ran.trousseau("rotate", file).out()
                + Ran.trousseau("keygen", file).err();
        List<String> secrets = Files.readString(file)
                .lines()
                .flatMap(line -> List.of(line.split("\\s+")).stream())
                .filter(word -> word.length() >= 40)
                .toList();
        assertThat(secrets).hasSize(2);
        assertThat(secrets).noneMatch(printed::contains);
    }

    @Test
    @DisplayName("keygen does not touch a file that exists")
    void keygenTwice() throws IOException {
        Path file = folder.resolve("kek.key");
        Ran.trousseau("keygen", file);
        String before = Files.readString(file);
        Ran again = Ran.trousseau("keygen", file);
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.out()).isEmpty();
        assertThat(again.err()).startsWith("trousseau: ").contains(file.toString());
        assertThat(Files.readString(file)).isEqualTo(before);
    }

    @Test
    @DisplayName("rotate adds a version and says how to have data written anew")
    void rotate() throws IOException {
        Path file = folder.resolve("kek.key");
        Ran.trousseau("keygen", file);
        Ran ran = Ran.trousseau("rotate", file);
        assertThat(ran.exitCode()).isZero();
        List<KekVersion> versions = KeyFile.at(file).versions(InstantSource.system()).stream()
                .map(KeyFile.Version::name)
                .toList();
        assertThat(versions).hasSize(2);
        assertThat(ran.out()).contains(versions.get(1).version(), "newest of 2", "kubectl replace");
    }

    @Test
    @DisplayName("-o json is for scripts")
    void json() throws IOException {
        Path file = folder.resolve("kek.key");
        Ran made = Ran.trousseau("keygen", file, "-o", "json");
        KekVersion first =
                KeyFile.at(file).versions(InstantSource.system()).get(0).name();
        assertThat(made.json().toString())
                .isEqualTo("{file=" + file + ", kek=" + first.identity() + ", version=" + first.version() + "}");
        Ran rotated = Ran.trousseau("rotate", file, "-o", "json");
        assertThat(rotated.json().get("versions")).isEqualTo(2);
        assertThat(rotated.json().get("kek")).isEqualTo(first.identity());
    }

    @Test
    @DisplayName("rotate of a file that is missing or open to others says what to do")
    void rotateRefused() throws IOException {
        Path file = folder.resolve("kek.key");
        Ran missing = Ran.trousseau("rotate", file);
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).contains(file.toString());
        Ran.trousseau("keygen", file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Ran open = Ran.trousseau("rotate", file);
        assertThat(open.exitCode()).isEqualTo(1);
        assertThat(open.err()).contains("chmod 600");
    }

    @Test
    @DisplayName("a wrong command line is exit code 2 and shows the usage")
    void usage() {
        assertThat(Ran.trousseau("keygen").exitCode()).isEqualTo(2);
        Ran unknown = Ran.trousseau("keygen", "--forec", "x");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("--forec", "Usage: trousseau keygen");
    }
}
