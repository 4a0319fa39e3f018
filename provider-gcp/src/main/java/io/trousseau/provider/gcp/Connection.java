package io.trousseau.provider.gcp;

import io.grpc.ConnectivityState;
import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ManagedChannel;
import io.grpc.ProxiedSocketAddress;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The way to the service: one HTTP/2 connection at a time, made when it is first needed.
 *
 * <p>gRPC leaves a channel whose connection could not be made alone for up to two minutes and fails every call meanwhile.
 * Whether to try is the engine's decision, not the transport's, so a channel that has failed, or that let a call time out
 * and has answered nothing since, is replaced for the next call.
 *
 * <p>Of the environment nothing is read: no proxy but the configured one, no service configuration from DNS, no retries.
 */
final class Connection implements AutoCloseable {
    private static final int MAX_ANSWER_BYTES = 256 * 1024;

    private final Endpoint endpoint;
    private final Optional<InetSocketAddress> proxy;
    private final Optional<SslContext> tls;
    private final Threads threads;
    private final Object lock = new Object();

    // Guarded by the lock.
    private final Set<ManagedChannel> retired = new HashSet<>();
    private @Nullable ManagedChannel current;
    private boolean closed;

    /**
     * Connects to nothing yet.
     *
     * @param tls how to speak TLS; empty for an endpoint without
     */
    Connection(Endpoint endpoint, Optional<InetSocketAddress> proxy, Optional<SslContext> tls, Threads threads) {
        this.endpoint = endpoint;
        this.proxy = proxy;
        this.tls = tls;
        this.threads = threads;
    }

    /** A channel that has not failed, for one call. */
    ManagedChannel channel() {
        synchronized (lock) {
            ManagedChannel channel = current;
            if (channel != null && channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
                retire(channel);
                channel = null;
            }
            if (channel == null) {
                channel = open();
                if (closed) {
                    channel.shutdownNow();
                }
                current = channel;
            }
            return channel;
        }
    }

    /** Has the next call take another connection than this; calls under way on this one may finish. */
    void distrust(ManagedChannel channel) {
        synchronized (lock) {
            if (channel.equals(current)) {
                retire(channel);
                current = null;
            }
        }
    }

    private void retire(ManagedChannel channel) {
        retired.removeIf(ManagedChannel::isTerminated);
        retired.add(channel);
        channel.shutdown();
    }

    private ManagedChannel open() {
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget("dns:///" + endpoint.authority())
                .eventLoopGroup(threads.io())
                .channelType(NioSocketChannel.class)
                .directExecutor()
                .offloadExecutor(threads.waiting())
                .proxyDetector(this::proxyTo)
                .disableServiceConfigLookUp()
                .disableRetry()
                .maxInboundMessageSize(MAX_ANSWER_BYTES)
                // Sooner than the idle time-outs of common firewalls and NAT gateways, which drop without a word.
                .idleTimeout(3, TimeUnit.MINUTES)
                .userAgent("trousseau");
        if (tls.isPresent()) {
            builder.negotiationType(NegotiationType.TLS).sslContext(tls.get());
        } else {
            builder.negotiationType(NegotiationType.PLAINTEXT);
        }
        return builder.build();
    }

    private @Nullable ProxiedSocketAddress proxyTo(SocketAddress target) {
        return proxy.map(address -> HttpConnectProxiedSocketAddress.newBuilder()
                        .setTargetAddress((InetSocketAddress) target)
                        .setProxyAddress(new InetSocketAddress(address.getHostString(), address.getPort()))
                        .build())
                .orElse(null);
    }

    /** Ends every call. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            retired.forEach(ManagedChannel::shutdownNow);
            if (current != null) {
                current.shutdownNow();
            }
        }
    }
}
