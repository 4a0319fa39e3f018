package io.trousseau.provider.gcp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.trousseau.testkit.tls.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * What gives out tokens in Google Cloud: the OAuth endpoint, the security token service, the IAM credentials API and the
 * metadata server, each answering with the token that a test sets for a path, or failing as it says.
 */
final class FakeTokenServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile @Nullable CountDownLatch hold;

    private FakeTokenServer(HttpServer server) {
        this.server = server;
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    static FakeTokenServer start() throws IOException {
        return new FakeTokenServer(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    }

    static FakeTokenServer startTls(TestIdentity identity) throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(identity.sslContext()));
        return new FakeTokenServer(server);
    }

    record Request(String path, String authorization, String body) {}

    private record Reply(int status, String body, String location, int missing) {}

    int port() {
        return server.getAddress().getPort();
    }

    /** The form of OAuth, of the security token service and of the metadata server. */
    void token(String path, String token) {
        reply(
                path,
                200,
                "{\"access_token\":\"" + token
                        + "\",\"expires_in\":3600,\"token_type\":\"Bearer\",\"issued_token_type\":"
                        + "\"urn:ietf:params:oauth:token-type:access_token\"}");
    }

    /** The form of the IAM credentials API. */
    void impersonated(String account, String token) {
        reply(
                "/v1/projects/-/serviceAccounts/" + account + ":generateAccessToken",
                200,
                "{\"accessToken\":\"" + token + "\",\"expireTime\":\"2100-01-01T00:00:00Z\"}");
    }

    void reply(String path, int status, String body) {
        replies.put(path, new Reply(status, body, "", 0));
    }

    void redirect(String path, int status, String location) {
        replies.put(path, new Reply(status, "{}", location, 0));
    }

    /** Announces a longer answer than it gives. */
    void breakOff(String path, int status, String body) {
        replies.put(path, new Reply(status, body, "", 10));
    }

    /** Answers nobody until it is closed. */
    void fallSilent() {
        hold = new CountDownLatch(1);
    }

    void speakAgain() {
        CountDownLatch current = hold;
        hold = null;
        if (current != null) {
            current.countDown();
        }
    }

    List<Request> requests() {
        return requests;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            requests.add(new Request(
                    exchange.getRequestURI().getPath(),
                    authorization == null ? "" : authorization,
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            CountDownLatch current = hold;
            if (current != null) {
                current.await();
            }
            Reply reply = replies.getOrDefault(
                    exchange.getRequestURI().getPath(), new Reply(404, "{\"error\":\"not found\"}", "", 0));
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.getResponseHeaders().set("Metadata-Flavor", "Google");
            if (!reply.location().isEmpty()) {
                exchange.getResponseHeaders().set("Location", reply.location());
            }
            exchange.sendResponseHeaders(reply.status(), body.length + reply.missing());
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            // The server is closing.
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        speakAgain();
        server.stop(0);
        threads.shutdownNow();
    }
}
