package io.trousseau.testkit.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trousseau.testkit.tls.TestCa;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A FakeVault")
class FakeVaultTest {
    private static final byte[] DATA = "data".getBytes(UTF_8);
    private static final String DECRYPT = "POST transit/decrypt/*";

    private FakeVault vault;
    private VaultClient root;
    private String ciphertext;

    @BeforeEach
    void start() {
        vault = FakeVault.start();
        root = vault.root();
        root.enableEngine("transit", "transit");
        root.createKey("k", "aes256-gcm96");
        ciphertext = root.encrypt("k", DATA);
    }

    @AfterEach
    void close() {
        vault.close();
    }

    private VaultReply decrypt() {
        return root.call("POST", "transit/decrypt/k", Map.of("ciphertext", ciphertext));
    }

    @Nested
    @DisplayName("fails on command")
    class Faults {
        @Test
        @DisplayName("once for each fault in the queue, in its order, and then no more")
        void queue() {
            vault.next(DECRYPT, VaultFault.errors(500, "first"));
            vault.next(DECRYPT, VaultFault.none());
            vault.next(DECRYPT, VaultFault.errors(503, "Vault is sealed"));

            assertThat(decrypt().errors()).containsExactly("first");
            assertThat(decrypt().status()).isEqualTo(200);
            assertThat(decrypt().status()).isEqualTo(503);
            assertThat(decrypt().status()).isEqualTo(200);
        }

        @Test
        @DisplayName("only on the route that was named")
        void route() {
            vault.always("GET transit/keys/*", VaultFault.errors(500, "broken"));

            assertThat(root.call("GET", "transit/keys/k").status()).isEqualTo(500);
            assertThat(root.call("GET", "transit/keys/other").status()).isEqualTo(500);
            assertThat(root.call("LIST", "transit/keys").status()).isEqualTo(200);
            assertThat(root.call("POST", "transit/keys/k", Map.of()).status()).isEqualTo(200);
            assertThat(decrypt().status()).isEqualTo(200);
        }

