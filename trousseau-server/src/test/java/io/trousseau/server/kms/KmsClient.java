package io.trousseau.server.kms;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.trousseau.server.kms.v2.DecryptRequest;
import io.trousseau.server.kms.v2.DecryptResponse;
import io.trousseau.server.kms.v2.EncryptRequest;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.kms.v2.KeyManagementServiceGrpc;
import io.trousseau.server.kms.v2.StatusRequest;
import io.trousseau.server.kms.v2.StatusResponse;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** One HTTP/2 connection with kube-apiserver's dial options: plaintext, wait for ready, authority localhost. */
public final class KmsClient implements AutoCloseable {
    // kube-apiserver's are 3; a busy machine shall fail no test.
    private static final long TIMEOUT_SECONDS = 20;

    private final EventLoopGroup thread = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ManagedChannel channel;

    public KmsClient(Path socket) {
        this(socket, "localhost");
    }

    public KmsClient(Path socket, String authority) {
        channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelType(NioDomainSocketChannel.class)
                .eventLoopGroup(thread)
                .usePlaintext()
                // Unlike overrideAuthority this takes whatever a client of another language would say.
                .intercept(new ClientInterceptor() {
                    @Override
                    public <I, O> ClientCall<I, O> interceptCall(
                            MethodDescriptor<I, O> method, CallOptions options, Channel next) {
                        return next.newCall(method, options.withAuthority(authority));
                    }
                })
                .build();
    }

    public ManagedChannel channel() {
        return channel;
    }

    public KeyManagementServiceGrpc.KeyManagementServiceBlockingStub v2() {
        return KeyManagementServiceGrpc.newBlockingStub(channel)
                .withWaitForReady()
                .withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    public KeyManagementServiceGrpc.KeyManagementServiceFutureStub v2Future() {
        return KeyManagementServiceGrpc.newFutureStub(channel)
                .withWaitForReady()
                .withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    public io.trousseau.server.kms.v1beta1.KeyManagementServiceGrpc.KeyManagementServiceBlockingStub v1() {
        return io.trousseau.server.kms.v1beta1.KeyManagementServiceGrpc.newBlockingStub(channel)
                .withWaitForReady()
                .withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    public StatusResponse status() {
        return v2().status(StatusRequest.getDefaultInstance());
    }

    public EncryptResponse encrypt(byte[] plaintext) {
        return v2().encrypt(encryptRequest(plaintext));
    }

    public byte[] decrypt(EncryptResponse stored) {
        return v2().decrypt(decryptRequest(stored)).getPlaintext().toByteArray();
    }

    public ListenableFuture<DecryptResponse> decryptLater(EncryptResponse stored) {
        return v2Future().decrypt(decryptRequest(stored));
    }

    public static EncryptRequest encryptRequest(byte[] plaintext) {
        return EncryptRequest.newBuilder()
                .setPlaintext(ByteString.copyFrom(plaintext))
                .setUid("0b7e6f0e-6f0e-4b7e-8f0e-0b7e6f0e4b7e")
                .build();
    }

    public static DecryptRequest decryptRequest(EncryptResponse stored) {
        return DecryptRequest.newBuilder()
                .setCiphertext(stored.getCiphertext())
                .setKeyId(stored.getKeyId())
                .putAllAnnotations(stored.getAnnotationsMap())
                .setUid("0b7e6f0e-6f0e-4b7e-8f0e-0b7e6f0e4b7e")
                .build();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        thread.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
