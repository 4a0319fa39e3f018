package io.trousseau.provider.azure.http;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.util.Configuration;
import com.azure.core.util.Context;
import io.trousseau.api.Deadline;
import io.trousseau.provider.azure.http.TransportFailure.Kind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import reactor.core.publisher.Mono;

/**
 * The SDK's HTTP client over the JDK's, made to keep deadlines: the calling thread waits no longer than the {@link Deadline}
 * in the request's {@link #under context}, an interrupt ends the wait, and in either case the exchange is given up and its
 * connection closed. A request without a deadline, which only a login makes, has {@link #LOGIN_LIMIT}.
 *
 * <p>Answers are read whole. Redirects are not followed. Environment variables and system properties name no proxy here.
 *
 * <p>Safe for use by any number of threads.
 */
public final class Http implements HttpClient, AutoCloseable {
    /** How long one request of a login may take. */
    public static final Duration LOGIN_LIMIT = Duration.ofSeconds(10);

    private static final String DEADLINE = "trousseau-deadline";
    /** The name under which the SDK's client takes the wish for a whole answer. */
    private static final String READ_WHOLE = "azure-eagerly-read-response";
    /** How a call that was given up ends is no news; Reactor would log a stack trace of it. */
    private static final reactor.util.context.Context QUIET =
            reactor.util.context.Context.of("reactor.onErrorDropped.local", (Consumer<Throwable>) dropped -> {});

    private final KeepingBuilder builder;
    private final HttpClient client;
    private final ThreadPoolExecutor threads;
    private final Map<Object, CompletableFuture<HttpResponse>> underWay = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * Makes a client; connects to nothing.
     *
     * @param member for the names of its threads
     * @param trust what to trust instead of the JVM's certificate authorities
     * @param proxy the proxy for all hosts but the link-local ones of the machine's own metadata service
     */
    public Http(String member, Optional<SSLContext> trust, Optional<InetSocketAddress> proxy) {
        this.threads = threads("trousseau-azure-" + member);
        java.net.http.HttpClient.Builder builder = java.net.http.HttpClient.newBuilder()
                .executor(threads)
                .followRedirects(java.net.http.HttpClient.Redirect.NEVER)
                .version(java.net.http.HttpClient.Version.HTTP_1_1)
                .proxy(proxy.<ProxySelector>map(ProxyPast::new).orElse(java.net.http.HttpClient.Builder.NO_PROXY));
        trust.ifPresent(builder::sslContext);
        this.builder = new KeepingBuilder(builder);
        this.client = new JdkHttpClientBuilder(this.builder)
                .configuration(Configuration.NONE)
                .build();
    }

    /** A context whose requests end at {@code deadline}. */
    public static Context under(Deadline deadline) {
        return new Context(DEADLINE, deadline);
    }

    /** The name of a context's deadline, for a policy that waits itself. */
    public static String deadlineKey() {
        return DEADLINE;
    }

    /** Threads for what a login does beside its requests; stopped by {@link #close}. */
    public ExecutorService threads() {
        return threads;
    }

    /**
     * Sends a request and waits for the whole answer.
     *
     * @throws TransportFailure if there is none
     */
    @Override
    public HttpResponse sendSync(HttpRequest request, Context context) {
        String host = request.getUrl().getHost();
        Deadline deadline =
                context.getData(DEADLINE).map(Deadline.class::cast).orElseGet(() -> Deadline.after(LOGIN_LIMIT));
        if (Thread.currentThread().isInterrupted()) {
            throw new TransportFailure(Kind.INTERRUPTED, "interrupted before " + host + " was asked", null);
        }
        CompletableFuture<HttpResponse> exchange = client.send(request, context.addData(READ_WHOLE, true))
                .contextWrite(QUIET)
                .toFuture();
        Object call = new Object();
        underWay.put(call, exchange);
        try {
            if (closed) {
                throw new CancellationException();
            }
            return exchange.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new TransportFailure(Kind.TIMEOUT, host + " did not answer in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportFailure(Kind.INTERRUPTED, "interrupted while " + host + " was asked", e);
        } catch (CancellationException e) {
            throw new TransportFailure(Kind.CLOSED, "closed while " + host + " was asked", e);
        } catch (ExecutionException e) {
            throw closed
                    ? new TransportFailure(Kind.CLOSED, "closed while " + host + " was asked", e)
                    : TransportFailure.of(host, e);
        } finally {
            underWay.remove(call);
            exchange.cancel(true);
        }
    }

    /** The same, for the parts of the SDK that ask so; it blocks. */
    @Override
    public Mono<HttpResponse> send(HttpRequest request) {
        return send(request, Context.NONE);
    }

    @Override
    public Mono<HttpResponse> send(HttpRequest request, Context context) {
        return Mono.fromCallable(() -> sendSync(request, context));
    }

    /**
     * Gives up what is under way and stops the threads. On JDK 17 to 20 the selector thread of the JDK's client, a daemon,
     * ends when the garbage collector finds the client. Idempotent.
     */
    @Override
    public void close() {
        closed = true;
        underWay.values().forEach(exchange -> exchange.cancel(true));
        builder.shutDownWhatWasBuilt();
        threads.shutdownNow();
    }

    private static ThreadPoolExecutor threads(String name) {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** The proxy for everything but the metadata service, which answers only the machine itself. */
    private static final class ProxyPast extends ProxySelector {
        private final List<Proxy> proxy;

        ProxyPast(InetSocketAddress proxy) {
            this.proxy = List.of(new Proxy(Proxy.Type.HTTP, proxy));
        }

        @Override
        public List<Proxy> select(URI uri) {
            String host = String.valueOf(uri.getHost());
            return host.startsWith("169.254.") || host.equals("localhost") || host.startsWith("127.")
                    ? List.of(Proxy.NO_PROXY)
                    : proxy;
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException failure) {
            // The request fails, which is told there.
        }
    }
}
