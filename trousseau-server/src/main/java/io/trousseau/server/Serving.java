package io.trousseau.server;

import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.core.keyring.KeyringListener;
import io.trousseau.core.keyring.KeyringStatus;
import io.trousseau.server.admin.AdminServer;
import io.trousseau.server.admin.AuditLog;
import io.trousseau.server.admin.Listeners;
import io.trousseau.server.admin.Metrics;
import io.trousseau.server.admin.Watchdog;
import io.trousseau.server.config.ConfigurationFile;
import io.trousseau.server.config.InvalidConfigurationException;
import io.trousseau.server.config.OpenedConfiguration;
import io.trousseau.server.config.TrousseauConfiguration;
import io.trousseau.server.kms.CurrentKeyring;
import io.trousseau.server.kms.KmsProtocol;
import io.trousseau.server.kms.KmsServer;
import io.trousseau.server.log.Logs;
import io.trousseau.server.socket.SocketInUseException;
import io.trousseau.server.socket.SocketKeeper;
import io.trousseau.server.socket.SocketPlace;
import io.trousseau.server.socket.SocketPlace.Occupant;
import io.trousseau.server.socket.UnusableSocketException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A running server: a keyring, its socket and its admin endpoint, from start to end.
 *
 * <p>It starts in an order in which nothing listens before everything that can be wrong was looked at, and it ends in an
 * order in which nothing that has begun is cut off. Safe for use by several threads.
 */
