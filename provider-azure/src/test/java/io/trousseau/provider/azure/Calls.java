package io.trousseau.provider.azure;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls of a handle, and what they fail with. */
final class Calls {
    static final byte[] PLAINTEXT = "plain text of 32 bytes, exactly!".getBytes(StandardCharsets.US_ASCII);
    static final WrapContext CONTEXT = WrapContext.of(java.util.Map.of("a", "b"));

    private Calls() {}

    interface Request {
        Object make(Deadline deadline);
    }

    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(10));
    }

    static WrappedKey wrap(KekHandle kek) {
        WrapResult result = kek.wrap(PLAINTEXT, CONTEXT, soon());
        return new WrappedKey(result.ciphertext(), result.version().orElseThrow());
    }

    static byte[] unwrap(KekHandle kek, WrappedKey wrapped) {
        try (UnwrapResult result = kek.unwrap(wrapped, CONTEXT, soon())) {
            return result.plaintext();
        }
    }

    /** How a call fails; it is made on a thread of its own, and given up if it hangs. */
    static KmsException failureOf(Request request, Deadline deadline) {
        CompletableFuture<KmsException> failure = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        failure.completeExceptionally(new AssertionError("was answered: " + request.make(deadline)));
                    } catch (KmsException e) {
                        failure.complete(e);
                    } catch (Throwable e) {
                        failure.completeExceptionally(e);
                    }
                },
                "caller");
        thread.setDaemon(true);
        thread.start();
        try {
            return failure.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new AssertionError("no KmsException: " + e, e);
        }
    }

    static KmsException failureOf(Runnable call) {
        return failureOf(
                deadline -> {
                    call.run();
                    return "";
                },
                soon());
    }
}
