package io.trousseau.provider.vault.http;

import io.trousseau.api.ConfigException;
import io.trousseau.api.Deadline;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.Dispatcher;
import okhttp3.EventListener;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.TlsVersion;

/**
 * The HTTP client of a cluster, made anew when a file of its TLS changes. Calls under way end over the old connections,
 * new ones open connections with the new certificates. When new content is unusable the old client stays.
 */
final class HttpClients implements AutoCloseable {
    private static final int MAX_CALLS = 256;
    private static final int THREAD_IDLE_SECONDS = 30;
    private static final int IDLE_CONNECTIONS = 8;
    private static final int CONNECTION_IDLE_SECONDS = 60;
    private static final ConnectionSpec TLS = new ConnectionSpec.Builder(ConnectionSpec.RESTRICTED_TLS)
            .tlsVersions(TlsVersion.TLS_1_3, TlsVersion.TLS_1_2)
            .build();

    private final VaultCluster cluster;
    private final System.Logger logger;
    private final TlsFiles files;
    private final Dispatcher dispatcher;
    private final AtomicReference<Current> current;

    /** A client, and the files as they were when it was made. */
    private record Current(
            OkHttpClient client, Optional<Validity> own, List<FileStamp> stamps, List<FileStamp> unusable) {}

    /**
     * Makes the first client.
     *
     * @throws ConfigException if a file is unusable
     */
    HttpClients(String name, VaultCluster cluster, System.Logger logger) {
        this.cluster = cluster;
        this.logger = logger;
        this.files = new TlsFiles(cluster);
        List<FileStamp> stamps = files.stamps();
        TlsFiles.Material material = files.load();
        cluster.clientKeyFile()
                .flatMap(file -> OpenFile.warning("clientKeyFile", file))
                .ifPresent(warning -> logger.log(System.Logger.Level.WARNING, warning));
        this.dispatcher = dispatcher(name);
        this.current = new AtomicReference<>(new Current(client(material), material.own(), stamps, stamps));
    }

    /** The client for the present content of the files. */
    @SuppressWarnings("ReferenceEquality") // Another client, not an equal one.
    OkHttpClient client() {
        Current before = Objects.requireNonNull(current.get());
        List<FileStamp> stamps = files.stamps();
        if (stamps.equals(before.stamps) || stamps.equals(before.unusable)) {
            return before.client;
        }
        Current after;
        try {
            TlsFiles.Material material = files.load();
            after = new Current(client(material), material.own(), stamps, stamps);
        } catch (ConfigException e) {
            after = new Current(before.client, before.own, before.stamps, stamps);
            logger.log(
                    System.Logger.Level.WARNING,
                    "{0}; until it is usable, what was read before it changed stays in use",
                    e.getMessage());
        }
        if (current.compareAndSet(before, after) && after.client != before.client) {
            before.client.connectionPool().evictAll();
            logger.log(System.Logger.Level.INFO, "TLS to {0} uses the changed files from now on", cluster.addresses());
        }
        return Objects.requireNonNull(current.get()).client;
    }

    /** Of the certificate that this side has, or of the first to end of its chain; empty if it has none. */
    Optional<Validity> ownCertificate() {
        OkHttpClient unused = client();
        return Objects.requireNonNull(current.get()).own;
    }

    private OkHttpClient client(TlsFiles.Material material) {
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, CONNECTION_IDLE_SECONDS, TimeUnit.SECONDS))
                .connectionSpecs(List.of(TLS, ConnectionSpec.CLEARTEXT))
                .proxy(cluster.proxy().map(HttpClients::proxy).orElse(Proxy.NO_PROXY))
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(false)
                .eventListenerFactory(call -> {
                    Trace trace = call.request().tag(Trace.class);
                    return trace == null ? EventListener.NONE : trace;
                })
                .addInterceptor(HttpClients::withinItsTime)
                .sslSocketFactory(
                        cluster.serverName()
                                .<javax.net.ssl.SSLSocketFactory>map(name -> new NamedSocketFactory(
                                        material.context().getSocketFactory(), name))
                                .orElseGet(() -> material.context().getSocketFactory()),
                        material.trust());
        cluster.serverName().ifPresent(name -> {
            javax.net.ssl.HostnameVerifier verifier = builder.build().hostnameVerifier();
            builder.hostnameVerifier((host, session) -> verifier.verify(name, session));
        });
        return builder.build();
    }

    /**
     * Each phase has nearly all of the call's time. The call's own time-out would do but for one thing: only a read that
     * times out makes OkHttp doubt an HTTP/2 connection whose peer is gone.
     */
    private static Response withinItsTime(Interceptor.Chain chain) throws IOException {
        Deadline deadline = chain.request().tag(Deadline.class);
        if (deadline == null) {
            return chain.proceed(chain.request());
        }
        int millis = (int) Math.max(1, Math.min(deadline.remaining().toMillis() * 9 / 10, Integer.MAX_VALUE));
        return chain.withConnectTimeout(millis, TimeUnit.MILLISECONDS)
                .withReadTimeout(millis, TimeUnit.MILLISECONDS)
                .withWriteTimeout(millis, TimeUnit.MILLISECONDS)
                .proceed(chain.request());
    }

    private static Proxy proxy(URI address) {
        return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(address.getHost(), address.getPort()));
    }

    private static Dispatcher dispatcher(String name) {
        AtomicLong count = new AtomicLong();
        ExecutorService threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, THREAD_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "vault-" + name + "-http-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        Dispatcher dispatcher = new Dispatcher(threads);
        dispatcher.setMaxRequests(MAX_CALLS);
        dispatcher.setMaxRequestsPerHost(MAX_CALLS);
        return dispatcher;
    }

    /** Ends the calls under way, the threads and the idle connections. */
    @Override
    public void close() {
        dispatcher.cancelAll();
        dispatcher.executorService().shutdown();
        Objects.requireNonNull(current.get()).client.connectionPool().evictAll();
    }
}