public final class Serving implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Serving.class.getName());

    /** How long calls that have begun may take after the end was asked for. */
    private static final Duration DRAIN = Duration.ofSeconds(10);

    /** How long a process that takes over may take to prove that it can seal. */
    private static final Duration PRIME = Duration.ofSeconds(60);

    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration LONGEST_TASK = Duration.ofSeconds(2);
    private static final Duration ADMIN_PATIENCE = Duration.ofSeconds(15);

    private enum End {
        ASKED,
        REPLACED
    }

    private final CompletableFuture<End> end = new CompletableFuture<>();
    private final ScheduledExecutorService socketThread = thread("trousseau-socket");
    private final ScheduledExecutorService reloadThread = thread("trousseau-reload");
    private final Metrics metrics;
    private final CurrentKeyring keyring;
    private final KmsServer server;
    private final Reloading reloading;
    private final Watchdog watchdog;
    private @Nullable AdminServer admin;
    private volatile @Nullable SocketKeeper socket;

    private Serving(Path file, byte[] content, ProviderCatalog providers, String version, OpenedConfiguration opened) {
        TrousseauConfiguration configuration = opened.configuration();
        metrics = new Metrics(version);
        KeyringListener listener = new Listeners(metrics, new AuditLog());
        keyring = new CurrentKeyring(ConfiguredKeyring.open(opened, listener, null));
        TrousseauConfiguration.Kubernetes kubernetes = configuration.kubernetes();
        server = new KmsServer(
                new KmsProtocol(kubernetes.kmsApiVersion().toString(), kubernetes.kmsV1()),
                keyring,
                metrics.interceptor());
        reloading = new Reloading(file, content, providers, configuration, keyring, listener, metrics, reloadThread);
        Watchdog.Builder watched = Watchdog.builder()
                .watch("socket keeper", socketThread)
                .watch("keyring", () -> keyring.keyring().heartbeat());
        int number = 0;
        for (Executor thread : server.threads()) {
            watched.watch("KMS thread " + ++number, thread);
        }
        watchdog = watched.build();
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Starts to serve. The KMSes need not be reachable, unless it is to take over from another process.
     *
     * @param file the configuration; watched from now on
     * @param providers whom the members' providers are looked for
     * @param replace whether to take over from the process that serves the socket, if there is one: once this one has
     *     proven that it can seal, and without a failed call
     * @param version of this build, for the metrics
     * @param stop asks it to end; before it has taken over, the other process goes on, and what is returned has ended
     * @throws InvalidConfigurationException with every problem of the configuration
     * @throws SocketInUseException if another process serves the socket and {@code replace} is false
     * @throws UnusableSocketException if the socket's path or directory cannot be used
     * @throws IOException if something else cannot be had. Whatever is thrown, nothing listens and nothing is left behind.
     * @throws InterruptedException if the thread is interrupted while another process is waited for
     */
    public static Serving start(
            Path file, ProviderCatalog providers, boolean replace, String version, CompletionStage<?> stop)
            throws IOException, InterruptedException {
        configureLog(file);
        // Before it is read: what changes afterwards is a change.
        byte[] content = Reloading.content(file);
        OpenedConfiguration opened = ConfigurationFile.open(file, providers);
        TrousseauConfiguration configuration = opened.configuration();
        SocketPlace place;
        Occupant occupant;
        try {
            place = SocketPlace.at(
                    configuration.socket().path(), configuration.socket().group());
            occupant = place.prepare(replace);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
        Serving serving = new Serving(file, content, providers, version, opened);
        CompletionStage<Void> unused = stop.thenRun(serving::stop);
        try {
            Optional<InetSocketAddress> address = configuration.admin().address();
            if (occupant == Occupant.ALIVE) {
                if (!serving.prime()) {
                    return serving;
                }
                serving.listen(place, true);
                // Until it notices that it is replaced, the other process has the address.
                address.ifPresent(free -> serving.startAdminOnceFree(free, 1));
            } else {
                if (address.isPresent()) {
                    serving.startAdmin(address.get());
                }
                // It is not primed: who has come first meanwhile stays.
                serving.listen(place, false);
            }
            serving.reloading.start();
            LOG.log(
                    Level.INFO,
                    "serves {0} as keyring {1}; Trousseau {2}",
                    place.path(),
                    configuration.keyring().name(),
                    version);
            return serving;
        } catch (IOException | InterruptedException | RuntimeException e) {
            serving.close();
            throw e;
        }
    }

    /** Starts to serve until {@link #stop}; see the other method of this name. */
    public static Serving start(Path file, ProviderCatalog providers, boolean replace, String version)
            throws IOException, InterruptedException {
        return start(file, providers, replace, version, new CompletableFuture<>());
    }

    /** Before the providers have anything to say. */
    private static void configureLog(Path file) {
        try {
            Logs.configure(ConfigurationFile.read(file).log());
        } catch (InvalidConfigurationException e) {
            // To be told with the problems of the members, which are not opened yet.
            LOG.log(Level.DEBUG, "the configuration is invalid", e);
        }
    }

    /**
     * Waits until it can seal; for a while also until it does so as well as the other process may.
     *
     * @return false if it was asked to end meanwhile
     */
    private boolean prime() throws IOException, InterruptedException {
        LOG.log(Level.INFO, "takes over from the process that serves, once it can seal");
        long start = System.nanoTime();
        while (!end.isDone()) {
            KeyringStatus status = keyring.status();
            Duration waited = Duration.ofNanos(System.nanoTime() - start);
            boolean whole = status.healthy() && !status.degraded();
            if (status.keyId().isPresent() && (whole || waited.compareTo(Exchange.PATIENCE) >= 0)) {
                return true;
            }
            if (waited.compareTo(PRIME) >= 0) {
                throw new IOException("cannot seal after " + PRIME.toSeconds()
                        + " s, so the process that serves goes on: " + status.health());
            }
            TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
        }
        return false;
    }

    private void listen(SocketPlace place, boolean replace) throws IOException {
        socket = SocketKeeper.start(place, server::listen, socketThread, replace, () -> end.complete(End.REPLACED));
    }

    private synchronized void startAdmin(InetSocketAddress address) throws IOException {
        if (!end.isDone()) {
            admin = AdminServer.start(
                    address, keyring::status, this::notServing, reloading::problems, watchdog, metrics);
            LOG.log(Level.INFO, "health, metrics and status are at http:/{0}", admin.address());
        }
    }

    private String notServing() {
        if (end.isDone()) {
            return "the server ends: its socket is not served any more";
        }
        return socket == null ? "the socket is not served yet" : "";
    }

    private void startAdminOnceFree(InetSocketAddress address, long tries) {
        try {
            startAdmin(address);
        } catch (IOException e) {
            if (tries == ADMIN_PATIENCE.dividedBy(LOOK)) {
                LOG.log(Level.WARNING, "still trying, but {0}", e.getMessage());
            }
            ScheduledFuture<?> unused = socketThread.schedule(
                    () -> startAdminOnceFree(address, tries + 1), LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Reads the configuration again. Returns at once; what comes of it is logged. */
    public void reload() {
        reloading.reload();
    }

    /** Asks it to end. Returns at once. */
    public void stop() {
        end.complete(End.ASKED);
    }

    /**
     * Waits until the end is asked for, or another process has taken over; then lets every call that has begun end, for
     * 10 s at most, and leaves nothing behind but another process's socket.
     *
     * @throws InterruptedException if the thread is interrupted meanwhile; what runs then goes on
     */
    public void awaitEnd() throws InterruptedException {
        End how;
        try {
            how = end.get();
        } catch (ExecutionException e) {
            throw new AssertionError("the end never fails", e);
        }
        if (how == End.REPLACED) {
            LOG.log(Level.INFO, "another process has taken over; ends once the calls that have begun have ended");
            // The other one wants the address.
            closeAdmin();
        } else {
            LOG.log(Level.INFO, "ends once the calls that have begun have ended");
        }
        SocketKeeper kept = socket;
        if (kept != null && !kept.drain(DRAIN)) {
            LOG.log(Level.WARNING, "calls that took longer than {0} s were cut off", DRAIN.toSeconds());
        }
        close();
    }

    private synchronized void closeAdmin() {
        if (admin != null) {
            admin.close();
            admin = null;
        }
    }

    /** Where the admin endpoint listens, if it does. */
    public synchronized Optional<InetSocketAddress> adminAddress() {
        return Optional.ofNullable(admin).map(AdminServer::address);
    }

    /** Ends at once; calls under way fail. Idempotent. */
    @Override
    public void close() {
        end.complete(End.ASKED);
        end(socketThread);
        end(reloadThread);
        SocketKeeper kept = socket;
        if (kept != null) {
            kept.close();
        }
        closeAdmin();
        server.close();
        reloading.close();
        keyring.close();
        metrics.close();
    }

    private static void end(ExecutorService thread) {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(LONGEST_TASK.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.log(Level.WARNING, "a task did not end in {0} s", LONGEST_TASK.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
