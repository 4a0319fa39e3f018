package io.trousseau.testkit.azure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.tls.TestIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An HTTP server on 127.0.0.1 with faults, a log of its requests, and JSON. Safe for use by several threads. */
final class LoopbackServer implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final int LARGEST_BODY = 1 << 20;

    static {
        // The JDK's server writes head and body apart, which costs 40 ms a request unless Nagle's algorithm is off.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    /** A request, read whole. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares requests
    record Request(String method, String path, Map<String, String> query, HttpExchange exchange, byte[] body) {
        Optional<String> header(String name) {
            return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        JsonNode json() throws Refusal {
            try {
                JsonNode json = JSON.readTree(body);
                if (json != null && json.isObject()) {
                    return json;
                }
            } catch (IOException e) {
                throw new Refusal(400, "BadParameter", "", "The body is no JSON: " + e.getMessage(), e);
            }
            throw new Refusal(400, "BadParameter", "", "The body is no JSON object", null);
        }
    }

    /** An answer. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares answers
    record Reply(int status, Map<String, String> headers, String contentType, byte[] body) {
        static Reply json(JsonNode json) {
            return json(200, json);
        }

        static Reply json(int status, JsonNode json) {
            return new Reply(
                    status,
                    Map.of(),
                    "application/json; charset=utf-8",
                    json.toString().getBytes(StandardCharsets.UTF_8));
        }

        Reply with(String header, String value) {
            Map<String, String> more = new ConcurrentHashMap<>(headers);
            more.put(header, value);
            return new Reply(status, more, contentType, body);
        }
    }

    /** An error that the service answers. */
    static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;
        private final String code;
        private final String inner;

        Refusal(int status, String code, String inner, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.status = status;
            this.code = code;
            this.inner = inner;
        }

        int status() {
            return status;
        }

        String code() {
            return code;
        }

        String inner() {
            return inner;
        }
    }

    /** What a server does with a request. */
    interface Service {
        Reply answer(Request request) throws Refusal;

        /** The body of an error. */
        ObjectNode error(String code, String inner, String message);

        /** What part of the service a request is for: faults are scripted for these. */
        String operationOf(Request request);
    }

    private final HttpServer server;
    private final String scheme;
    private final Service service;
    private final ExecutorService threads;
    private final Map<String, Queue<AzureFault>> faults = new ConcurrentHashMap<>();
    private final Map<String, AzureFault> always = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> notModelled = new CopyOnWriteArrayList<>();
    private volatile @Nullable Silence silence;

    LoopbackServer(String name, Optional<TestIdentity> identity, Service service) {
        this.service = service;
        this.scheme = identity.isPresent() ? "https" : "http";
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try {
            if (identity.isPresent()) {
                HttpsServer https = HttpsServer.create(address, 0);
                https.setHttpsConfigurator(new HttpsConfigurator(identity.get().sslContext()));
                this.server = https;
            } else {
                this.server = HttpServer.create(address, 0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return scheme + "://localhost:" + server.getAddress().getPort();
    }

    int port() {
        return server.getAddress().getPort();
    }

    void script(String operation, AzureFault... next) {
        faults.computeIfAbsent(operation, unused -> new ConcurrentLinkedQueue<>())
                .addAll(Arrays.asList(next));
    }

    void always(String operation, AzureFault fault) {
        always.put(operation, fault);
    }

    void heal() {
        always.clear();
        faults.clear();
    }

    List<String> requests() {
        return requests;
    }

    List<String> notModelled() {
        return notModelled;
    }

    Refusal notModelled(Request request) {
        notModelled.add(request.method() + " " + request.path());
        return new Refusal(
                501,
                "NotModelled",
                "",
                "This stand-in does not model " + request.method() + " " + request.path(),
                null);
    }

    Stall stall() {
        Silence begun = new Silence();
        silence = begun;
        return begun;
    }

    private final class Silence implements Stall {
        private final CountDownLatch end = new CountDownLatch(1);
        private final AtomicInteger held = new AtomicInteger();

        @Override
        public int held() {
            return held.get();
        }

        @Override
        public void close() {
            silence = null;
            end.countDown();
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readNBytes(LARGEST_BODY);
            Request request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    Form.parse(Optional.ofNullable(exchange.getRequestURI().getRawQuery())
                            .orElse("")),
                    exchange,
                    body);
            String operation = service.operationOf(request);
            requests.add(operation);
            Silence now = silence;
            if (now != null) {
                now.held.incrementAndGet();
                now.end.await();
                now.held.decrementAndGet();
            }
            perform(request, faultOf(operation));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<AzureFault> faultOf(String operation) {
        for (String name : List.of(operation, "*")) {
            Queue<AzureFault> queue = faults.get(name);
            AzureFault next = queue == null ? null : queue.poll();
            if (next != null) {
                return Optional.of(next);
            }
            if (always.containsKey(name)) {
                return Optional.of(always.get(name));
            }
        }
        return Optional.empty();
    }

    private void perform(Request request, Optional<AzureFault> fault) throws IOException, InterruptedException {
        HttpExchange exchange = request.exchange();
        AzureFault happens = fault.orElse(null);
        if (happens instanceof AzureFault.Dropped) {
            return;
        }
        if (happens instanceof AzureFault.Status status) {
            Reply reply =
                    Reply.json(status.status(), service.error(status.code(), status.inner(), "scripted by the test"));
            for (Map.Entry<String, String> header : status.headers().entrySet()) {
                reply = reply.with(header.getKey(), header.getValue());
            }
            send(exchange, reply);
            return;
        }
        if (happens instanceof AzureFault.Raw raw) {
            send(
                    exchange,
                    new Reply(
                            raw.status(),
                            Map.of(),
                            raw.contentType(),
                            raw.body().getBytes(StandardCharsets.UTF_8)));
            return;
        }
        if (happens instanceof AzureFault.Late late) {
            // A latch that nobody opens: the only way to wait that ends when the server does.
            boolean unused = new CountDownLatch(1).await(late.delay().toMillis(), TimeUnit.MILLISECONDS);
        }
        if (happens instanceof AzureFault.Held held) {
            held.until().await();
        }
        Reply reply = answer(request);
        if (happens instanceof AzureFault.Truncated) {
            exchange.getResponseHeaders().set("Content-Type", reply.contentType());
            exchange.sendResponseHeaders(reply.status(), reply.body().length);
            exchange.getResponseBody().write(reply.body(), 0, reply.body().length / 2);
            exchange.getResponseBody().flush();
            return;
        }
        send(exchange, reply);
    }

    private Reply answer(Request request) {
        try {
            return service.answer(request);
        } catch (Refusal e) {
            return Reply.json(e.status(), service.error(e.code(), e.inner(), String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            notModelled.add(request.method() + " " + request.path() + " threw " + e);
            return Reply.json(500, service.error("FakeIsBroken", "", e.toString()));
        }
    }

    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        reply.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        exchange.getResponseHeaders().set("Content-Type", reply.contentType());
        exchange.getResponseHeaders().set("Cache-Control", "no-cache");
        exchange.getResponseHeaders().set("x-ms-request-id", UUID.randomUUID().toString());
        boolean empty = reply.body().length == 0;
        exchange.sendResponseHeaders(reply.status(), empty ? -1 : reply.body().length);
        if (!empty) {
            exchange.getResponseBody().write(reply.body());
        }
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Stops at once; what is under way ends without an answer. */
    @Override
    public void close() {
        Silence now = silence;
        if (now != null) {
            now.close();
        }
        server.stop(0);
        threads.shutdownNow();
    }
}
