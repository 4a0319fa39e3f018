package io.trousseau.provider.vault.http;

import io.trousseau.api.ConfigException;
import io.trousseau.api.Deadline;
import io.trousseau.api.NanoClock;
import io.trousseau.provider.vault.http.VaultException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * HTTP to one cluster. Adds no token unless it is given one with the call.
 *
 * <h2>Several addresses</h2>
 * The one that served last is asked first. When it cannot serve (not reached, no answer in its share of the time, TLS
 * refused, sealed, standby, 5xx, no answer of Vault's), the next is asked within the same deadline; what Vault decided (400,
 * 403, 404, 429) is the answer of the cluster. An address that failed is asked last for {@link AddressOrder#REST}. A
 * redirect leads to a configured address or nowhere.
 *
 * <h2>Secrets</h2>
 * Request bodies and answers are wiped by whoever holds them. OkHttp's own buffers and the token's header cannot be.
 *
 * <p>Safe for use by any number of threads.
 */
public final class Transport implements Vault, AutoCloseable {
    private static final MediaType JSON = MediaType.get("application/json");
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(800);

    private final VaultCluster cluster;
    private final List<String> addresses;
    private final HttpClients clients;
    private final ConnectionFailure connectionFailure;
    private final NanoClock clock = NanoClock.system();
    private final AtomicReference<AddressOrder> order;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * Makes a transport; connects at the first call.
     *
     * @param name in the names of its threads
     * @param cluster where to, and how
     * @param logger where changes of TLS files are told
     * @throws ConfigException if a file of the TLS settings is unusable, with every problem
     */
    public Transport(String name, VaultCluster cluster, System.Logger logger) {
        this.cluster = cluster;
        this.addresses = cluster.addresses().stream().map(Object::toString).toList();
        this.clients = new HttpClients(name, cluster, logger);
        this.connectionFailure = new ConnectionFailure(cluster);
        this.order = new AtomicReference<>(AddressOrder.of(addresses.size()));
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
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                return askEach(request, token, deadline);
            } catch (VaultException e) {
                if (e.kind() != Kind.RETRY_LATER || deadline.remaining().compareTo(pause) <= 0) {
                    throw e;
                }
                pause(pause, e);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        }
    }

    private void pause(Duration pause, VaultException because) {
        try {
            if (closed.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                throw isClosed();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw VaultException.of(Kind.INTERRUPTED, because.address().orElse(null), "interrupted")
                    .build();
        }
    }

    private VaultAnswer askEach(VaultRequest request, Optional<String> token, Deadline deadline) {
        Deque<Integer> left =
                new ArrayDeque<>(Objects.requireNonNull(order.get()).at(clock.nanoTime()));
        List<VaultException> failures = new ArrayList<>();
        while (!left.isEmpty()) {
            int index = left.remove();
            // With what the earlier ones left, so that one that swallows everything cannot eat the time of the others.
            Deadline share = deadline.within(deadline.remaining().dividedBy(left.size() + 1L));
            try {
                VaultAnswer answer = ask(index, request, token, share);
                order.updateAndGet(now -> now.served(index));
                return answer;
            } catch (RedirectException e) {
                order.updateAndGet(now -> now.failed(index, clock.nanoTime()));
                failures.add(e.asFailure());
                if (left.remove(e.target)) {
                    left.addFirst(e.target);
                }
            } catch (VaultException e) {
                if (!anotherMayServe(e.kind())) {
                    if (e.status() != 0) {
                        order.updateAndGet(now -> now.served(index));
                    }
                    throw e;
                }
                order.updateAndGet(now -> now.failed(index, clock.nanoTime()));
                failures.add(e);
            }
            if (deadline.hasPassed()) {
                break;
            }
        }
        throw Failures.together(failures, deadline.hasPassed());
    }

    private static boolean anotherMayServe(Kind kind) {
        return switch (kind) {
            case RETRY_LATER, STANDBY, SEALED, UNINITIALIZED, SERVER_ERROR, BAD_ANSWER, UNREACHABLE, TLS, TIMEOUT ->
                true;
            case BAD_REQUEST, FORBIDDEN, UNAUTHENTICATED, NOT_FOUND, RATE_LIMITED, INTERRUPTED, CLOSED -> false;
        };
    }

    private VaultAnswer ask(int index, VaultRequest request, Optional<String> token, Deadline deadline)
            throws RedirectException {
        String address = addresses.get(index);
        Reply reply = exchange(address, httpRequest(address, request, token), deadline);
        if (reply.status() / 100 == 3) {
            reply.wipe();
            throw redirected(address, reply.headers().get("Location"));
        }
        return Meaning.of(address, reply);
    }

    private Reply exchange(String address, Request request, Deadline deadline) {
        if (closed.getCount() == 0) {
            throw isClosed();
        }
        try {
            return Attempt.send(clients.client(), request, deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw VaultException.of(Kind.INTERRUPTED, address, "interrupted").build();
        } catch (IOException e) {
            throw closed.getCount() == 0 ? isClosed() : connectionFailure.of(address, e);
        }
    }

    private Request httpRequest(String address, VaultRequest request, Optional<String> token) {
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
                .header("User-Agent", "trousseau")
                // Nothing secret is compressed, and no small answer becomes a large one.
                .header("Accept-Encoding", "identity");
        request.namespace().ifPresent(name -> builder.header("X-Vault-Namespace", name));
        token.ifPresent(text -> builder.header("X-Vault-Token", text));
        return builder.build();
    }

    /** A node points to another. */
    private static final class RedirectException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient VaultException failure;
        private final Integer target;

        RedirectException(VaultException failure, int target) {
            super(null, null, false, false);
            this.failure = failure;
            this.target = target;
        }

        VaultException asFailure() {
            return failure;
        }
    }

    private RedirectException redirected(String from, @Nullable String location) {
        HttpUrl to = location == null ? null : HttpUrl.get(from).resolve(location);
        int target = to == null ? -1 : indexOfOrigin(to);
        String what = "a standby that redirects to "
                + (to == null ? "nowhere" : to.scheme() + "://" + to.host() + ":" + to.port())
                + (target < 0 ? ", which is not in addresses: add it if it is of this cluster" : "");
        return new RedirectException(VaultException.of(Kind.STANDBY, from, what).build(), target);
    }

    private int indexOfOrigin(HttpUrl url) {
        for (int i = 0; i < addresses.size(); i++) {
            HttpUrl address = HttpUrl.get(addresses.get(i));
            if (address.scheme().equals(url.scheme())
                    && address.host().equals(url.host())
                    && address.port() == url.port()) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Looks at each address by itself, for people.
     *
     * @param deadline shared by all
     * @return one for each address, in the order of configuration
     */
    public List<NodeReport> lookAtEach(Deadline deadline) {
        List<NodeReport> reports = new ArrayList<>();
        VaultRequest health = VaultRequest.get("sys/health", Optional.empty());
        for (int i = 0; i < addresses.size(); i++) {
            String address = addresses.get(i);
            Deadline share = deadline.within(deadline.remaining().dividedBy(addresses.size() - i));
            long start = clock.nanoTime();
            try {
                Reply reply = exchange(address, httpRequest(address, health, Optional.empty()), share);
                reports.add(NodeReport.of(address, reply, Duration.ofNanos(clock.nanoTime() - start)));
            } catch (VaultException e) {
                reports.add(NodeReport.failed(address, e));
            }
        }
        return List.copyOf(reports);
    }

    /**
     * Of which validity the client certificate in use is, or the first to end of its chain.
     *
     * @return empty if none is configured
     */
    public Optional<Validity> clientCertificate() {
        return clients.ownCertificate();
    }

    private static VaultException isClosed() {
        return VaultException.of(Kind.CLOSED, null, "closed").build();
    }

    /** Ends the calls under way, with {@link Kind#CLOSED}, and closes the connections. Idempotent. */
    @Override
    public void close() {
        closed.countDown();
        clients.close();
    }

    /** The addresses. */
    @Override
    public String toString() {
        return "Transport" + cluster.addresses();
    }
}
