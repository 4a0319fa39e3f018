package io.trousseau.server.kms;

import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.trousseau.server.socket.Listening;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/**
 * Answers KMS calls over Unix sockets.
 *
 * <p>Owns {@value #THREADS} threads. Safe for use by several threads.
 */
public final class KmsServer implements AutoCloseable {
    /** The largest message that is read, in bytes; longer ones are answered with {@code RESOURCE_EXHAUSTED}. */
    static final int MAX_INBOUND_BYTES = 64 * 1024;

    private static final int THREADS = 2;

    // An apiserver has a few dozen under way when it starts; a client that goes beyond waits in itself.
    private static final int MAX_CALLS_PER_CONNECTION = 1000;

    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(
            THREADS, new DefaultThreadFactory("trousseau-kms", true), NioIoHandler.newFactory());
    private final KmsProtocol protocol;
    private final CurrentKeyring keyring;
    private final ServerInterceptor observer;

    /**
     * Makes a server that listens nowhere yet.
     *
     * @param protocol what is spoken
     * @param keyring what is served; stays open when this server closes
     * @param observer sees every call that names a served method; must not block
     */
    public KmsServer(KmsProtocol protocol, CurrentKeyring keyring, ServerInterceptor observer) {
        this.protocol = protocol;
        this.keyring = keyring;
        this.observer = observer;
    }

    /**
     * Binds a socket and listens on it.
     *
     * @param socket must not exist; when the listening ends, a file of this name is deleted, whatever it is by then
     * @return whoever has it closes it, before this server
     * @throws IOException if the socket cannot be bound
     */
    public Listening listen(Path socket) throws IOException {
        ConnectionTracking tracking = new ConnectionTracking(keyring);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelType(NioServerDomainSocketChannel.class)
                .bossEventLoopGroup(threads)
                .workerEventLoopGroup(threads)
                // Nothing that is served here blocks.
                .directExecutor()
                .maxInboundMessageSize(MAX_INBOUND_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .addTransportFilter(tracking)
                .intercept(tracking)
                .intercept(observer)
                .addService(new KmsV2Service(protocol.version()));
        if (protocol.v1()) {
            builder.addService(new KmsV1Service(runtimeVersion()));
        }
        return new GrpcListening(builder.build().start());
    }

    private static String runtimeVersion() {
        String version = KmsServer.class.getPackage().getImplementationVersion();
        return version == null ? "0.0.0" : version;
    }

    /** The threads on which calls are answered; a task that waits long for its turn says that one is stuck. */
    public List<Executor> threads() {
        return StreamSupport.stream(threads.spliterator(), false)
                .map(Executor.class::cast)
                .toList();
    }

    /** Stops the threads. Idempotent. */
    @Override
    public void close() {
        Future<?> unused = threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private record GrpcListening(Server server) implements Listening {
        @Override
        public void drain() {
            server.shutdown();
        }

        @Override
        public boolean awaitDrained(Duration limit) throws InterruptedException {
            return server.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
        }

        @Override
        public void close() {
            server.shutdownNow();
        }
    }
}
