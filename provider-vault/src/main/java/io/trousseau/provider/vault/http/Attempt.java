package io.trousseau.provider.vault.http;

import io.trousseau.api.Deadline;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * One request to one address.
 *
 * <p>The caller waits while a thread of OkHttp's dispatcher works. OkHttp's blocking call does not notice an interruption
 * while it connects or looks a name up, and looking a name up has no time-out at all; a waiting caller can always leave.
 */
final class Attempt implements Callback {
    private final CompletableFuture<Reply> reply = new CompletableFuture<>();

    private Attempt() {}

    /**
     * Sends {@code request} and waits. When an idle connection turns out to be dead, sends it again over a new one.
     *
     * @throws InterruptedIOException if {@code deadline} has passed
     * @throws IOException if the connection failed
     * @throws InterruptedException if the thread was interrupted
     */
    static Reply send(OkHttpClient client, Request request, Deadline deadline)
            throws IOException, InterruptedException {
        Trace trace = new Trace();
        try {
            return sendOnce(client, request, trace, deadline);
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            if (!trace.foundTheConnectionDead()) {
                throw e;
            }
            client.connectionPool().evictAll();
            return sendOnce(client, request, new Trace(), deadline);
        }
    }

    private static Reply sendOnce(OkHttpClient client, Request request, Trace trace, Deadline deadline)
            throws IOException, InterruptedException {
        long nanos = deadline.remaining().toNanos();
        if (nanos == 0) {
            throw new InterruptedIOException("no time left");
        }
        Call call = client.newCall(request.newBuilder()
                .tag(Trace.class, trace)
                .tag(Deadline.class, deadline)
                .build());
        call.timeout().timeout(nanos, TimeUnit.NANOSECONDS);
        Attempt attempt = new Attempt();
        call.enqueue(attempt);
        boolean taken = false;
        try {
            Reply reply = attempt.reply.get(nanos, TimeUnit.NANOSECONDS);
            taken = true;
            return reply;
        } catch (TimeoutException e) {
            throw new InterruptedIOException("timeout");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException("unexpected", e.getCause());
        } finally {
            if (!taken) {
                call.cancel();
                attempt.leave();
            }
        }
    }

    /** Wipes an answer that came when nobody waited any more; one that is still to come is wiped by who brings it. */
    private void leave() {
        if (!reply.cancel(false) && !reply.isCompletedExceptionally()) {
            reply.join().wipe();
        }
    }

    @Override
    public void onResponse(Call call, Response response) {
        try (response) {
            Reply read = Reply.read(response);
            if (!reply.complete(read)) {
                read.wipe();
            }
        } catch (IOException | RuntimeException e) {
            reply.completeExceptionally(e);
        }
    }

    @Override
    public void onFailure(Call call, IOException e) {
        reply.completeExceptionally(e);
    }
}
