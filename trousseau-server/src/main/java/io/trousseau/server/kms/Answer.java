package io.trousseau.server.kms;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Answers a call once, from whichever thread has the answer. */
final class Answer {
    private Answer() {}

    /** With a value, or with what is wrong if there is none. */
    static <T> void now(StreamObserver<T> call, Supplier<T> value) {
        T message;
        try {
            message = value.get();
        } catch (RuntimeException | Error e) {
            call.onError(Refusal.of(e));
            return;
        }
        call.onNext(message);
        call.onCompleted();
    }

    /** Once the value is there, unless the caller has given up. */
    static <T> void later(StreamObserver<T> call, CompletionStage<T> value) {
        ServerCallStreamObserver<T> cancellable = (ServerCallStreamObserver<T>) call;
        CompletableFuture<T> future = value.toCompletableFuture();
        // Also keeps gRPC from throwing at whoever completes the value after the caller is gone.
        cancellable.setOnCancelHandler(() -> future.cancel(false));
        CompletableFuture<T> unused = future.whenComplete((message, failure) -> {
            if (cancellable.isCancelled()) {
                return;
            }
            if (failure != null) {
                call.onError(Refusal.of(failure));
            } else {
                call.onNext(message);
                call.onCompleted();
            }
        });
    }
}
