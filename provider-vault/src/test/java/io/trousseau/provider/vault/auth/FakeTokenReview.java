package io.trousseau.provider.vault.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.trousseau.testkit.tls.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The one call of a kube-apiserver that Vault's method {@code kubernetes} makes: is this service account token good? */
final class FakeTokenReview implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TestCa ca = TestCa.create("kubernetes");
    private final Set<String> good = ConcurrentHashMap.newKeySet();
    private final HttpsServer server;

    FakeTokenReview() throws IOException {
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(ca.server("127.0.0.1").sslContext()));
        server.createContext("/apis/authentication.k8s.io/v1/tokenreviews", this::review);
        server.start();
    }

    String address() {
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }

    String caPem() {
        return ca.pem();
    }

    void accept(String token) {
        good.add(token);
    }

    void refuse(String token) {
        good.remove(token);
    }

    private void review(HttpExchange exchange) throws IOException {
        String token = JSON.readTree(exchange.getRequestBody())
                .path("spec")
                .path("token")
                .asText();
        Map<String, ?> status = good.contains(token)
                ? Map.of(
                        "authenticated",
                        true,
                        "audiences",
                        List.of("vault"),
                        "user",
                        Map.of(
                                "username",
                                "system:serviceaccount:kube-system:trousseau",
                                "uid",
                                "1",
                                "groups",
                                List.of("system:serviceaccounts", "system:authenticated")))
                : Map.of("authenticated", false, "error", "expired");
        byte[] body = JSON.writeValueAsString(
                        Map.of("apiVersion", "authentication.k8s.io/v1", "kind", "TokenReview", "status", status))
                .getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(201, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
