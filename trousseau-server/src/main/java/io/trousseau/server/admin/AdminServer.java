package io.trousseau.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.trousseau.core.keyring.KeyringStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Answers {@code GET /livez}, {@code /readyz}, {@code /metrics} and {@code /status} over HTTP. Nobody is asked who they
 * are, so that it belongs on a loopback address, and nothing that it answers is secret.
 *
 * <p>It has four threads at most, and a client that is slow loses its connection.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(AdminServer.class.getName());
    private static final int THREADS = 4;
    private static final int WAITING = 16;
    private static final String TEXT = "text/plain; charset=utf-8";

    static {
        // The server of the JDK knows these limits as system properties alone, in seconds.
        Map.of("maxReqTime", "5", "maxRspTime", "5", "nodelay", "true")
                .forEach((name, value) -> System.getProperties().putIfAbsent("sun.net.httpserver." + name, value));
    }

    private record Answer(int code, String type, String body) {}

    private interface Question {
        Answer answer() throws InterruptedException;
    }

    private final HttpServer http;
    private final ThreadPoolExecutor threads;
    private final Map<String, Question> questions;

    private AdminServer(HttpServer http, ThreadPoolExecutor threads, Map<String, Question> questions) {
        this.http = http;
        this.threads = threads;
        this.questions = questions;
    }

    /**
     * Starts to serve.
     *
     * @param address loopback; port 0 takes a free one
     * @param keyring asked at every request; must be fast
     * @param notServing asked at every {@code /readyz}: why nobody is served on the socket; empty if the socket is served
     * @param configurationProblems asked at every {@code /status}: why the configuration file is not in use as it stands
     * @param watchdog answers {@code /livez}
     * @param metrics answer {@code /metrics}
     * @throws IOException if the address cannot be bound; nothing is left behind
     */
    public static AdminServer start(
            InetSocketAddress address,
            Supplier<KeyringStatus> keyring,
            Supplier<String> notServing,
            Supplier<List<String>> configurationProblems,
            Watchdog watchdog,
            Metrics metrics)
            throws IOException {
        HttpServer http;
        try {
            http = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new IOException(
                    "admin.address: cannot listen on " + address.getAddress().getHostAddress() + ":" + address.getPort()
                            + ": " + e.getMessage() + "; free it, or set another address, or port 0 for any free one",
                    e);
        }
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS, THREADS, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), task -> {
                    Thread thread = new Thread(task, "trousseau-admin-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        AdminServer server = new AdminServer(
                http,
                threads,
                Map.of(
                        "/livez", () -> alive(watchdog.stuck()),
                        "/readyz", () -> ready(notServing.get(), keyring.get()),
                        "/metrics", () -> new Answer(200, Metrics.CONTENT_TYPE, metrics.scrape(keyring.get())),
                        "/status",
                                () -> new Answer(
                                        200,
                                        "application/json",
                                        StatusJson.of(keyring.get(), configurationProblems.get()))));
        http.createContext("/", server::answer);
        http.setExecutor(threads);
        http.start();
        return server;
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return http.getAddress();
    }

    private static Answer alive(List<String> stuck) {
        return stuck.isEmpty()
                ? new Answer(200, TEXT, "ok\n")
                : new Answer(
                        500,
                        TEXT,
                        "did not answer within " + Watchdog.BOUND.toSeconds() + " s: " + String.join(", ", stuck)
                                + "\n");
    }

    private static Answer ready(String notServing, KeyringStatus status) {
        if (!notServing.isEmpty()) {
            return new Answer(503, TEXT, notServing + "\n");
        }
        return new Answer(status.healthy() ? 200 : 503, TEXT, status.health() + "\n");
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            send(exchange, answerTo(exchange));
        } catch (InterruptedException e) {
            // The server is being closed.
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.log(
                    Level.ERROR,
                    "the admin server could not answer "
                            + exchange.getRequestURI().getPath(),
                    e);
            throw e;
        }
    }

    private Answer answerTo(HttpExchange exchange) throws InterruptedException {
        Question question = questions.get(exchange.getRequestURI().getPath());
        if (question == null) {
            return new Answer(404, TEXT, "there are /livez, /readyz, /metrics and /status\n");
        }
        if (!exchange.getRequestMethod().equals("GET")) {
            exchange.getResponseHeaders().set("Allow", "GET");
            return new Answer(405, TEXT, "only GET is answered\n");
        }
        return question.answer();
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        byte[] body = answer.body().getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.type());
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        boolean headersOnly = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(answer.code(), headersOnly ? -1 : body.length);
        if (!headersOnly) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    /** Stops at once; answers under way are cut off. Idempotent. */
    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
    }
}
