package io.trousseau.provider.vault.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.trousseau.api.Deadline;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransportTest {
    private HttpServer server;
    private Transport transport;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
        transport = new Transport(
                "test",
                VaultCluster.at(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort())),
                System.getLogger("test"));
    }

    @AfterEach
    void stop() {
        transport.close();
        server.stop(0);
    }

    @Test
    void a_request_carries_path_namespace_token_and_body() {
        server.createContext("/v1/transit/encrypt/payments", exchange -> {
            String echo = exchange.getRequestMethod() + " "
                    + exchange.getRequestHeaders().getFirst("X-Vault-Request") + " "
                    + exchange.getRequestHeaders().getFirst("X-Vault-Namespace") + " "
                    + exchange.getRequestHeaders().getFirst("X-Vault-Token") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), UTF_8).length();
            byte[] body = ("{\"data\":{\"echo\":\"" + echo + "\",\"plaintext\":\"AAEC\"}}").getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });

        try (VaultAnswer answer = transport.call(
                VaultRequest.post("transit/encrypt/payments", "{}".getBytes(UTF_8), Optional.of("team-a")),
                Optional.of("s.t"),
                Deadline.after(Duration.ofSeconds(10)))) {
            assertThat(answer.json("data", "echo").textValue()).isEqualTo("POST true team-a s.t 2");
            assertThat(answer.base64("data", "plaintext")).containsExactly(0, 1, 2);
        }
    }
}
