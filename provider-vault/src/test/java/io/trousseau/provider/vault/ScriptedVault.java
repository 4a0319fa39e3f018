package io.trousseau.provider.vault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An HTTP server that says what a test tells it to, right or wrong. Answers by the operation in the path. The tests wrap under
 * the empty context; to decrypt under any other is refused, as a handle wants it proven.
 */
final class ScriptedVault implements AutoCloseable {
    private static final Answer FORBIDDEN = new Answer(403, "{\"errors\":[\"permission denied\"]}");

    private static final Answer REFUSED = new Answer(400, "{\"errors\":[\"cipher: message authentication failed\"]}");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    record Answer(int status, String body, String contentType, Map<String, String> headers) {
        Answer(int status, String body) {
            this(status, body, "application/json", Map.of());
        }
    }

    ScriptedVault() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(threads);
        server.createContext("/v1/", this::handle);
        server.start();
        on("lookup-self", new Answer(200, "{\"data\":{\"ttl\":3600,\"type\":\"service\",\"policies\":[\"default\"]}}"));
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** From now on, requests whose path has {@code part} as one of its parts are answered so. */
    void on(String part, Answer answer) {
        answers.put(part, answer);
    }

    /** The paths asked for so far, with the method. */
    List<String> asked() {
        return asked;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String path = exchange.getRequestURI().getPath();
            asked.add(exchange.getRequestMethod() + " " + path);
            boolean otherContext = path.contains("/decrypt/") && body.contains("associated_data");
            Answer answer = otherContext
                    ? REFUSED
                    : List.of(path.split("/")).stream()
                            .filter(answers::containsKey)
                            .findFirst()
                            .map(answers::get)
                            .orElse(FORBIDDEN);
            exchange.getResponseHeaders().set("Content-Type", answer.contentType());
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
