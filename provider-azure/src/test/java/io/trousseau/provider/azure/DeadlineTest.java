package io.trousseau.provider.azure;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.azure.AzureFault;
import io.trousseau.testkit.tls.TestCa;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Every call ends by its deadline, after one attempt, whatever the network does")
class DeadlineTest {
    @TempDir
    static Path folder;

    private static FakeAzure azure;
    private static WrappedKey wrapped;
    private KekHandle kek;

    @BeforeAll
    static void start() {
        azure = new FakeAzure(folder, InstantSource.system());
        azure.vault.createRsaKey("kek", 2048);
        try (KekHandle kek = azure.open("kek", Recording.plain())) {
            wrapped = Calls.wrap(kek);
        }
    }

    @AfterAll
    static void stop() {
        azure.close();
    }

    @BeforeEach
    void open() {
        kek = azure.open("kek", Recording.plain());
    }

    @AfterEach
    void close() {
        kek.close();
        azure.vault.heal();
        azure.entra.heal();
    }

    private static List<Calls.Request> callsOf(KekHandle kek, WrappedKey wrapped) {
        return List.of(
                deadline -> kek.wrap(Calls.PLAINTEXT, Calls.CONTEXT, deadline),
                deadline -> kek.unwrap(wrapped, Calls.CONTEXT, deadline),
                kek::describe);
    }

    /** Makes each call once; each must fail like this, before its deadline or with TIMEOUT soon after. */
    private static void assertEachFails(KekHandle kek, WrappedKey wrapped, Duration patience, Code code, String says) {
        for (Calls.Request call : callsOf(kek, wrapped)) {
            KmsException failure = Calls.failureOf(call, Deadline.after(patience));
            assertThat(failure.code()).as("%s", failure).isEqualTo(code);
            assertThat(failure).hasMessageContaining(says).hasMessageContaining("kek");
        }
    }

    private void assertEachFails(Code code, String says) {
        assertEachFails(kek, wrapped, Duration.ofSeconds(10), code, says);
    }

    @Nested
    @DisplayName("Key Vault")
    class Vault {
        @Test
        @DisplayName("10 s late: TIMEOUT")
        void late() {
            Calls.wrap(kek);
            azure.vault.always("*", new AzureFault.Late(Duration.ofSeconds(10)));
            assertEachFails(kek, wrapped, Duration.ofMillis(300), Code.TIMEOUT, "did not answer in time");
        }

        @Test
        @DisplayName("silent between the two requests of a wrap: TIMEOUT")
        void lateWrap() {
            CountDownLatch never = new CountDownLatch(1);
            azure.vault.always("wrapkey", new AzureFault.Held(never));
            KmsException failure = Calls.failureOf(
                    deadline -> kek.wrap(Calls.PLAINTEXT, Calls.CONTEXT, deadline),
                    Deadline.after(Duration.ofSeconds(1)));
            never.countDown();
            assertThat(failure.code()).isEqualTo(Code.TIMEOUT);
        }

        @Test
        @DisplayName("endless 500: UNAVAILABLE, and one request a call")
        void broken() {
            Calls.wrap(kek);
            azure.vault.always("*", AzureFault.status(500, "InternalServerError"));
            int before = azure.vault.requests().size();
            assertEachFails(Code.UNAVAILABLE, "HTTP 500");
            assertThat(azure.vault.requests()).hasSize(before + 3);
        }

        @Test
        @DisplayName("endless throttling: THROTTLED, when to come back, and one request a call")
        void throttled() {
            Calls.wrap(kek);
            azure.vault.always("*", AzureFault.throttled(7));
            int before = azure.vault.requests().size();
            for (Calls.Request call : callsOf(kek, wrapped)) {
                KmsException failure = Calls.failureOf(call, Calls.soon());
                assertThat(failure.code()).isEqualTo(Code.THROTTLED);
                assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
            }
            assertThat(azure.vault.requests()).hasSize(before + 3);
        }

        @Test
        @DisplayName("a truncated body: UNAVAILABLE, and one request a call")
        void truncated() {
            Calls.wrap(kek);
            azure.vault.always("*", new AzureFault.Truncated());
            int before = azure.vault.requests().size();
            assertEachFails(Code.UNAVAILABLE, "broke");
            assertThat(azure.vault.requests()).hasSize(before + 3);
        }

