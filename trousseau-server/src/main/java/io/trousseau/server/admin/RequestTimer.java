package io.trousseau.server.admin;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tells {@link Metrics} how each request ended, once. */
final class RequestTimer implements ServerInterceptor {
    private final Metrics metrics;

    RequestTimer(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Request request = new Request(call.getMethodDescriptor().getFullMethodName());
        ServerCall<Q, A> timed = new SimpleForwardingServerCall<>(call) {
            @Override
            public void close(Status status, Metadata trailers) {
                request.ended(status.getCode());
                super.close(status, trailers);
            }
        };
        return new SimpleForwardingServerCallListener<>(next.startCall(timed, headers)) {
            @Override
            public void onCancel() {
                request.ended(Status.Code.CANCELLED);
                super.onCancel();
            }
        };
    }

    private final class Request {
        private final long start = System.nanoTime();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final String method;

        Request(String method) {
            this.method = method;
        }

        void ended(Status.Code code) {
            if (ended.compareAndSet(false, true)) {
                metrics.answered(method, code, Duration.ofNanos(System.nanoTime() - start));
            }
        }
    }
}
