package io.trousseau.provider.vault.http;

import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.VaultException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

/** HTTP to one cluster. Adds no token unless it is given one with the call. Safe for use by any number of threads. */
public final class Transport implements Vault, AutoCloseable {
    private static final MediaType JSON = MediaType.get("application/json");
    private static final int MAX_CALLS = 256;

    private final List<URI> addresses;
    private final OkHttpClient client;
    private volatile boolean closed;

    /**
     * Makes a transport; connects at the first call.
     *
     * @param name in the names of its threads
     * @param addresses of one cluster
     */
    public Transport(String name, List<URI> addresses) {
        this.addresses = List.copyOf(addresses);
        this.client = new OkHttpClient.Builder()
                .dispatcher(dispatcher(name))
                .proxy(Proxy.NO_PROXY)
                .followRedirects(false)
                .retryOnConnectionFailure(false)
                .build();
    }

    private static Dispatcher dispatcher(String name) {
        AtomicLong count = new AtomicLong();
        Dispatcher dispatcher = new Dispatcher(new ThreadPoolExecutor(
                0, MAX_CALLS, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "vault-" + name + "-http-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                }));
        dispatcher.setMaxRequests(MAX_CALLS);
        dispatcher.setMaxRequestsPerHost(MAX_CALLS);
        return dispatcher;
    }

    @Override
    public VaultAnswer call(VaultRequest request, Deadline deadline) {
        return call(request, Optional.empty(), deadline);
    }

    /**
     * As {@link #call(VaultRequest, Deadline)}, with a token.
     *
     * @param token in clear
     */
    public VaultAnswer call(VaultRequest request, Optional<String> token, Deadline deadline) {
        String address = addresses.get(0).toString();
        if (closed) {
            throw VaultException.of(Kind.CLOSED, null, "closed").build();
        }
        try {
            return Meaning.of(address, Attempt.send(client, httpRequest(address, request, token), deadline));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw VaultException.of(Kind.INTERRUPTED, address, "interrupted").build();
        } catch (InterruptedIOException e) {
            throw VaultException.of(Kind.TIMEOUT, address, "no answer before the deadline")
                    .cause(e)
                    .build();
        } catch (IOException e) {
            throw VaultException.of(Kind.UNREACHABLE, address, "not reached")
                    .cause(e)
                    .build();
        }
    }

    private static Request httpRequest(String address, VaultRequest request, Optional<String> token) {
        HttpUrl url = HttpUrl.get(address)
                .newBuilder()
                .addPathSegment("v1")
                .addPathSegments(request.path())
                .build();
        byte[] body = request.body();
        Request.Builder builder = new Request.Builder()
                .url(url)
                .method(request.method(), body == null ? null : RequestBody.create(body, JSON))
                .header("X-Vault-Request", "true")
                // Nothing secret is compressed, and no small answer becomes a large one.
                .header("Accept-Encoding", "identity");
        request.namespace().ifPresent(name -> builder.header("X-Vault-Namespace", name));
        token.ifPresent(text -> builder.header("X-Vault-Token", text));
        return builder.build();
    }

    /** Ends the calls under way and closes the connections. Idempotent. */
    @Override
    public void close() {
        closed = true;
        client.dispatcher().cancelAll();
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
    }
}