        @Test
        @DisplayName("a connection that ends without an answer: UNAVAILABLE")
        void dropped() {
            Calls.wrap(kek);
            azure.vault.always("*", new AzureFault.Dropped());
            assertEachFails(Code.UNAVAILABLE, "broke");
        }

        @Test
        @DisplayName("success with a web page: BAD_ANSWER")
        void webPage() {
            Calls.wrap(kek);
            azure.vault.always("*", new AzureFault.Raw(200, "text/html", "<html><body>Sign in</body></html>"));
            assertEachFails(Code.BAD_ANSWER, "cannot be right");
        }

        @Test
        @DisplayName("success with JSON of another kind, or nothing: BAD_ANSWER")
        void otherJson() {
            Calls.wrap(kek);
            for (String body : List.of(
                    "{}",
                    "[]",
                    "null",
                    "7",
                    "",
                    "{\"kid\":7}",
                    "{\"kid\":\"https://x/\",\"value\":\"AA\"}",
                    "{\"key\":null}",
                    "{\"key\":{\"kid\":\"" + azure.vault.keyUrl("kek") + "/abc\"}}")) {
                azure.vault.always("*", new AzureFault.Raw(200, "application/json", body));
                assertEachFails(Code.BAD_ANSWER, "cannot be right");
            }
        }

        @Test
        @DisplayName("a redirect: UNAVAILABLE, and it is not followed")
        void redirect() {
            Calls.wrap(kek);
            azure.vault.always(
                    "*", new AzureFault.Status(302, "Found", "", Map.of("Location", azure.entra.url() + "/elsewhere")));
            assertEachFails(Code.UNAVAILABLE, "redirect");
            assertThat(azure.entra.notModelled()).isEmpty();
        }
    }

    @Nested
    @DisplayName("A host")
    class Host {
        @Test
        @DisplayName("that refuses connections: UNAVAILABLE")
        void refused() throws IOException {
            int port;
            try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = gone.getLocalPort();
            }
            assertHostFails(
                    "https://localhost:" + port, Duration.ofSeconds(10), Code.UNAVAILABLE, "takes no connection");
        }

