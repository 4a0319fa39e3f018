package io.trousseau.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.rpc.Code;
import com.sun.net.httpserver.HttpServer;
import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import io.trousseau.testkit.gcp.GoogleFault;
import io.trousseau.testkit.gcp.GoogleOperation;
import io.trousseau.testkit.tls.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way in which the service can be out of order, against a deadline. */
@DisplayName("A call ends by its deadline")
@Timeout(60)
class DeadlineTest {
    private static final Duration LIMIT = Duration.ofMillis(1500);

    @TempDir
    Path folder;

    @Test
    @DisplayName("at once when the connection is refused")
    void refused() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (OpenKek kek = OpenKek.at("http://127.0.0.1:" + port)) {
            assertFails(kek, KmsException.Code.UNAVAILABLE, "does not accept connections");
        }
    }

    @Test
    @DisplayName("when what accepts connections never says a word, with TLS and without")
    void blackHole() throws IOException {
        try (ServerSocket hole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            try (OpenKek kek = OpenKek.at("http://127.0.0.1:" + hole.getLocalPort())) {
                assertFails(kek, KmsException.Code.TIMEOUT, "deadline");
            }
            try (OpenKek kek = OpenKek.with(settings("https://localhost:" + hole.getLocalPort()))) {
                assertFails(kek, KmsException.Code.TIMEOUT, "deadline");
            }
        }
    }

    @Test
    @DisplayName("when nobody accepts the connection")
    void unaccepted() throws IOException {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket one = new Socket(InetAddress.getLoopbackAddress(), full.getLocalPort());
                Socket two = new Socket(InetAddress.getLoopbackAddress(), full.getLocalPort())) {
            assertThat(one.isConnected() && two.isConnected()).isTrue();
            try (OpenKek kek = OpenKek.at("http://127.0.0.1:" + full.getLocalPort())) {
                assertFails(kek, KmsException.Code.TIMEOUT, "deadline");
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endlessFaults")
    @DisplayName("when the service answers every call with")
    void endless(String name, GoogleFault fault, KmsException.Code expected, String says) {
        try (FakeGoogleKms kms = FakeGoogleKms.start()) {
            kms.createKey(OpenKek.KEY);
            for (GoogleOperation operation : GoogleOperation.values()) {
                kms.always(operation, fault);
            }
            try (OpenKek kek = OpenKek.on(kms)) {
                for (int i = 0; i < 3; i++) {
                    assertFails(kek, expected, says);
                }
            }
        }
    }

    static Stream<Arguments> endlessFaults() {
        return Stream.of(
                arguments(
                        "10 s of latency",
                        GoogleFault.delay(Duration.ofSeconds(10)),
                        KmsException.Code.TIMEOUT,
                        "deadline"),
                arguments(
                        "INTERNAL", GoogleFault.status(Code.INTERNAL, "x"), KmsException.Code.UNAVAILABLE, "INTERNAL"),
                arguments(
                        "UNAVAILABLE",
                        GoogleFault.status(Code.UNAVAILABLE, "x"),
                        KmsException.Code.UNAVAILABLE,
                        "UNAVAILABLE"),
                arguments(
                        "RESOURCE_EXHAUSTED",
                        GoogleFault.status(Code.RESOURCE_EXHAUSTED, "x"),
                        KmsException.Code.THROTTLED,
                        "quota"),
                arguments("a dropped connection", GoogleFault.drop(), KmsException.Code.UNAVAILABLE, ""));
    }

    @ParameterizedTest
    @EnumSource(Http2Answer.class)
    @DisplayName("when HTTP/2 answers with what gRPC does not know, and nothing of it is in the message")
    void http2(Http2Answer answer) throws IOException {
        try (Http2Server server = Http2Server.start(answer);
                OpenKek kek = OpenKek.at("http://127.0.0.1:" + server.port())) {
            KmsException failure = fails(kek);
            assertThat(failure.code()).isEqualTo(answer.expected);
            assertThat(failure).hasMessageNotContaining(Http2Server.SECRET_TEXT);
        }
    }

    @Test
    @DisplayName("when a web server answers with HTML over HTTP/1.1")
    void html() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] page = "<html>s3cret of a proxy</html>".getBytes(StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        server.start();
        try (OpenKek kek = OpenKek.at("http://127.0.0.1:" + server.getAddress().getPort())) {
            KmsException failure = fails(kek);
            assertThat(failure.code().verdict()).isEqualTo(KmsException.Verdict.TRANSIENT);
            assertThat(failure).hasMessageNotContaining("s3cret");
        } finally {
            server.stop(0);
        }
    }

    @Test
    @DisplayName("when what answers speaks no TLS")
    void noTls() throws IOException {
        try (FakeGoogleKms kms = FakeGoogleKms.start();
                OpenKek kek = OpenKek.with(settings("https://localhost:" + kms.port()))) {
            assertFails(kek, KmsException.Code.UNAVAILABLE, "no TLS with what answers there");
        }
    }

    @Test
    @DisplayName("when the certificate is another's, is expired, or is of a CA that is not trusted")
    void wrongCertificates() throws IOException {
        TestCa ca = TestCa.create("Right CA");
        Instant now = Instant.now();
        for (var identity : java.util.List.of(
                ca.server("kms.example"),
                ca.server(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)), "localhost"),
                TestCa.create("Another CA").server("localhost"))) {
            try (FakeGoogleKms kms = FakeGoogleKms.startTls(identity);
                    OpenKek kek = OpenKek.with(settings(kms.endpoint(), ca))) {
                assertFails(kek, KmsException.Code.UNAVAILABLE, "caFile");
            }
        }
    }

    @Test
    @DisplayName("and the next call is served as soon as the service is back, without any time-out of gRPC's own")
    void recovers() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (OpenKek kek = OpenKek.at("http://127.0.0.1:" + port)) {
            for (int i = 0; i < 20; i++) {
                assertThat(fails(kek).code()).isEqualTo(KmsException.Code.UNAVAILABLE);
            }
            try (FakeGoogleKms kms = FakeGoogleKms.start();
                    Relay relay = new Relay(port, kms.port())) {
                kms.createKey(OpenKek.KEY);
                assertThat(kek.unwrap(kek.wrap())).isEqualTo(OpenKek.PLAINTEXT);
                assertThat(relay.accepted()).isEqualTo(1);
            }
        }
    }

    @Test
    @DisplayName("and a connection that has gone dead without a word is replaced after the first call that it fails")
    void deadConnection() throws IOException {
        try (FakeGoogleKms kms = FakeGoogleKms.start();
                Relay relay = new Relay(0, kms.port());
                OpenKek kek = OpenKek.at("http://127.0.0.1:" + relay.port())) {
            kms.createKey(OpenKek.KEY);
            kek.wrap();
            relay.swallow();
            assertThat(fails(kek).code()).isEqualTo(KmsException.Code.TIMEOUT);
            kek.wrap();
            assertThat(relay.accepted()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("and a handle that is closed leaves no thread and no connection")
    void closesEverything() {
        try (FakeGoogleKms kms = FakeGoogleKms.start()) {
            kms.createKey(OpenKek.KEY);
            try (OpenKek kek = OpenKek.on(kms)) {
                kek.wrap();
                assertThat(kms.connections()).isEqualTo(1);
                assertThat(threads()).isPositive();
            }
            await().until(() -> threads() == 0);
            await().until(() -> kms.connections() == 0);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("trousseau-gcp-"))
                .count();
    }

    private static void assertFails(OpenKek kek, KmsException.Code expected, String says) {
        KmsException failure = fails(kek);
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(expected);
        assertThat(failure).hasMessageContaining(says);
    }

    /** The failure of a call that must come before twice its deadline: later only if it did not look at the deadline. */
    private static KmsException fails(OpenKek kek) {
        long begin = System.nanoTime();
        KmsException failure = OpenKek.failureOf(() -> kek.wrap(Deadline.after(LIMIT)));
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LIMIT.multipliedBy(2));
        assertThat(failure).isNotNull();
        return failure;
    }

    private Map<String, Object> settings(String endpoint) throws IOException {
        return settings(endpoint, TestCa.create("CA"));
    }

    private Map<String, Object> settings(String endpoint, TestCa ca) throws IOException {
        Path caFile = Files.writeString(folder.resolve("ca.pem"), ca.pem());
        Path credentials =
                Files.writeString(folder.resolve("key.json"), CredentialFiles.serviceAccount("kms@acme-prod.example"));
        return Map.of("key", OpenKek.KEY, "endpoint", endpoint, "caFile", caFile, "credentialsFile", credentials);
    }
}
