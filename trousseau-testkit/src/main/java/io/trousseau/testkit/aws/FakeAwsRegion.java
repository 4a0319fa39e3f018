package io.trousseau.testkit.aws;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * KMS and STS of one region, at one port of the loopback address. Safe for use by several threads.
 *
 * <p>A request that asks for something that is not modelled is answered with the status 501, which no client takes for
 * success or repeats, and {@link FakeAwsKms#close} then throws.
 */
@SuppressWarnings({"ArrayRecordComponent", "AddressSelection"})
public final class FakeAwsRegion {
    private static final String ANY = "*";

    static {
        // The JDK's server writes head and body apart: without this each answer waits 40 ms for an acknowledgement.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    /** What goes wrong with a request, and what ends that; taken at one moment, so that no healing is missed. */
    private record Trouble(@Nullable AwsFault fault, CountDownLatch healed) {}

    private record Reply(int status, String contentType, byte[] body) {}

    private final FakeAwsKms kms;
    private final String name;
    private final KmsActions kmsActions;
    private final StsActions stsActions;
    private final ExecutorService threads;
    private final AtomicInteger held = new AtomicInteger();
    private final List<String> actions = new CopyOnWriteArrayList<>();
    private final Object lock = new Object();

    // Guarded by the lock.
    private final Map<String, Deque<AwsFault>> next = new HashMap<>();
    private final Map<String, AwsFault> always = new HashMap<>();
    private CountDownLatch healed = new CountDownLatch(1);
    private @Nullable HttpServer server;
    private int port;

    FakeAwsRegion(FakeAwsKms kms, String name) {
        this.kms = kms;
        this.name = name;
        this.kmsActions = new KmsActions(kms, name);
        this.stsActions = new StsActions(kms);
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "fake-aws-" + name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        up();
    }

    /** The region's name. */
    public String name() {
        return name;
    }

    /** Where KMS and STS of the region are. The same after {@link #down} and {@link #up}. */
    public URI endpoint() {
        synchronized (lock) {
            return URI.create("http://127.0.0.1:" + port);
        }
    }

    /** The next request of the action goes wrong, after those for which that was said before. */
    public void next(String action, AwsFault fault) {
        synchronized (lock) {
            next.computeIfAbsent(action, any -> new ArrayDeque<>()).add(fault);
        }
    }

    /** Every request of the action goes wrong, {@code "*"} for all actions, until {@link #heal}. */
    public void always(String action, AwsFault fault) {
        synchronized (lock) {
            always.put(action, fault);
        }
    }

    /** Nothing goes wrong any more; what is held is answered. */
    public void heal() {
        synchronized (lock) {
            next.clear();
            always.clear();
            healed.countDown();
            healed = new CountDownLatch(1);
        }
    }

    /** How many requests are held now. */
    public int held() {
        return held.get();
    }

    /** The actions that were asked for, in the order in which they came, refused ones too. */
    public List<String> actions() {
        return List.copyOf(actions);
    }

    /** Refuses connections, and ends those that are there. */
    public void down() {
        synchronized (lock) {
            if (server != null) {
                server.stop(0);
                server = null;
            }
        }
    }

    /** Takes connections again. */
    public void up() {
        synchronized (lock) {
            if (server != null) {
                return;
            }
            try {
                HttpServer started =
                        HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
                started.setExecutor(threads);
                started.createContext("/", this::serve);
                started.start();
                server = started;
                port = started.getAddress().getPort();
            } catch (IOException e) {
                throw new UncheckedIOException("the port " + port + " cannot be had", e);
            }
        }
    }

    void close() {
        heal();
        down();
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String target = Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Amz-Target"))
                    .orElse("");
            Map<String, String> form = target.isEmpty() ? StsActions.parse(body) : Map.of();
            String action = target.isEmpty() ? form.getOrDefault("Action", "") : target.replace("TrentService.", "");
            actions.add(action);
            Trouble trouble = troubleFor(action);
            AwsFault fault = trouble.fault();
            if (fault instanceof AwsFault.Drop) {
                return;
            }
            if (fault instanceof AwsFault.Answer answer) {
                send(
                        exchange,
                        new Reply(
                                answer.status(),
                                answer.contentType(),
                                answer.body().getBytes(StandardCharsets.UTF_8)),
                        false);
                return;
            }
            if (fault instanceof AwsFault.Delay || fault instanceof AwsFault.Hold) {
                hold(
                        trouble.healed(),
                        fault instanceof AwsFault.Delay delay ? Optional.of(delay.time()) : Optional.empty());
            }
            Reply reply = target.isEmpty() ? sts(exchange, action, form, body) : kms(exchange, target, body);
            send(exchange, reply, fault instanceof AwsFault.Truncate);
        }
    }

    private Reply kms(HttpExchange exchange, String target, byte[] body) {
        try {
            if (!target.startsWith("TrentService.")
                    || !KmsProtocol.CONTENT_TYPE.equals(
                            exchange.getRequestHeaders().getFirst("Content-Type"))
                    || !exchange.getRequestMethod().equals("POST")
                    || !exchange.getRequestURI().toString().equals("/")) {
                throw new UnsupportedOperationException("only POST / of the JSON protocol 1.1 is modelled");
            }
            FakeAwsCredentials caller =
                    SignatureCheck.caller(kms.iam(), exchange.getRequestHeaders(), body, name, "kms");
            String action = target.substring(target.indexOf('.') + 1);
            return new Reply(
                    200,
                    KmsProtocol.CONTENT_TYPE,
                    KmsProtocol.bytes(kmsActions.act(action, KmsProtocol.parse(body), caller)));
        } catch (AwsError e) {
            return new Reply(e.status(), KmsProtocol.CONTENT_TYPE, KmsProtocol.error(e.type(), e.text()));
        } catch (UnsupportedOperationException e) {
            return notModelled(target, e);
        }
    }

    private Reply sts(HttpExchange exchange, String action, Map<String, String> form, byte[] body) {
        try {
            Optional<FakeAwsCredentials> caller = StsActions.unsigned(action)
                    ? Optional.empty()
                    : Optional.of(SignatureCheck.caller(kms.iam(), exchange.getRequestHeaders(), body, name, "sts"));
            return new Reply(200, StsActions.CONTENT_TYPE, utf8(stsActions.act(action, form, caller)));
        } catch (AwsError e) {
            return new Reply(e.status(), StsActions.CONTENT_TYPE, utf8(StsActions.error(e)));
        } catch (UnsupportedOperationException e) {
            return notModelled(action, e);
        }
    }

    private Reply notModelled(String action, UnsupportedOperationException why) {
        String what = action + ": " + why.getMessage();
        kms.notModelled(what);
        return new Reply(501, "text/plain", utf8("FakeAwsKms: " + what));
    }

    private static void send(HttpExchange exchange, Reply reply, boolean half) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", reply.contentType());
        exchange.getResponseHeaders().set("x-amzn-RequestId", UUID.randomUUID().toString());
        exchange.sendResponseHeaders(reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
        if (reply.body().length > 0) {
            exchange.getResponseBody().write(reply.body(), 0, half ? reply.body().length / 2 : reply.body().length);
            exchange.getResponseBody().flush();
        }
    }

    private Trouble troubleFor(String action) {
        synchronized (lock) {
            for (String asked : List.of(action, ANY)) {
                Deque<AwsFault> queue = next.get(asked);
                if (queue != null && !queue.isEmpty()) {
                    return new Trouble(queue.remove(), healed);
                }
                if (always.containsKey(asked)) {
                    return new Trouble(always.get(asked), healed);
                }
            }
            return new Trouble(null, healed);
        }
    }

    private void hold(CountDownLatch until, Optional<Duration> time) {
        held.incrementAndGet();
        try {
            if (time.isEmpty()) {
                until.await();
            } else {
                boolean unused = until.await(time.get().toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            held.decrementAndGet();
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The name and the address. */
    @Override
    public String toString() {
        return "FakeAwsRegion[" + name + " at " + endpoint() + "]";
    }
}
