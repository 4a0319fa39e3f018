package io.trousseau.testkit.gcp;

import com.google.cloud.kms.v1.CreateCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.CryptoKey.CryptoKeyPurpose;
import com.google.cloud.kms.v1.CryptoKeyVersion;
import com.google.cloud.kms.v1.CryptoKeyVersion.CryptoKeyVersionState;
import com.google.cloud.kms.v1.DestroyCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.ProtectionLevel;
import com.google.cloud.kms.v1.RestoreCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.UpdateCryptoKeyPrimaryVersionRequest;
import com.google.cloud.kms.v1.UpdateCryptoKeyVersionRequest;
import com.google.protobuf.FieldMask;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.tls.TestIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A Google Cloud KMS on loopback, for tests: a real gRPC server on Google's own service stubs, which any client of the
 * service reaches over a real socket.
 *
 * <h2>What it models</h2>
 * Symmetric CryptoKeys with versions, a primary version and the states of a version; real AES-256-GCM with additional
 * authenticated data; CRC-32C checksums in both directions; sizes of the protection levels; IAM permissions; bearer
 * tokens; a quota; and the refusals with their error details. From the reference of the service
 * ({@code google/cloud/kms/v1/service.proto} and {@code resources.proto}, the guides "Key states", "Data integrity
 * guidelines", "Quotas") and from published output of the real service.
 *
 * <h2>What it does not</h2>
 * A method that is not in {@link GoogleOperation} answers UNIMPLEMENTED. Nothing is eventually consistent: what is
 * changed here is so at once, while the real service takes up to a minute to disable a version. Names of keys are taken
 * as they are; the real service can answer PERMISSION_DENIED for a key that is not there. Protection levels differ in
 * their sizes and names alone.
 *
 * <p>Safe for use by any number of threads.
 */
@SuppressWarnings({"FutureReturnValueIgnored"})
public final class FakeGoogleKms implements AutoCloseable {
    private static final Metadata.Key<String> AUTHORIZATION = header("authorization");

    private final FakeKeyStore keys;
    private final Traffic traffic;
    private final ExecutorService handlers;
    private final EventLoopGroup eventLoops;
    private final Server server;
    private final boolean tls;

    private FakeGoogleKms(InstantSource clock, @Nullable TestIdentity identity) {
        keys = new FakeKeyStore(clock);
        traffic = new Traffic(clock);
        tls = identity != null;
        AtomicInteger number = new AtomicInteger();
        handlers = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "fake-google-kms-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        eventLoops = new MultiThreadIoEventLoopGroup(
                1,
                task -> {
                    Thread thread = new Thread(task, "fake-google-kms-io");
                    thread.setDaemon(true);
                    return thread;
                },
                NioIoHandler.newFactory());
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .bossEventLoopGroup(eventLoops)
                .workerEventLoopGroup(eventLoops)
                .channelFactory(() -> new RememberingServerChannel(traffic.connections))
                .executor(handlers)
                .intercept(traffic)
                .addService(new FakeKmsService(keys, traffic));
        try {
            if (identity != null) {
                builder.sslContext(GrpcSslContexts.configure(
                                SslContextBuilder.forServer(identity.key(), identity.certificate(), identity.issuer()),
                                SslProvider.JDK)
                        .build());
            }
            server = builder.build().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts one without TLS, on a free port of loopback, without keys. */
    public static FakeGoogleKms start() {
        return start(InstantSource.system());
    }

    /** As {@link #start()}, with a clock for destruction times and the quota. */
    public static FakeGoogleKms start(InstantSource clock) {
        return new FakeGoogleKms(clock, null);
    }

    /** Starts one with TLS. */
    public static FakeGoogleKms startTls(TestIdentity identity) {
        return new FakeGoogleKms(InstantSource.system(), identity);
    }

    /** The port. */
    public int port() {
        return server.getPort();
    }

    /** The address as a client is given it: {@code http://127.0.0.1:PORT}, or {@code https://localhost:PORT}. */
    public String endpoint() {
        return tls ? "https://localhost:" + port() : "http://127.0.0.1:" + port();
    }

    /**
     * Makes a symmetric key of protection level SOFTWARE with one version, which is primary.
     *
     * @param name {@code projects/P/locations/L/keyRings/R/cryptoKeys/K}
     * @throws IllegalArgumentException if it exists, or the name is of another form
     */
    public void createKey(String name) {
        createKey(name, CryptoKeyPurpose.ENCRYPT_DECRYPT, ProtectionLevel.SOFTWARE);
    }

    /** As {@link #createKey(String)}, of any purpose and protection level. */
    public void createKey(String name, CryptoKeyPurpose purpose, ProtectionLevel level) {
        keys.create(name, purpose, level);
    }

    /**
     * Makes a new version of a key, and makes it primary.
     *
     * @return its number
     */
    public int rotate(String key) {
        String version = keys.createCryptoKeyVersion(CreateCryptoKeyVersionRequest.newBuilder()
                        .setParent(key)
                        .build())
                .getName();
        int number = Integer.parseInt(version.substring(version.lastIndexOf('/') + 1));
        setPrimary(key, number);
        return number;
    }

    /** Makes a version the one that encrypts. */
    public void setPrimary(String key, int version) {
        keys.updateCryptoKeyPrimaryVersion(UpdateCryptoKeyPrimaryVersionRequest.newBuilder()
                .setName(key)
                .setCryptoKeyVersionId(Integer.toString(version))
                .build());
    }

    /** Disables a version. */
    public void disable(String key, int version) {
        setState(key, version, CryptoKeyVersionState.DISABLED);
    }

    /** Enables a disabled version. */
    public void enable(String key, int version) {
        setState(key, version, CryptoKeyVersionState.ENABLED);
    }

    /** Schedules the destruction of a version, in 30 days. */
    public void scheduleDestruction(String key, int version) {
        keys.destroyCryptoKeyVersion(DestroyCryptoKeyVersionRequest.newBuilder()
                .setName(key + "/cryptoKeyVersions/" + version)
                .build());
    }

    /** Takes a version back whose destruction is scheduled; it is disabled then. */
    public void restore(String key, int version) {
        keys.restoreCryptoKeyVersion(RestoreCryptoKeyVersionRequest.newBuilder()
                .setName(key + "/cryptoKeyVersions/" + version)
                .build());
    }

    private void setState(String key, int version, CryptoKeyVersionState state) {
        keys.updateCryptoKeyVersion(UpdateCryptoKeyVersionRequest.newBuilder()
                .setCryptoKeyVersion(CryptoKeyVersion.newBuilder()
                        .setName(key + "/cryptoKeyVersions/" + version)
                        .setState(state))
                .setUpdateMask(FieldMask.newBuilder().addPaths("state"))
                .build());
    }

    /** Takes a permission away from every caller: {@code cloudkms.cryptoKeys.get}, see {@link GoogleOperation}. */
    public void deny(String permission) {
        keys.deny(permission);
    }

    /** Gives a permission back. */
    public void allow(String permission) {
        keys.allow(permission);
    }

    /** From now on only calls with one of these bearer tokens are served; without any, every call is. */
    public void acceptTokens(String... tokens) {
        traffic.tokens = Set.of(tokens);
    }

    /**
     * Limits the calls in each minute of the clock, as a quota does; more are refused with RESOURCE_EXHAUSTED.
     *
     * @param callsPerMinute 0 or more
     */
    public void setQuota(int callsPerMinute) {
        traffic.setQuota(callsPerMinute);
    }

    /** The next calls of an operation suffer these faults, one call each, before what {@link #always} says. */
    public void next(GoogleOperation operation, GoogleFault... faults) {
        traffic.next(operation, List.of(faults));
    }

    /** Until {@link #heal} every call of an operation suffers these faults, all of them. */
    public void always(GoogleOperation operation, GoogleFault... faults) {
        traffic.always(operation, List.of(faults));
    }

    /** Forgets the faults. */
    public void heal() {
        traffic.heal();
    }

    /** From now on requests are taken and their answers held back, until what this returns is closed. */
    public Stall stall() {
        return traffic.stall();
    }

    /** How many requests of an operation have arrived. */
    public int calls(GoogleOperation operation) {
        return traffic.calls(operation);
    }

    /** A header of the request that arrived last; empty if it had none of that name, or none has arrived. */
    public Optional<String> lastHeader(String name) {
        return Optional.ofNullable(traffic.lastHeaders).map(headers -> headers.get(header(name)));
    }

    /** How many connections are open. */
    public int connections() {
        return (int) traffic.connections.stream().filter(Channel::isActive).count();
    }

    /** How many connections have been accepted since the start. */
    public int acceptedConnections() {
        return traffic.connections.size();
    }

    /** Closes every open connection; new ones are accepted. */
    public void dropConnections() {
        traffic.connections.forEach(Traffic::cut);
    }

    /** Ends every call and closes the port. */
    @Override
    public void close() {
        traffic.release();
        server.shutdownNow();
        handlers.shutdownNow();
        eventLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS);
        try {
            server.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Metadata.Key<String> header(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    /** What happens to requests before the rules see them. */
    static final class Traffic implements ServerInterceptor {
        private static final Context.Key<SocketAddress> PEER = Context.key("peer");

        final Set<Channel> connections = ConcurrentHashMap.newKeySet();
        private final InstantSource clock;
        private final Map<GoogleOperation, AtomicInteger> calls = new ConcurrentHashMap<>();
        volatile Set<String> tokens = Set.of();
        volatile @Nullable Metadata lastHeaders;

        // Guarded by this.
        private final Map<GoogleOperation, Deque<GoogleFault>> next = new EnumMap<>(GoogleOperation.class);
        private final Map<GoogleOperation, List<GoogleFault>> always = new EnumMap<>(GoogleOperation.class);
        private @Nullable Hold hold;
        private int quota = Integer.MAX_VALUE;
        private long minute;
        private int inMinute;

        Traffic(InstantSource clock) {
            this.clock = clock;
        }

        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> handler) {
            lastHeaders = headers;
            String authorization = headers.get(AUTHORIZATION);
            if (!tokens.isEmpty()
                    && (authorization == null
                            || !authorization.startsWith("Bearer ")
                            || !tokens.contains(authorization.substring("Bearer ".length())))) {
                var refusal = GoogleFailure.unauthenticated();
                Metadata trailers = refusal.getTrailers();
                call.close(refusal.getStatus(), trailers == null ? new Metadata() : trailers);
                return new ServerCall.Listener<>() {};
            }
            Context context =
                    Context.current().withValue(PEER, call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
            return Contexts.interceptCall(context, call, headers, handler);
        }

        /** Counts a request, waits if it is to wait, and tells which faults its answer has. */
        List<GoogleFault> arrived(GoogleOperation operation) {
            calls.computeIfAbsent(operation, any -> new AtomicInteger()).incrementAndGet();
            Hold current;
            List<GoogleFault> faults = new ArrayList<>();
            synchronized (this) {
                takeFromQuota();
                current = hold;
                Optional.ofNullable(next.get(operation))
                        .map(Deque::poll)
                        .ifPresentOrElse(faults::add, () -> faults.addAll(always.getOrDefault(operation, List.of())));
            }
            if (current != null) {
                current.await();
            }
            for (GoogleFault fault : faults) {
                if (fault instanceof GoogleFault.Delay delay) {
                    sleep(delay.time());
                } else if (fault instanceof GoogleFault.Failure failure) {
                    throw new FakeKmsService.FaultException(failure.status());
                } else if (fault == GoogleFault.Wire.DROP) {
                    SocketAddress peer = PEER.get();
                    connections.stream()
                            .filter(connection -> connection.remoteAddress() != null
                                    && connection.remoteAddress().equals(peer))
                            .forEach(Traffic::cut);
                }
            }
            return faults;
        }

        /** Closes a connection from below, since HTTP/2 would answer its calls first. Returns when it is closed. */
        static void cut(Channel connection) {
            ChannelHandlerContext lowest = connection.pipeline().firstContext();
            if (lowest != null) {
                lowest.close().syncUninterruptibly();
            }
        }

        private void takeFromQuota() {
            long now = clock.instant().getEpochSecond() / 60;
            if (now != minute) {
                minute = now;
                inMinute = 0;
            }
            inMinute++;
            if (inMinute > quota) {
                throw GoogleFailure.overQuota(
                        Duration.ofSeconds(60 - clock.instant().getEpochSecond() % 60));
            }
        }

        synchronized void setQuota(int callsPerMinute) {
            quota = callsPerMinute;
            inMinute = 0;
        }

        synchronized void next(GoogleOperation operation, List<GoogleFault> faults) {
            next.computeIfAbsent(operation, any -> new ArrayDeque<>()).addAll(faults);
        }

        synchronized void always(GoogleOperation operation, List<GoogleFault> faults) {
            always.put(operation, faults);
        }

        synchronized void heal() {
            next.clear();
            always.clear();
        }

        synchronized Stall stall() {
            Hold fresh = new Hold();
            hold = fresh;
            return fresh;
        }

        synchronized void release() {
            if (hold != null) {
                hold.close();
            }
        }

        int calls(GoogleOperation operation) {
            return calls.getOrDefault(operation, new AtomicInteger()).get();
        }

        private static void sleep(Duration time) {
            try {
                TimeUnit.NANOSECONDS.sleep(time.toNanos());
            } catch (InterruptedException e) {
                // The server is closing.
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Requests that wait. */
    private static final class Hold implements Stall {
        private final Object lock = new Object();
        private int held;
        private boolean over;

        void await() {
            synchronized (lock) {
                held++;
                try {
                    while (!over) {
                        lock.wait();
                    }
                } catch (InterruptedException e) {
                    // The server is closing.
                    Thread.currentThread().interrupt();
                } finally {
                    held--;
                }
            }
        }

        @Override
        public int held() {
            synchronized (lock) {
                return held;
            }
        }

        @Override
        public void close() {
            synchronized (lock) {
                over = true;
                lock.notifyAll();
            }
        }
    }

    /** A listening socket that remembers the connections it accepted. */
    private static final class RememberingServerChannel extends NioServerSocketChannel {
        private final Set<Channel> connections;

        RememberingServerChannel(Set<Channel> connections) {
            this.connections = connections;
        }

        @Override
        protected int doReadMessages(List<Object> accepted) throws Exception {
            int count = super.doReadMessages(accepted);
            accepted.stream().map(Channel.class::cast).forEach(connections::add);
            return count;
        }
    }
}