        @Test
        @DisplayName("that takes connections and is silent, a black hole: TIMEOUT")
        void blackHole() throws IOException {
            try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
                String url = "https://localhost:" + silent.getLocalPort();
                assertHostFails(url, Duration.ofMillis(500), Code.TIMEOUT, "in time");
            }
        }

        @Test
        @DisplayName("whose name does not resolve: UNAVAILABLE, and says so")
        void unknownName() {
            assertHostFails(
                    "https://no-such-vault.invalid", Duration.ofSeconds(10), Code.UNAVAILABLE, "does not resolve");
        }

        @Test
        @DisplayName("behind a proxy is reached through it, and a proxy that refuses is UNAVAILABLE")
        void proxy() throws Exception {
            try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
                CompletableFuture<String> asked = new CompletableFuture<>();
                Thread refuses = new Thread(() -> {
                    try (Socket socket = proxy.accept()) {
                        asked.complete(new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII))
                                .readLine());
                        socket.getOutputStream()
                                .write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n".getBytes(US_ASCII));
                    } catch (IOException e) {
                        asked.completeExceptionally(e);
                    }
                });
                refuses.start();
                Map<String, Object> settings = azure.settings(azure.vault, "kek");
                settings.put("key", "https://no-such-vault.invalid/keys/kek");
                settings.put("proxy", "http://127.0.0.1:" + proxy.getLocalPort());
                try (KekHandle other = FakeAzure.open(settings, Recording.plain())) {
                    assertThat(Calls.failureOf(other::describe, Calls.soon()).code())
                            .isEqualTo(Code.UNAVAILABLE);
                }
                assertThat(asked.get(10, TimeUnit.SECONDS)).startsWith("CONNECT no-such-vault.invalid:443 ");
            }
        }

        private void assertHostFails(String vault, Duration patience, Code code, String says) {
            Map<String, Object> settings = azure.settings(azure.vault, "kek");
            settings.put("key", vault + "/keys/kek");
            try (KekHandle other = FakeAzure.open(settings, Recording.plain())) {
                WrappedKey there = new WrappedKey(
                        wrapped.ciphertext(),
                        new io.trousseau.api.KekVersion(
                                vault + "/keys/kek", wrapped.version().version()));
                assertEachFails(other, there, patience, code, says);
            }
        }
    }

    @Nested
    @DisplayName("TLS")
    class Tls {
        @Test
        @DisplayName("of an authority that is not trusted: UNAVAILABLE, and says so")
        void untrusted() throws IOException {
            Map<String, Object> settings = azure.settings(azure.vault, "kek");
            settings.put(
                    "caFile",
                    Files.writeString(
                            folder.resolve("other.pem"),
                            TestCa.create("another").pem()));
            try (KekHandle other = FakeAzure.open(settings, Recording.plain())) {
                assertEachFails(other, wrapped, Duration.ofSeconds(10), Code.UNAVAILABLE, "not trusted");
            }
        }

        @Test
        @DisplayName("not spoken by the other side: UNAVAILABLE")
        void plain() throws IOException {
            try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
                Thread answers = new Thread(() -> {
                    while (!plain.isClosed()) {
                        try (var socket = plain.accept()) {
                            socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes());
                        } catch (IOException e) {
                            return;
                        }
                    }
                });
                answers.setDaemon(true);
                answers.start();
                Map<String, Object> settings = azure.settings(azure.vault, "kek");
                settings.put("authorityHost", "https://localhost:" + plain.getLocalPort());
                try (KekHandle other = FakeAzure.open(settings, Recording.plain())) {
                    assertEachFails(other, wrapped, Duration.ofSeconds(10), Code.UNAVAILABLE, "login with");
                }
            }
        }
    }

    @Nested
    @DisplayName("Entra ID")
    class Entra {
        @Test
        @DisplayName("10 s late: TIMEOUT; the login goes on, and serves the calls that come after it")
        void late() {
            CountDownLatch until = new CountDownLatch(1);
            azure.entra.script(new AzureFault.Held(until));
            int before = azure.entra.logins();
            assertEachFails(kek, wrapped, Duration.ofMillis(200), Code.TIMEOUT, "login with");
            until.countDown();
            assertThat(Calls.unwrap(kek, wrapped)).isEqualTo(Calls.PLAINTEXT);
            assertThat(azure.entra.logins()).isEqualTo(before + 1);
        }

        @Test
        @DisplayName("broken: UNAVAILABLE, one request, and healed at once when it is back")
        void broken() {
            azure.entra.always(AzureFault.status(503, "temporarily_unavailable"));
            int before = azure.entra.logins();
            KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
            assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
            assertThat(failure).hasMessageContaining("HTTP 503");
            assertThat(azure.entra.logins()).isEqualTo(before + 1);
            azure.entra.heal();
            assertThat(Calls.unwrap(kek, wrapped)).isEqualTo(Calls.PLAINTEXT);
        }

        @Test
        @DisplayName("busy, which it can tell by a 400 too: UNAVAILABLE, not a refusal")
        void busy() {
            azure.entra.always(AzureFault.status(400, "temporarily_unavailable"));
            KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
            assertThat(failure.code()).as("%s", failure).isEqualTo(Code.UNAVAILABLE);
            assertThat(failure).hasMessageContaining("login with").hasMessageContaining("temporarily_unavailable");
        }

        @Test
        @DisplayName("throttling: THROTTLED, one request")
        void throttled() {
            azure.entra.always(AzureFault.throttled(3));
            int before = azure.entra.logins();
            KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
            assertThat(failure.code()).isEqualTo(Code.THROTTLED);
            assertThat(failure.retryAfter()).contains(Duration.ofSeconds(3));
            assertThat(azure.entra.logins()).isEqualTo(before + 1);
        }

        @Test
        @DisplayName("answering with a truncated body, a web page, or not at all: a failure that says it was the login")
        void junk() {
            for (AzureFault fault : List.of(
                    new AzureFault.Truncated(),
                    new AzureFault.Dropped(),
                    new AzureFault.Raw(200, "text/html", "<html>Sign in</html>"),
                    new AzureFault.Raw(200, "application/json", "{}"))) {
                azure.entra.always(fault);
                KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
                assertThat(failure.code().verdict())
                        .as("%s after %s", failure, fault)
                        .isEqualTo(KmsException.Verdict.TRANSIENT);
                assertThat(failure).hasMessageContaining("login with");
            }
        }
    }
}
