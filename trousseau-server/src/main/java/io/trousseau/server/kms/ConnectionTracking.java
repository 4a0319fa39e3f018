package io.trousseau.server.kms;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import java.time.Duration;
import java.util.Objects;

/** Gives every HTTP/2 connection its {@link Connection}, tells every call which one it came over, and counts both. */
final class ConnectionTracking extends ServerTransportFilter implements ServerInterceptor {
    private static final Attributes.Key<Connection> CONNECTION = Attributes.Key.create("trousseau-connection");

    private final CurrentKeyring keyring;
    private final KmsListener listener;

    ConnectionTracking(CurrentKeyring keyring, KmsListener listener) {
        this.keyring = keyring;
        this.listener = listener;
    }

    @Override
    public Attributes transportReady(Attributes transport) {
        listener.connected();
        return transport.toBuilder().set(CONNECTION, new Connection(keyring)).build();
    }

    @Override
    public void transportTerminated(Attributes transport) {
        // Also called for a connection that never became ready.
        if (transport.get(CONNECTION) != null) {
            listener.disconnected();
        }
    }

    @Override
    public <I, O> ServerCall.Listener<I> interceptCall(
            ServerCall<I, O> call, Metadata headers, ServerCallHandler<I, O> next) {
        long start = System.nanoTime();
        String method = call.getMethodDescriptor().getFullMethodName();
        Connection connection = Objects.requireNonNull(call.getAttributes().get(CONNECTION));
        Context context = Context.current().withValue(Connection.KEY, connection);
        Outcome<I, O> outcome = new Outcome<>(call);
        return new SimpleForwardingServerCallListener<>(Contexts.interceptCall(context, outcome, headers, next)) {
            @Override
            public void onComplete() {
                ended(outcome.code);
                super.onComplete();
            }

            @Override
            public void onCancel() {
                ended(Status.Code.CANCELLED);
                super.onCancel();
            }

            private void ended(Status.Code code) {
                listener.answered(method, code, Duration.ofNanos(System.nanoTime() - start));
            }
        };
    }

    /** Remembers with what a call was closed. */
    private static final class Outcome<I, O> extends SimpleForwardingServerCall<I, O> {
        private volatile Status.Code code = Status.Code.UNKNOWN;

        Outcome(ServerCall<I, O> call) {
            super(call);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            code = status.getCode();
            super.close(status, trailers);
        }
    }
}
