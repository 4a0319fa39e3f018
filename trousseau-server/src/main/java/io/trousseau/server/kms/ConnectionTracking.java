package io.trousseau.server.kms;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import java.util.Objects;

/** Gives every HTTP/2 connection its {@link Connection}, and tells every call which one it came over. */
final class ConnectionTracking extends ServerTransportFilter implements ServerInterceptor {
    private static final Attributes.Key<Connection> CONNECTION = Attributes.Key.create("trousseau-connection");

    private final CurrentKeyring keyring;

    ConnectionTracking(CurrentKeyring keyring) {
        this.keyring = keyring;
    }

    @Override
    public Attributes transportReady(Attributes transport) {
        return transport.toBuilder().set(CONNECTION, new Connection(keyring)).build();
    }

    @Override
    public <I, O> ServerCall.Listener<I> interceptCall(
            ServerCall<I, O> call, Metadata headers, ServerCallHandler<I, O> next) {
        Connection connection = Objects.requireNonNull(call.getAttributes().get(CONNECTION));
        return Contexts.interceptCall(Context.current().withValue(Connection.KEY, connection), call, headers, next);
    }
}
