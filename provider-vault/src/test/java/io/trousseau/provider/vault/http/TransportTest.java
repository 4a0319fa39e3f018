package io.trousseau.provider.vault.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.StubVault.Answer;
import io.trousseau.provider.vault.http.VaultException.Kind;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransportTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final StubVault first = StubVault.plain();
    private final StubVault second = StubVault.plain();
    private Transport transport = to(first.address());

    private static Transport to(URI... addresses) {
        return new Transport("test", VaultCluster.at(addresses), System.getLogger("test"));
    }

    private void usesBoth() {
        transport.close();
        transport = to(first.address(), second.address());
    }

    @AfterEach
    void close() {
        transport.close();
        first.close();
        second.close();
    }

    private String ask(Duration timeout) {
        try (VaultAnswer answer =
                transport.call(VaultRequest.get("transit/keys/k", Optional.empty()), Deadline.after(timeout))) {
            return answer.address();
        }
    }

    private String ask() {
        return ask(LONG);
    }

    private VaultException failure(Duration timeout) {
        return catchThrowableOfType(VaultException.class, () -> ask(timeout));
    }

    private VaultException failure() {
        return failure(LONG);
    }

    @Test
    void a_request_carries_path_namespace_token_and_body() {
        byte[] body = "{\"plaintext\":\"AAEC\"}".getBytes(UTF_8);

        transport
                .call(
                        VaultRequest.post("transit/encrypt/my key", body, Optional.of("team-a")),
                        Optional.of("s.token"),
                        Deadline.after(LONG))
                .close();

        StubVault.Request request = first.requests().get(0);
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.path()).isEqualTo("/v1/transit/encrypt/my%20key");
        assertThat(request.body()).isEqualTo("{\"plaintext\":\"AAEC\"}");
        assertThat(request.headers())
                .containsEntry("x-vault-request", "true")
                .containsEntry("x-vault-namespace", "team-a")
                .containsEntry("x-vault-token", "s.token")
                .containsEntry("accept-encoding", "identity")
                .containsEntry("content-type", "application/json")
                .hasEntrySatisfying("user-agent", agent -> assertThat(agent).startsWith("trousseau"));
    }

    @Test
    void an_address_may_have_a_path_of_its_own() {
        transport.close();
        transport = to(URI.create(first.address() + "/vault/"));

        ask();

        assertThat(first.requests().get(0).path()).isEqualTo("/vault/v1/transit/keys/k");
    }

    @Test
    void connections_are_used_again_and_a_dead_one_is_replaced_within_the_call() {
        ask();
        ask();
        assertThat(first.connections()).isEqualTo(1);

        first.dropConnections();

        ask();
        assertThat(first.connections()).isEqualTo(2);
    }

    @Test
    void the_environments_proxy_is_not_asked() throws Exception {
        ProxySelector before = ProxySelector.getDefault();
        try (ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ProxySelector.setDefault(
                    ProxySelector.of(new java.net.InetSocketAddress(proxy.getInetAddress(), proxy.getLocalPort())));
            transport.close();
            transport = to(first.address());

            assertThat(ask()).isEqualTo(first.address().toString());
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    @Test
    void a_configured_proxy_is_asked() {
        transport.close();
        transport = new Transport(
                "test",
                new VaultCluster(
                        List.of(URI.create("http://vault.invalid:8200")),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(first.address())),
                System.getLogger("test"));

        ask();

        assertThat(first.requests().get(0).path()).isEqualTo("http://vault.invalid:8200/v1/transit/keys/k");
    }

    @ParameterizedTest
    @CsvSource({
        "400,invalid ciphertext,BAD_REQUEST",
        "403,permission denied,FORBIDDEN",
        "404,no handler for route,NOT_FOUND",
        "405,unsupported operation,BAD_REQUEST",
        "429,request path is rate limited,RATE_LIMITED",
        "472,x,STANDBY",
        "473,x,STANDBY",
        "500,local node not active but active cluster node not found,STANDBY",
        "500,internal error,SERVER_ERROR",
        "501,Vault is not initialized,UNINITIALIZED",
        "502,x,SERVER_ERROR",
        "503,Vault is sealed,SEALED",
        "503,maintenance,SERVER_ERROR",
    })
    void what_vault_refuses_is_told_apart(int status, String text, Kind kind) {
        first.answers(request -> Answer.error(status, text));

        VaultException e = failure();

        assertThat(e.kind()).isEqualTo(kind);
        assertThat(e.status()).isEqualTo(status);
        assertThat(e.errors()).containsExactly(text);
        assertThat(e.address()).contains(first.address().toString());
        assertThat(e)
                .hasMessageContaining(text)
                .hasMessageContaining(first.address().toString());
    }

    @Test
    void retry_after_comes_in_seconds_or_as_a_date() {
        first.answers(request -> Answer.json(429, "{\"errors\":[\"quota\"]}", "Retry-After: 7"));
        assertThat(failure().retryAfter()).contains(Duration.ofSeconds(7));

        first.answers(request -> Answer.json(
                429,
                "{\"errors\":[\"quota\"]}",
                "Date: Tue, 24 Nov 2026 18:00:00 GMT",
                "Retry-After: Tue, 24 Nov 2026 18:00:09 GMT"));
        assertThat(failure().retryAfter()).contains(Duration.ofSeconds(9));

        first.answers(request -> Answer.json(429, "{\"errors\":[\"quota\"]}", "Retry-After: soon"));
        assertThat(failure().retryAfter()).isEmpty();
    }

    @Test
    void a_node_that_is_behind_is_asked_again() {
        AtomicInteger asked = new AtomicInteger();
        first.answers(request -> asked.incrementAndGet() < 3
                ? Answer.error(412, "required index state not present")
                : Answer.json(200, "{}"));

        ask();

        assertThat(asked).hasValue(3);
    }

    @Test
    void what_is_not_vaults_is_a_bad_answer_and_not_copied_into_the_message() {
        for (Answer answer : List.of(
                Answer.http(200, "text/html", "<html>Sign in to the WiFi</html>"),
                Answer.http(403, "text/html", "<html>Blocked by the WiFi</html>"),
                Answer.http(200, "application/json", "{\"data\":{\"WiFi"),
                Answer.http(200, "application/json", "[\"WiFi\"]"),
                Answer.http(200, "application/json", "{}{\"WiFi\":1}"),
                Answer.http(200, "application/json", "{\"WiFi\":1,\"WiFi\":2}"),
                Answer.http(400, "application/json", "{\"message\":\"WiFi\"}"))) {
            first.answers(request -> answer);

            VaultException e = failure();

            assertThat(e.kind()).isEqualTo(Kind.BAD_ANSWER);
            assertThat(e).hasMessageNotContaining("WiFi");
        }
        first.answers(request -> Answer.http(503, "text/html", "<html>WiFi</html>"));
        assertThat(failure().kind()).isEqualTo(Kind.SERVER_ERROR);
    }

    @Test
    void an_answer_that_is_cut_short_or_endless_is_a_bad_answer() {
        first.answers(request -> Answer.raw(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"data\":1"));
        assertThat(failure().kind()).isEqualTo(Kind.BAD_ANSWER);

        first.answers(request -> Answer.json(200, "{\"data\":\"" + "x".repeat(Reply.MAX_BODY_BYTES) + "\"}"));
        assertThat(failure().kind()).isEqualTo(Kind.BAD_ANSWER);

        first.answers(request -> Answer.raw("SSH-2.0-OpenSSH_9.9\r\n"));
        assertThat(failure().kind()).isEqualTo(Kind.BAD_ANSWER);
    }

    @Test
    void a_redirect_leads_to_a_configured_address_or_nowhere() {
        first.answers(request -> Answer.http(307, "text/html", "", "Location: " + second.address() + request.path()));

        VaultException e = failure();
        assertThat(e.kind()).isEqualTo(Kind.STANDBY);
        assertThat(e).hasMessageContaining("not in addresses");
        assertThat(second.requests()).isEmpty();

        usesBoth();
        assertThat(ask()).isEqualTo(second.address().toString());
    }

    @Test
    void a_node_that_cannot_serve_is_passed_over_and_the_one_that_did_is_asked_first_from_then_on() {
        usesBoth();
        for (Answer answer : List.of(
                Answer.error(503, "Vault is sealed"),
                Answer.error(472, "secondary"),
                Answer.error(500, "internal"),
                Answer.http(200, "text/html", "<html>"),
                Answer.raw(""))) {
            transport.close();
            usesBoth();
            first.answers(request -> answer);
            assertThat(ask()).isEqualTo(second.address().toString());

            int before = first.requests().size();
            assertThat(ask()).isEqualTo(second.address().toString());
            assertThat(first.requests()).hasSize(before);
        }
    }

    @Test
    void what_vault_decided_is_not_asked_of_another_node() {
        usesBoth();
        first.answers(request -> Answer.error(403, "permission denied"));

        assertThat(failure().kind()).isEqualTo(Kind.FORBIDDEN);

        assertThat(second.requests()).isEmpty();
    }

    @Test
    void a_node_that_swallows_everything_does_not_eat_the_others_time() {
        usesBoth();
        first.swallows();
        second.answers(request -> {
            assertThat(new CountDownLatch(1).await(1, TimeUnit.SECONDS)).isFalse();
            return Answer.json(200, "{}");
        });

        assertThat(ask(Duration.ofSeconds(4))).isEqualTo(second.address().toString());
    }

    @Test
    void when_no_address_serves_the_message_names_each() {
        usesBoth();
        first.answers(request -> Answer.error(503, "Vault is sealed"));
        second.close();

        VaultException e = failure();

        assertThat(e.kind()).isEqualTo(Kind.SEALED);
        assertThat(e.errors()).containsExactly("Vault is sealed");
        assertThat(e)
                .hasMessageContaining(first.address() + ": 503 sealed")
                .hasMessageContaining(second.address() + ": connection refused");
    }

    @Test
    void no_answer_before_the_deadline_is_a_timeout() {
        first.swallows();

        assertThat(failure(Duration.ofMillis(200)).kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(failure(Duration.ZERO).kind()).isEqualTo(Kind.TIMEOUT);
    }

    @Test
    void an_unknown_host_and_a_refused_connection_are_unreachable() {
        first.close();
        assertThat(failure()).hasMessageContaining("connection refused");
        assertThat(failure().kind()).isEqualTo(Kind.UNREACHABLE);

        transport.close();
        transport = to(URI.create("http://no-such-host.invalid:8200"));
        assertThat(failure().kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failure()).hasMessageContaining("check addresses");
    }

    @Test
    void an_interrupted_call_stops_and_keeps_the_flag() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        first.answers(request -> {
            asked.countDown();
            new CountDownLatch(1).await();
            return Answer.raw("");
        });
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            VaultException e = failure(Duration.ofMinutes(5));
            return e.kind() == Kind.INTERRUPTED && Thread.currentThread().isInterrupted();
        });
        Thread caller = new Thread(call);
        caller.start();
        asked.await();

        caller.interrupt();

        assertThat(call.get()).isTrue();
    }

    @Test
    void closing_ends_calls_under_way_and_the_threads() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        first.answers(request -> {
            asked.countDown();
            new CountDownLatch(1).await();
            return Answer.raw("");
        });
        FutureTask<Kind> call =
                new FutureTask<>(() -> failure(Duration.ofMinutes(5)).kind());
        new Thread(call).start();
        asked.await();

        transport.close();
        transport.close();

        assertThat(call.get()).isEqualTo(Kind.CLOSED);
        assertThat(failure().kind()).isEqualTo(Kind.CLOSED);
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("vault-test-http")));
    }

    @Test
    void each_address_is_looked_at_for_people() {
        usesBoth();
        String health = "{\"initialized\":true,\"sealed\":%s,\"standby\":%s,\"version\":\"2.7.2\"}";
        first.answers(
                request -> Answer.json(429, health.formatted(false, true), "Date: Tue, 24 Nov 2026 18:00:00 GMT"));
        second.answers(request -> Answer.http(502, "text/html", "<html>"));

        List<NodeReport> reports = transport.lookAtEach(Deadline.after(LONG));

        assertThat(reports.get(0).health()).contains("standby");
        assertThat(reports.get(0).version()).contains("2.7.2");
        assertThat(reports.get(0).clock()).contains(java.time.Instant.parse("2026-11-24T18:00:00Z"));
        assertThat(reports.get(0).tlsProtocol()).isEmpty();
        assertThat(reports.get(1).failure().orElseThrow().kind()).isEqualTo(Kind.SERVER_ERROR);

        first.answers(request -> Answer.json(503, health.formatted(true, true)));
        second.answers(request -> Answer.json(200, health.formatted(false, false)));
        assertThat(transport.lookAtEach(Deadline.after(LONG)))
                .extracting(NodeReport::health)
                .containsExactly(Optional.of("sealed"), Optional.of("active"));
    }

    @Test
    void plain_http_is_told_from_loopback() {
        for (String address :
                List.of("http://vault:8200", "http://10.0.0.1", "http://127.0.0.1.example.com", "HTTP://[::2]")) {
            assertThat(VaultCluster.isPlainHttpBeyondLoopback(URI.create(address)))
                    .as(address)
                    .isTrue();
        }
        for (String address :
                List.of("https://vault:8200", "http://127.0.0.1:1", "http://localhost", "http://[::1]:8200")) {
            assertThat(VaultCluster.isPlainHttpBeyondLoopback(URI.create(address)))
                    .as(address)
                    .isFalse();
        }
    }
}
