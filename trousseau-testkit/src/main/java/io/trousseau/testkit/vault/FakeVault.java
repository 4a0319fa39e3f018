package io.trousseau.testkit.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.trousseau.testkit.tls.AnyCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/**
 * A Vault in this JVM: real HTTP on a loopback port, real cryptography, real tokens and policies, and faults on command.
 *
 * <p>It answers as OpenBao 2.7.2 does, status, error texts and JSON alike; a suite of recorded calls that runs against
 * both proves it. It has the Transit engine (AES-GCM, ChaCha20-Poly1305, XChaCha20-Poly1305, RSA-OAEP; all settings of a
 * key), tokens, the login methods {@code approle}, {@code userpass} and {@code jwt}, ACL policies, response wrapping,
 * namespaces, seal and standby. What a real server would answer and this one cannot is answered with 501, says so, and
 * makes {@link #close} fail: a test never passes on an invention.
 *
 * <pre>{@code
 * try (FakeVault vault = FakeVault.start()) {
 *     vault.root().enableEngine("transit", "transit");
 *     vault.root().createKey("payments", "aes256-gcm96");
 *     vault.next("POST transit/decrypt/*", VaultFault.rateLimited(Duration.ofSeconds(1)));
 *     …
 *     assertThat(vault.calls("POST transit/decrypt/*")).isEqualTo(2);
 * }
 * }</pre>
 *
 * <p>A route is a method or {@code *}, a space, and a path without {@code /v1/} that may end in {@code *}. Safe for use by
 * several threads; it answers requests side by side, though one at a time looks at its state.
 */
public final class FakeVault implements VaultServer {
    private static final String ROOT_TOKEN = "root";
    private static final JsonMapper JSON = new JsonMapper();
    private static final AtomicInteger THREADS = new AtomicInteger();

    static {
        // Else the JDK's server holds back the second packet of each answer until the first is acknowledged: 40 ms.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    private final HttpServer server;
    private final ExecutorService workers;
    private final URI address;
    private final HttpClient http;
    private final FakeCore core;
    private final FaultScript faults = new FaultScript();
    private final List<SeenRequest> seen = new CopyOnWriteArrayList<>();
    private final List<String> unmodelled = new CopyOnWriteArrayList<>();

    private FakeVault(HttpServer server, URI address, InstantSource clock) {
        this.server = server;
        this.address = address;
        this.core = new FakeCore(clock, ROOT_TOKEN);
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(AnyCertificate.context())
                .build();
        this.workers = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "fake-vault-" + THREADS.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(workers);
    }

    /** A fake on plain HTTP and the system's clock, unsealed and empty. */
    public static FakeVault start() {
        return start(InstantSource.system());
    }

    /**
     * A fake on plain HTTP.
     *
     * @param clock when keys are made, and when tokens, secret ids and JWTs expire
     */
    public static FakeVault start(InstantSource clock) {
        try {
            return started(HttpServer.create(anyPort(), 0), "http", clock);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A fake on HTTPS.
     *
     * @param tls shows its certificate, such as {@link io.trousseau.testkit.tls.TestIdentity#sslContext}
     */
    public static FakeVault start(SSLContext tls, InstantSource clock) {
        try {
            HttpsServer server = HttpsServer.create(anyPort(), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(tls));
            return started(server, "https", clock);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static FakeVault started(HttpServer server, String scheme, InstantSource clock) {
        URI address = URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort());
        FakeVault vault = new FakeVault(server, address, clock);
        server.createContext("/", vault::serve);
        server.start();
        return vault;
    }

    @Override
    public URI address() {
        return address;
    }

    @Override
    public VaultClient root() {
        return VaultClient.of(http, address).withToken(ROOT_TOKEN);
    }

    @Override
    public void seal() {
        synchronized (core) {
            core.seal(true);
        }
    }

    @Override
    public void unseal() {
        synchronized (core) {
            core.seal(false);
        }
    }

    /** Makes it another kind of node; it keeps its data. */
    public void standby(Standby standby) {
        synchronized (core) {
            core.standby(standby);
        }
    }

    /**
     * The next request on this route that meets no earlier fault meets this one. Several faults of a route are met in the
     * order in which they were given.
     *
     * @throws IllegalArgumentException if the route is none
     */
    public void next(String route, VaultFault fault) {
        faults.next(FaultScript.Route.parse(route), fault);
    }

    /**
     * Every request on this route meets this fault, in place of what the route had.
     *
     * @throws IllegalArgumentException if the route is none
     */
    public void always(String route, VaultFault fault) {
        faults.always(FaultScript.Route.parse(route), fault);
    }

    /** Takes all faults away; what hangs or is delayed goes on. */
    public void heal() {
        faults.heal();
    }

    /** How many requests have come on this route, answered or not. */
    public long calls(String route) {
        FaultScript.Route parsed = FaultScript.Route.parse(route);
        return seen.stream()
                .filter(request -> parsed.covers(request.method(), request.path()))
                .count();
    }

    /** Every request so far, in the order of their arrival, those of {@link #root} too. */
    public List<SeenRequest> requests() {
        return List.copyOf(seen);
    }

    /** What was asked for and is not modelled, each once for every time. */
    public List<String> unmodelled() {
        return List.copyOf(unmodelled);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            answer(exchange);
        } catch (InterruptedException e) {
            // The fake is closing: the connection ends without an answer.
            Thread.currentThread().interrupt();
        }
    }

    private void answer(HttpExchange exchange) throws IOException, InterruptedException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        URI uri = exchange.getRequestURI();
        String path = uri.getPath().startsWith("/v1/") ? uri.getPath().substring("/v1/".length()) : "";
        String method = exchange.getRequestMethod();
        Map<String, List<String>> headers = new LinkedHashMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), List.copyOf(values)));
        SeenRequest request = new SeenRequest(
                method, path, headers, exchange.getRemoteAddress().getPort());
        seen.add(request);
        FaultScript.Met met = faults.take(method, path);
        VaultFault fault = met.fault();
        pause(fault, met.healed());
        VaultFault.Canned answer;
        if (fault.canned().isPresent()) {
            answer = fault.canned().get();
        } else if (fault.isPerformed()) {
            answer = genuine(request, uri, body, fault);
        } else {
            return;
        }
        if (fault.cut() == VaultFault.Cut.BEFORE_ANSWER) {
            return;
        }
        request.header("X-Vault-Namespace")
                .ifPresent(namespace -> exchange.getResponseHeaders().set("X-Vault-Namespace", namespace));
        send(exchange, answer, fault.cut() == VaultFault.Cut.HALFWAY);
    }

