package io.trousseau.provider.vault.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {
    @TempDir
    Path folder;

    private Path path;
    private SecretFile file;

    @BeforeEach
    void make() throws IOException {
        path = folder.resolve("token");
        Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        file = new SecretFile("tokenFile", path, "token");
    }

    private void write(String content) throws IOException {
        Files.writeString(path, content);
    }

    private void mode(String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private void isRefused(String problem) {
        assertThatThrownBy(() -> file.read())
                .isInstanceOfSatisfying(
                        VaultException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAUTHENTICATED))
                .hasMessageStartingWith("tokenFile: " + path)
                .hasMessageContaining(problem)
                .hasMessageNotContaining("s3cret");
        assertThat(file.problem()).hasValueSatisfying(found -> {
            assertThat(found.field()).isEqualTo("tokenFile");
            assertThat(found.message()).startsWith(path.toString()).contains(problem);
        });
    }

    @Test
    void a_line_end_after_the_secret_is_no_part_of_it() throws IOException {
        for (String end : new String[] {"", "\n", "\r\n"}) {
            write("s3cret" + end);
            assertThat(file.read()).isEqualTo("s3cret".getBytes(UTF_8));
        }
        assertThat(file.problem()).isEmpty();
    }

    @Test
    void what_holds_no_secret_is_refused_with_the_way_out() throws IOException {
        isRefused("is empty; put the token there");
        write("\n");
        isRefused("is empty");
        write("s3cret\ns3cret2");
        isRefused("more than one line");
        write("s".repeat(64 * 1024 + 1));
        isRefused("more than 65536 bytes");
        Files.delete(path);
        isRefused("does not exist");
        Files.createDirectory(path);
        isRefused("cannot be read");
    }

    @Test
    void a_file_that_others_can_write_is_refused_and_one_they_can_read_is_warned_of() throws IOException {
        write("s3cret");
        assertThat(file.warning()).isEmpty();
        mode("rw-r--r--");
        assertThat(file.warning().orElseThrow()).contains("tokenFile: " + path).contains("chmod o-rwx");
        assertThat(file.read()).hasSize(6);
        mode("rw-----w-");
        isRefused("chmod o-w");
    }
}
