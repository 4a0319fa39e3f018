package io.trousseau.provider.gcp;

import com.google.api.core.ApiFuture;
import com.google.api.gax.grpc.GrpcCallContext;
import com.google.api.gax.rpc.ClientContext;
import com.google.api.gax.rpc.UnaryCallable;
import com.google.cloud.kms.v1.CryptoKey;
import com.google.cloud.kms.v1.DecryptRequest;
import com.google.cloud.kms.v1.DecryptResponse;
import com.google.cloud.kms.v1.EncryptRequest;
import com.google.cloud.kms.v1.EncryptResponse;
import com.google.cloud.kms.v1.GetCryptoKeyRequest;
import com.google.cloud.kms.v1.stub.GrpcKeyManagementServiceStub;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The three methods of the service, each one attempt within a deadline, with credentials and with our errors.
 *
 * <p>Safe for use by any number of threads.
 */
final class Service implements AutoCloseable {
    /** By which Google's front ends find the key's location. The client sets it only in a channel of its own making. */
    private static final String ROUTING_HEADER = "x-goog-request-params";

    private final Connection connection;
    private final Authorization authorization;
    private final GrpcKeyManagementServiceStub client;
    private final Set<ApiFuture<?>> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Service(Connection connection, Authorization authorization, Threads threads) {
        this.connection = connection;
        this.authorization = authorization;
        try {
            ClientContext context = ClientContext.newBuilder()
                    .setExecutor(threads.io())
                    .setDefaultCallContext(GrpcCallContext.createDefault())
                    .build();
            client = GrpcKeyManagementServiceStub.create(context);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    EncryptResponse encrypt(EncryptRequest request, Deadline deadline) {
        return call(new Operation("wrap", request.getName()), client.encryptCallable(), request, deadline);
    }

    DecryptResponse decrypt(DecryptRequest request, Deadline deadline) {
        return call(new Operation("unwrap", request.getName()), client.decryptCallable(), request, deadline);
    }

    CryptoKey getCryptoKey(GetCryptoKeyRequest request, Deadline deadline) {
        return call(new Operation("describe", request.getName()), client.getCryptoKeyCallable(), request, deadline);
    }

    /** Gets a token, as every call does first. */
    void authorize(Operation operation, Deadline deadline) {
        token(operation, deadline);
    }

    /** Whose credentials are used and where they came from, as far as is known. */
    String credentials() {
        return authorization.describe();
    }

    private <Q, A> A call(Operation operation, UnaryCallable<Q, A> method, Q request, Deadline deadline) {
        Authorization.Token token = token(operation, deadline);
        try {
            return attempt(operation, method, request, token.headers(), deadline);
        } catch (KmsException e) {
            if (e.code() != Code.UNAUTHENTICATED || !authorization.renew(token)) {
                throw e;
            }
            Authorization.Token fresh = token(operation, deadline);
            return attempt(operation, method, request, fresh.headers(), deadline);
        }
    }

    private Authorization.Token token(Operation operation, Deadline deadline) {
        requireUsable(operation, deadline);
        try {
            return authorization.token(operation, deadline);
        } catch (RejectedExecutionException e) {
            // Its threads end when the handle is closed.
            throw operation.closed();
        } catch (KmsException e) {
            throw closed ? operation.closed() : e;
        }
    }

    private <Q, A> A attempt(
            Operation operation,
            UnaryCallable<Q, A> method,
            Q request,
            Map<String, List<String>> headers,
            Deadline deadline) {
        requireUsable(operation, deadline);
        ManagedChannel channel = connection.channel();
        Duration left = deadline.remaining();
        Map<String, List<String>> all = new HashMap<>(headers);
        all.put(ROUTING_HEADER, List.of("name=" + URLEncoder.encode(operation.key(), StandardCharsets.UTF_8)));
        GrpcCallContext context = GrpcCallContext.createDefault()
                .withChannel(channel)
                .withCallOptions(CallOptions.DEFAULT.withDeadlineAfter(left.toNanos(), TimeUnit.NANOSECONDS))
                .withExtraHeaders(all)
                .withRetryableCodes(Set.of());
        ApiFuture<A> future;
        try {
            future = method.futureCall(request, context);
        } catch (RuntimeException e) {
            throw closed ? operation.closed() : operation.failure(Code.INTERNAL, "the client failed", e);
        }
        underWay.add(future);
        try {
            if (closed) {
                future.cancel(true);
                throw operation.closed();
            }
            return future.get(left.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // The flag last, since the client's way of cancelling loses it.
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw operation.interrupted();
        } catch (TimeoutException e) {
            future.cancel(true);
            connection.distrust(channel);
            throw closed ? operation.closed() : operation.timeout();
        } catch (CancellationException e) {
            throw closed ? operation.closed() : operation.failure(Code.INTERNAL, "the call was cancelled", e);
        } catch (ExecutionException e) {
            if (closed) {
                throw operation.closed();
            }
            KmsException failure = GcpErrors.translate(operation, e.getCause() == null ? e : e.getCause());
            if (failure.code() == Code.TIMEOUT) {
                connection.distrust(channel);
            }
            throw failure;
        } finally {
            underWay.remove(future);
        }
    }

    /** Fails as any call would that is made now: closed, interrupted, too late. */
    void requireUsable(Operation operation, Deadline deadline) {
        if (closed) {
            throw operation.closed();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw operation.interrupted();
        }
        if (deadline.hasPassed()) {
            throw operation.timeout();
        }
    }

    /** Ends every call under way with CLOSED. */
    @Override
    public void close() {
        closed = true;
        connection.close();
        authorization.close();
        underWay.forEach(future -> future.cancel(true));
    }
}
