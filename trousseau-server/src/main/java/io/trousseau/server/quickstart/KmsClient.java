package io.trousseau.server.quickstart;

import io.grpc.ManagedChannel;
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

/** Speaks KMS v2 over a socket with the options with which kube-apiserver does. */
final class KmsClient implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 3;

    private final EventLoopGroup threads =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("quickstart", true), NioIoHandler.newFactory());
    private final ManagedChannel channel;

    KmsClient(Path socket) {
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

    StatusResponse status() {
        return kms().status(StatusRequest.getDefaultInstance());
    }

    EncryptResponse encrypt(EncryptRequest request) {
        return kms().encrypt(request);
    }

    DecryptResponse decrypt(DecryptRequest request) {
        return kms().decrypt(request);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        Future<?> unused = threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
