package io.trousseau.server.client;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.trousseau.server.kms.v2.DecryptRequest;
import io.trousseau.server.kms.v2.DecryptResponse;
import io.trousseau.server.kms.v2.EncryptRequest;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.kms.v2.KeyManagementServiceGrpc;
import io.trousseau.server.kms.v2.KeyManagementServiceGrpc.KeyManagementServiceBlockingStub;
import io.trousseau.server.kms.v2.StatusRequest;
import io.trousseau.server.kms.v2.StatusResponse;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Speaks KMS v2 over a socket with the options with which kube-apiserver does. Every call gives up after
 * {@value #TIMEOUT_SECONDS} s, as kube-apiserver does, with {@link StatusRuntimeException}. Safe for use by several
 * threads.
 */
public final class KmsClient implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 3;

    private final EventLoopGroup threads =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("kms-client", true), NioIoHandler.newFactory());
    private final ManagedChannel channel;

    /**
     * Connects with the first call.
     *
     * @param socket its path
     */
    public KmsClient(Path socket) {
        channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelType(NioDomainSocketChannel.class)
                .eventLoopGroup(threads)
                .usePlaintext()
                .overrideAuthority("localhost")
                .build();
    }

    private KeyManagementServiceBlockingStub kms() {
        return KeyManagementServiceGrpc.newBlockingStub(channel)
                .withWaitForReady()
                .withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    /** Asks how the plugin is and what its key_id is. */
    public StatusResponse status() {
        return kms().status(StatusRequest.getDefaultInstance());
    }

    /** Has a data encryption key seed encrypted. */
    public EncryptResponse encrypt(EncryptRequest request) {
        return kms().encrypt(request);
    }

    /** Has a data encryption key seed decrypted. */
    public DecryptResponse decrypt(DecryptRequest request) {
        return kms().decrypt(request);
    }

    /** Ends at once; calls under way fail. */
    @Override
    public void close() {
        channel.shutdownNow();
        Future<?> unused = threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
