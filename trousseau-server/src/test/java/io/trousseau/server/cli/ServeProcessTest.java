package io.trousseau.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import com.sun.security.auth.module.UnixSystem;
import io.trousseau.provider.local.KeyFile;
import io.trousseau.server.kms.KmsClient;
import io.trousseau.server.kms.v2.DecryptResponse;
import io.trousseau.server.kms.v2.EncryptResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code trousseau serve} as a process of its own: exit codes and signals. */
class ServeProcessTest {
    private static final byte[] SEED = new byte[32];

    private final List<Process> started = new ArrayList<>();
    private Path directory;
    private Path file;
    private Path socket;

    @BeforeEach
    void configure(@TempDir Path temporary) throws IOException {
        directory = temporary;
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        file = directory.resolve("trousseau.yaml");
        socket = directory.resolve("run").resolve("kms.sock");
        KeyFile.at(directory.resolve("kek.key")).create(InstantSource.system());
        Files.writeString(file, """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: "%s"}
                admin: {address: "127.0.0.1:0"}
                keyring:
                  name: test
                  members:
                  - {name: local, provider: local, config: {keyFile: kek.key}}
                """.formatted(socket));
    }

    @AfterEach
    void kill() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    @DisplayName("an invalid configuration ends it with 2, and every problem is on standard error")
    void invalid() throws Exception {
        Files.writeString(file, Files.readString(file).replace("name: test", "name: Test\n  bogus: 1"));
        Process process = serve();

        assertThat(exitCode(process)).isEqualTo(2);
        assertThat(errors()).contains("keyring.name").contains("keyring.bogus");
    }

    @Test
    @DisplayName("a second process ends with 3, something else at the socket's path with 2")
    void refused() throws Exception {
        awaitServing(serve());
        assertThat(exitCode(serve())).isEqualTo(3);
        assertThat(errors()).contains(socket.toString()).contains("--replace");

        Path other = directory.resolve("other.yaml");
        Files.writeString(other, Files.readString(file).replace("run/kms.sock", "trousseau.yaml"));
        assertThat(exitCode(serve("--config", other.toString()))).isEqualTo(2);
        assertThat(errors()).contains("not a socket");
    }

    @Test
    @DisplayName("a socket that cannot be given to its group ends it with 2 and the way out")
    void foreignGroup() throws Exception {
        boolean root = new UnixSystem().getUid() == 0;
        Files.writeString(
                file, Files.readString(file).replace("kms.sock\"", "kms.sock\", group: " + (root ? "daemon" : "root")));
        Files.createDirectory(socket.getParent());
        Files.setPosixFilePermissions(socket.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
        // As root of a container without capabilities.
        Process process =
                serve(root ? List.of("setpriv", "--bounding-set=-chown") : List.of(), "--config", file.toString());

        assertThat(exitCode(process)).isEqualTo(2);
        assertThat(errors()).contains("socket.group").contains("CAP_CHOWN");
    }

    @Test
    @DisplayName("SIGTERM under load: what was called before it succeeds, the exit code is 0, the socket is gone")
    void sigterm() throws Exception {
        Process process = serve();
        awaitServing(process);
        try (KmsClient client = new KmsClient(socket)) {
            EncryptResponse stored = client.encrypt(SEED);
            List<ListenableFuture<DecryptResponse>> calls = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                calls.add(client.decryptLater(stored));
            }
            // The connection is one stream of bytes: when this is answered, all the others have begun.
            client.status();
            process.destroy();

            for (ListenableFuture<DecryptResponse> call : calls) {
                assertThat(call.get(30, TimeUnit.SECONDS).getPlaintext().toByteArray())
                        .isEqualTo(SEED);
            }
            assertThat(exitCode(process)).isZero();
            assertThat(Files.exists(socket, LinkOption.NOFOLLOW_LINKS)).isFalse();
        }
    }

    @Test
    @DisplayName("SIGKILL leaves a dead socket, which the next process replaces; the client finds it by itself")
    void sigkill() throws Exception {
        Process first = serve();
        awaitServing(first);
        try (KmsClient client = new KmsClient(socket)) {
            EncryptResponse stored = client.encrypt(SEED);
            first.destroyForcibly().waitFor();
            assertThat(Files.exists(socket, LinkOption.NOFOLLOW_LINKS)).isTrue();

            serve();
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(client.decrypt(stored)).isEqualTo(SEED));
        }
    }

    @Test
    @DisplayName("--replace: the old process ends with 0, no call fails")
    void replace() throws Exception {
        Process first = serve();
        awaitServing(first);
        try (KmsClient client = new KmsClient(socket)) {
            EncryptResponse stored = client.encrypt(SEED);
            serve("--config", file.toString(), "--replace");
            int calls = 0;
            while (first.isAlive()) {
                assertThat(client.decrypt(stored)).isEqualTo(SEED);
                calls++;
            }
            assertThat(calls).isPositive();
            assertThat(exitCode(first)).isZero();
            assertThat(client.decrypt(stored)).isEqualTo(SEED);
        }
    }

    @Test
    @DisplayName("SIGHUP reads the configuration again")
    void sighup() throws Exception {
        Process process = serve();
        awaitServing(process);
        new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();

        await().until(() -> errors().contains("trousseau.yaml was read"));
        assertThat(process.isAlive()).isTrue();
    }

    private Process serve() throws IOException {
        return serve("--config", file.toString());
    }

    private Process serve(String... options) throws IOException {
        return serve(List.of(), options);
    }

    private Process serve(List<String> prefix, String... options) throws IOException {
        // Whoever runs the tests may ignore SIGHUP, as nohup does; a JVM that inherits that does not handle it either.
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                "env",
                "--default-signal=HUP",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Trousseau.class.getName(),
                "serve"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(errorFile().toFile()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        started.add(process);
        return process;
    }

    private void awaitServing(Process process) {
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            assertThat(process.isAlive()).as("serves").isTrue();
            return errors().contains("serves " + socket);
        });
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
        return process.exitValue();
    }

    private Path errorFile() {
        return directory.resolve("stderr.log");
    }

    private String errors() throws IOException {
        return Files.readString(errorFile());
    }
}
