package io.trousseau.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringConfig;
import io.trousseau.core.member.Member;
import io.trousseau.server.admin.AdminServer;
import io.trousseau.server.admin.Metrics;
import io.trousseau.server.admin.Watchdog;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class StatusCommandTest {
    private static final Deadline SOON = Deadline.after(Duration.ofSeconds(60));

    @TempDir
    Path folder;

    private final InMemoryKek kek = InMemoryKek.create("kek-1");
    private final FaultyKek faulty = new FaultyKek(kek.open());
    private final Metrics metrics = new Metrics("1.2.3");
    private volatile List<String> problems = List.of();
    private Keyring keyring;
    private AdminServer admin;

    @BeforeEach
    void start() throws IOException {
        keyring = Keyring.open(
                KeyringConfig.named("ring").probeInterval(Duration.ofMillis(50)).build(1),
                List.of(Member.of("main", "memory", faulty)),
                metrics);
        admin = AdminServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                keyring::status,
                () -> "",
                () -> problems,
                Watchdog.builder().build(),
                metrics);
        await().until(() -> keyring.status().healthy());
    }

    @AfterEach
    void stop() {
        admin.close();
        keyring.close();
        metrics.close();
    }

    private String address() {
        return "127.0.0.1:" + admin.address().getPort();
    }

    private Ran status() {
        return Ran.trousseau("status", "--address", address());
    }

    @Test
    @DisplayName("a healthy server is exit code 0, and its keyring, key_id and members are printed")
    void healthy() {
        keyring.seal(new byte[] {1}, "test", new byte[0], SOON);
        Ran ran = status();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out())
                .startsWith("healthy\n")
                .contains(
                        "keyring    ring, sealing",
                        keyring.status().keyId().orElseThrow().text(),
                        keyring.status().keyId().orElseThrow().hash(),
                        "1 seals",
                        "main  well, memory, wraps, protects what is sealed now",
                        "KEK kek-1, version " + kek.current().version())
                .doesNotContain("waits to be written anew")
                .doesNotContain("null");
    }

    @Test
    @DisplayName("an unhealthy server is exit code 4, with the reason")
    void unhealthy() {
        faulty.always(Fault.error(KmsException.Code.UNAVAILABLE));
        await().until(() -> !keyring.status().healthy());
        Ran ran = status();
        assertThat(ran.exitCode()).isEqualTo(4);
        assertThat(ran.out()).startsWith("not healthy: ").contains("main  unreachable", "unavailable");
    }

    @Test
    @DisplayName("old key_ids that are still read, and a KEK that will be destroyed, are pointed out")
    void warnings() {
        Envelope old = keyring.seal(new byte[] {1}, "test", new byte[0], SOON);
        kek.rotate();
        await().until(() -> !keyring.status().keyId().orElseThrow().equals(old.keyId()));
        keyring.open(old, "test", new byte[0], SOON);
        assertThat(status().out())
                .contains("waits to be written anew", old.keyId().text(), "kubectl replace");
        kek.scheduleDestruction(kek.current(), Instant.parse("2030-01-02T03:04:05Z"));
        await().untilAsserted(
                        () -> assertThat(status().out()).contains("will destroy the KEK at 2030-01-02T03:04:05Z"));
    }

    @Test
    @DisplayName("what keeps a changed configuration file out of use is printed")
    void configurationProblems() {
        assertThat(status().out()).doesNotContain("not in use");
        problems = List.of("trousseau.yaml:3:1: sokcet: unknown field");
        assertThat(status().out()).contains("has changed and is not in use:\n  trousseau.yaml:3:1: sokcet");
    }

    @Test
    @DisplayName("-o json is what the server answers")
    void json() {
        Ran ran = Ran.trousseau("status", "--address", address(), "-o", "json");
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.json().get("keyring")).isEqualTo("ring");
    }

    @Test
    @DisplayName("--config finds the server's address")
    void config() throws IOException {
        String yaml = """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: /run/trousseau/kms.sock}
                admin: {address: "%s"}
                keyring: {name: ring, members: [{name: main, provider: local}]}
                """;
        Path file = Files.writeString(folder.resolve("trousseau.yaml"), yaml.formatted(address()));
        assertThat(Ran.trousseau("status", "--config", file).exitCode()).isZero();
        Files.writeString(file, yaml.formatted("none"));
        Ran none = Ran.trousseau("status", "--config", file);
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("admin.address").contains("none");
        Files.writeString(file, yaml.formatted("127.0.0.1:0"));
        assertThat(Ran.trousseau("status", "--config", file).err()).contains("--address");
    }

    @Test
    @DisplayName("a server that is not there, or is another one, is exit code 5")
    void unreachable() throws IOException {
        String where = address();
        admin.close();
        Ran gone = Ran.trousseau("status", "--address", where);
        assertThat(gone.exitCode()).isEqualTo(5);
        assertThat(gone.err()).contains("no server answers at " + where);
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("[]".getBytes());
            exchange.close();
        });
        other.start();
        try {
            Ran ran = Ran.trousseau(
                    "status", "--address", "127.0.0.1:" + other.getAddress().getPort());
            assertThat(ran.exitCode()).isEqualTo(5);
            assertThat(ran.err()).contains("is not a Trousseau server");
        } finally {
            other.stop(0);
        }
    }

    @Test
    @Timeout(30)
    @DisplayName("an answer that never ends is given up: exit code 5")
    void endless() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> {
                try (Socket client = other.accept()) {
                    client.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{".getBytes());
                    client.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // The client has had enough.
                }
            });
            answering.start();
            Ran ran = Ran.trousseau("status", "--address", "127.0.0.1:" + other.getLocalPort());
            answering.join();
            assertThat(ran.exitCode()).isEqualTo(5);
        }
    }

    @Test
    @DisplayName("an address that is none is exit code 2")
    void badAddress() {
        assertThat(Ran.trousseau("status", "--address", "not an address").exitCode())
                .isEqualTo(2);
    }
}
