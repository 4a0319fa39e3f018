package io.trousseau.server.kms;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Listens on one Unix socket and answers KMS calls.
 *
 * <p>Owns two threads. Safe for use by several threads.
 */
public final class KmsServer implements AutoCloseable {
    /** The largest message that is read, in bytes; longer ones are answered with {@code RESOURCE_EXHAUSTED}. */
    static final int MAX_INBOUND_BYTES = 64 * 1024;

    private static final int THREADS = 2;

    // An apiserver has a few dozen under way when it starts; a client that goes beyond waits in itself.
    private static final int MAX_CALLS_PER_CONNECTION = 1000;

    private final EventLoopGroup threads;
    private final Server server;

    private KmsServer(EventLoopGroup threads, Server server) {
        this.threads = threads;
        this.server = server;
    }

    /**
     * Binds and listens.
     *
     * @param socket must not exist; on the way out a file of this name is deleted, whatever it is by then
     * @param protocol what is spoken
     * @param keyring what is served; stays open when this server closes
     * @param listener hears of the traffic
     * @throws IOException if the socket cannot be bound
     */
    public static KmsServer start(Path socket, KmsProtocol protocol, CurrentKeyring keyring, KmsListener listener)
            throws IOException {
        EventLoopGroup threads = new MultiThreadIoEventLoopGroup(
                THREADS, new DefaultThreadFactory("trousseau-kms", true), NioIoHandler.newFactory());
        ConnectionTracking tracking = new ConnectionTracking(keyring, listener);
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
                .addService(new KmsV2Service(protocol.version()));
        if (protocol.v1()) {
            builder.addService(new KmsV1Service(runtimeVersion()));
        }
        try {
            return new KmsServer(threads, builder.build().start());
        } catch (IOException | RuntimeException e) {
            stop(threads);
            throw e;
        }
    }

    private static String runtimeVersion() {
        String version = KmsServer.class.getPackage().getImplementationVersion();
        return version == null ? "0.0.0" : version;
    }

    /** Accepts no more connections and asks clients to go elsewhere; calls that have begun go on. Idempotent. */
    public void drain() {
        server.shutdown();
    }

    /**
     * Waits until every call has ended and every client is gone, which {@link #drain} brings about.
     *
     * @return whether that is so
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public boolean awaitDrained(Duration limit) throws InterruptedException {
        return server.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Stops at once; calls under way fail. Idempotent. */
    @Override
    public void close() {
        server.shutdownNow();
        stop(threads);
    }

    private static void stop(EventLoopGroup threads) {
        threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