        @Test
        @DisplayName("for ever, until it is healed")
        void always() {
            vault.always("* transit/*", VaultFault.html(502));

            assertThat(decrypt().status()).isEqualTo(502);
            assertThat(decrypt().text()).startsWith("<html>");
            assertThat(decrypt().headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
            vault.heal();
            assertThat(decrypt().status()).isEqualTo(200);
        }

        @Test
        @DisplayName("with 429 and how long to wait")
        void rateLimited() {
            vault.next(DECRYPT, VaultFault.rateLimited(Duration.ofSeconds(7)));

            VaultReply reply = decrypt();

            assertThat(reply.status()).isEqualTo(429);
            assertThat(reply.headers().firstValue("Retry-After")).contains("7");
        }

        @Test
        @DisplayName("by not hearing a field of the request")
        void ignoring() {
            Map<String, String> bound = Map.of("ciphertext", ciphertext, "associated_data", "AAAA");
            assertThat(root.call("POST", "transit/decrypt/k", bound).status()).isEqualTo(400);

            vault.next(DECRYPT, VaultFault.ignoring("associated_data"));

            assertThat(root.call("POST", "transit/decrypt/k", bound).status()).isEqualTo(200);
            assertThat(root.call("POST", "transit/decrypt/k", bound).status()).isEqualTo(400);
        }

        @Test
        @DisplayName("with a redirect")
        void redirected() {
            vault.next(DECRYPT, VaultFault.redirectedTo(URI.create("https://elsewhere.example/v1/x")));

            VaultReply reply = decrypt();

            assertThat(reply.status()).isEqualTo(307);
            assertThat(reply.headers().firstValue("Location")).contains("https://elsewhere.example/v1/x");
        }

        @Test
        @DisplayName("with an answer from which something is missing")
        void edited() {
            vault.next(DECRYPT, VaultFault.edited(body -> {
                ((ObjectNode) body.path("data")).remove("plaintext");
                return body;
            }));

            assertThat(decrypt().data().has("plaintext")).isFalse();
            assertThat(decrypt().data().has("plaintext")).isTrue();
        }

        @Test
        @DisplayName("with half an answer")
        void truncated() {
            vault.next(DECRYPT, VaultFault.truncated());

            assertThatThrownBy(FakeVaultTest.this::decrypt)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("bytes received");
        }

        @Test
        @DisplayName("without an answer, the request performed or not")
        void noAnswer() {
            vault.next("POST transit/keys/k/rotate", VaultFault.dropped());
            assertThatThrownBy(() -> root.rotateKey("k")).isInstanceOf(UncheckedIOException.class);
            assertThat(root.key("k").path("latest_version").asInt()).isEqualTo(1);

            vault.next("POST transit/keys/k/rotate", VaultFault.lost());
            assertThatThrownBy(() -> root.rotateKey("k")).isInstanceOf(UncheckedIOException.class);
            assertThat(root.key("k").path("latest_version").asInt()).isEqualTo(2);
        }

        @Test
        @DisplayName("by silence until it is healed, while other requests are answered")
        void hang() throws Exception {
            vault.next(DECRYPT, VaultFault.hang());
            CompletableFuture<VaultReply> hanging = CompletableFuture.supplyAsync(FakeVaultTest.this::decrypt);
            Awaitility.await().until(() -> vault.calls(DECRYPT) == 1);

            assertThat(decrypt().status()).isEqualTo(200);
            assertThat(hanging).isNotDone();
            vault.heal();
            assertThat(hanging.get(10, TimeUnit.SECONDS).status()).isEqualTo(200);
        }

        @Test
        @DisplayName("by silence until the test opens a gate")
        void held() throws Exception {
            CountDownLatch gate = new CountDownLatch(1);
            vault.next(DECRYPT, VaultFault.errors(500, "late").heldUntil(gate));
            CompletableFuture<VaultReply> held = CompletableFuture.supplyAsync(FakeVaultTest.this::decrypt);
            Awaitility.await().until(() -> vault.calls(DECRYPT) == 1);

            assertThat(held).isNotDone();
            gate.countDown();
            assertThat(held.get(10, TimeUnit.SECONDS).errors()).containsExactly("late");
        }

        @Test
        @DisplayName("late")
        void delayed() {
            vault.next(DECRYPT, VaultFault.none().delayedBy(Duration.ofMillis(200)));
            long start = System.nanoTime();

            assertThat(decrypt().status()).isEqualTo(200);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
        }

        @Test
        @DisplayName("and says what is wrong with a route")
        void badRoute() {
            assertThatThrownBy(() -> vault.next("transit/decrypt/k", VaultFault.hang()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'transit/decrypt/k'");
            assertThatThrownBy(() -> vault.next("POST /v1/transit/decrypt/k", VaultFault.hang()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    @DisplayName("that hangs can be closed; the caller gets no answer")
    void closedWhileHanging() {
        vault.always(DECRYPT, VaultFault.hang());
        CompletableFuture<VaultReply> hanging = CompletableFuture.supplyAsync(this::decrypt);
        Awaitility.await().until(() -> vault.calls(DECRYPT) == 1);

        vault.close();

        assertThat(hanging).failsWithin(Duration.ofSeconds(10));
    }

    @Test
    @DisplayName("remembers the requests that it got: header, connection, number")
    void requests() {
        int before = vault.requests().size();

        root.inNamespace("team-a").call("GET", "transit/keys/k?list=true");
        SeenRequest request = vault.requests().get(before);

        assertThat(request.method()).isEqualTo("GET");
        assertThat(request.path()).isEqualTo("transit/keys/k");
        assertThat(request.header("X-Vault-Namespace")).contains("team-a");
        assertThat(request.clientPort()).isPositive();
        assertThat(vault.calls("GET transit/keys/k")).isEqualTo(1);
        assertThat(vault.calls("* transit/keys/*")).isEqualTo(2);
        assertThat(request).hasToString("GET transit/keys/k");
    }

    @Test
    @DisplayName("refuses loudly what it does not model, and fails the test that asked")
    void unmodelled() {
        FakeVault other = FakeVault.start();
        VaultReply reply = other.root().call("GET", "sys/mounts");

        assertThat(reply.status()).isEqualTo(501);
        assertThat(reply.errors()).singleElement().asString().contains("does not model", "GET sys/mounts");
        assertThat(other.unmodelled()).hasSize(1);
        assertThatThrownBy(other::close).isInstanceOf(AssertionError.class).hasMessageContaining("GET sys/mounts");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, transit/encrypt/k, batch_input",
        "POST, transit/keys/k, key_size",
        "POST, transit/keys/ec, type",
        "GET, transit/export/encryption-key/k, x",
        "PATCH, transit/keys/k, x",
        "POST, sys/unseal, key",
        "POST, sys/mounts/kv, type",
    })
    @DisplayName("does not invent an answer to what a real one would know")
    void notInvented(String method, String path, String field) {
        FakeVault other = FakeVault.start();
        other.root().enableEngine("transit", "transit");
        other.root().createKey("k", "aes256-gcm96");

        VaultReply reply = other.root().call(method, path, Map.of(field, path.endsWith("kv") ? "kv" : "ed25519"));

        assertThat(reply.status()).isEqualTo(501);
        assertThatThrownBy(other::close).isInstanceOf(AssertionError.class).hasMessageContaining("does not model");
    }

    @Test
    @DisplayName("has time that the test moves: tokens end with their lease")
    void clock() {
        Instant[] now = {Instant.parse("2026-01-01T00:00:00Z")};
        InstantSource clock = () -> now[0];
        try (FakeVault other = FakeVault.start(clock)) {
            String token = other.root().createToken(Duration.ofMinutes(10), "default");
            VaultClient client = other.root().withToken(token);

            now[0] = now[0].plus(Duration.ofMinutes(9));
            assertThat(client.call("GET", "auth/token/lookup-self")
                            .data()
                            .path("ttl")
                            .asInt())
                    .isEqualTo(60);
            now[0] = now[0].plus(Duration.ofMinutes(1));
            assertThat(client.call("GET", "auth/token/lookup-self").status()).isEqualTo(403);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ACTIVE, 200, 200",
        "FORWARDING, 429, 200",
        "LEADERLESS, 429, 500",
        "DR_SECONDARY, 472, 400",
        "PERFORMANCE, 473, 200"
    })
    @DisplayName("can be each kind of node")
    void standby(Standby kind, int health, int decrypt) {
        vault.standby(kind);

        assertThat(root.withoutToken().call("GET", "sys/health").status()).isEqualTo(health);
        assertThat(root.call(
                                "GET",
                                "sys/health?activecode=299&standbycode=299&drsecondarycode=299&performancestandbycode=299")
                        .status())
                .isEqualTo(299);
        assertThat(decrypt().status()).isEqualTo(decrypt);
    }

    @Test
    @DisplayName("keeps its data while it is sealed")
    void sealed() {
        vault.seal();
        assertThat(decrypt().errors()).containsExactly("Vault is sealed");
        vault.unseal();
        assertThat(root.decrypt("k", ciphertext)).isEqualTo(DATA);
    }

    @Test
    @DisplayName("answers many callers at once")
    void concurrent() {
        List<CompletableFuture<byte[]>> calls = IntStream.range(0, 64)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> root.decrypt("k", ciphertext)))
                .toList();

        assertThat(calls)
                .allSatisfy(call -> assertThat(call.get(30, TimeUnit.SECONDS)).isEqualTo(DATA));
    }

    @Nested
    @DisplayName("with TLS")
    class Tls {
        private final TestCa ca = TestCa.create("ca");

        private VaultReply health(TestCa trusted, FakeVault server) {
            HttpClient http = HttpClient.newBuilder()
                    .sslContext(trusted.trustingContext())
                    .build();
            return VaultClient.of(http, server.address()).call("GET", "sys/health");
        }

        @Test
        @DisplayName("is trusted by who trusts its CA, and by nobody else")
        void trusted() {
            try (FakeVault server = FakeVault.start(ca.server("127.0.0.1").sslContext(), InstantSource.system())) {
                assertThat(health(ca, server).status()).isEqualTo(200);
                TestCa other = TestCa.create("other");
                assertThatThrownBy(() -> health(other, server)).hasMessageContaining("PKIX");
                assertThat(server.root().call("GET", "sys/health").status()).isEqualTo(200);
            }
        }

        @Test
        @DisplayName("can show a certificate for another name, or one that has ended; the root client does not mind")
        void wrongCertificates() {
            Instant yesterday = Instant.now().minus(Duration.ofDays(1));
            Instant before = yesterday.minus(Duration.ofDays(1));
            try (FakeVault server = FakeVault.start(ca.server("vault.example").sslContext(), InstantSource.system())) {
                assertThatThrownBy(() -> health(ca, server)).hasMessageContaining("127.0.0.1");
                assertThat(server.root().call("GET", "sys/health").status()).isEqualTo(200);
            }
            try (FakeVault server =
                    FakeVault.start(ca.server(before, yesterday, "127.0.0.1").sslContext(), InstantSource.system())) {
                assertThatThrownBy(() -> health(ca, server)).hasMessageContaining("validity");
                assertThat(server.root().call("GET", "sys/health").status()).isEqualTo(200);
            }
        }
    }
}