    private static void pause(VaultFault fault, CountDownLatch healed) throws InterruptedException {
        if (fault.hangs()) {
            healed.await();
        }
        if (fault.gate().isPresent()) {
            CountDownLatch gate = fault.gate().get();
            while (!gate.await(10, MILLISECONDS) && healed.getCount() > 0) {
                // Whichever opens first.
            }
        }
        if (!fault.delay().isZero()) {
            boolean unused = healed.await(fault.delay().toNanos(), NANOSECONDS);
        }
    }

    private VaultFault.Canned genuine(SeenRequest request, URI uri, byte[] body, VaultFault fault) {
        FakeAnswer answer;
        try {
            answer = perform(request, uri, fault.heard(json(body)));
        } catch (Unmodelled e) {
            String text = "FakeVault does not model this: " + e.getMessage() + " (" + request.method() + " "
                    + request.path() + ")";
            unmodelled.add(text);
            answer = FakeAnswer.errors(501, List.of(text));
        }
        ObjectNode json = answer.body();
        String text = json == null ? "" : fault.edit(json) + "\n";
        return new VaultFault.Canned(answer.status(), "application/json", Map.of(), text);
    }

    private FakeAnswer perform(SeenRequest request, URI uri, ObjectNode body) {
        if (!uri.getPath().startsWith("/v1/")) {
            return FakeAnswer.errors(404, List.of());
        }
        Map<String, String> query = query(uri);
        String method = switch (request.method()) {
            case "PUT" -> "POST";
            case "HEAD" -> "GET";
            case "GET" -> query.getOrDefault("list", "").equals("true") ? "LIST" : "GET";
            case "POST", "LIST", "DELETE" -> request.method();
            default -> throw new Unmodelled("the method " + request.method());
        };
        Optional<String> bearer = request.header("Authorization")
                .filter(value -> value.startsWith("Bearer "))
                .map(value -> value.substring("Bearer ".length()));
        FakeCore.Caller caller = new FakeCore.Caller(
                request.header("X-Vault-Token").or(() -> bearer),
                request.header("X-Vault-Namespace"),
                request.header("X-Vault-Wrap-TTL"),
                query);
        FakeCall call = new FakeCall(method, request.path(), body);
        synchronized (core) {
            return core.handle(call, caller);
        }
    }

    private static ObjectNode json(byte[] body) {
        if (body.length == 0) {
            return FakeAnswer.object();
        }
        try {
            if (JSON.readTree(new String(body, UTF_8)) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new Unmodelled("a body that is no JSON");
        }
        throw new Unmodelled("a body that is no JSON object");
    }

    private static Map<String, String> query(URI uri) {
        Map<String, String> query = new HashMap<>();
        String text = Optional.ofNullable(uri.getQuery()).orElse("");
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            query.put(equals < 0 ? pair : pair.substring(0, equals), equals < 0 ? "" : pair.substring(equals + 1));
        }
        return query;
    }

    private static void send(HttpExchange exchange, VaultFault.Canned answer, boolean half) throws IOException {
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        byte[] body = answer.body().getBytes(UTF_8);
        boolean empty = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
        if (body.length > 0) {
            exchange.getResponseHeaders().set("Content-Type", answer.contentType());
        }
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(answer.status(), empty ? -1 : body.length);
        if (!empty) {
            exchange.getResponseBody().write(body, 0, half ? body.length / 2 : body.length);
            exchange.getResponseBody().flush();
        }
    }

    /**
     * Ends it; what hangs ends without an answer.
     *
     * @throws AssertionError if something was asked for that is not modelled: it is ended all the same
     */
    @Override
    public void close() {
        workers.shutdownNow();
        server.stop(0);
        if (!unmodelled.isEmpty()) {
            List<String> texts = new ArrayList<>(unmodelled);
            throw new AssertionError(String.join("\n", texts));
        }
    }

    /** The address. */
    @Override
    public String toString() {
        return "FakeVault at " + address;
    }
}
