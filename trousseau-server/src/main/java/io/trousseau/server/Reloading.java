package io.trousseau.server;

import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringListener;
import io.trousseau.core.keyring.KeyringSession;
import io.trousseau.core.keyring.KeyringStatus;
import io.trousseau.server.admin.Metrics;
import io.trousseau.server.config.ConfigurationFile;
import io.trousseau.server.config.InvalidConfigurationException;
import io.trousseau.server.config.TrousseauConfiguration;
import io.trousseau.server.kms.CurrentKeyring;
import io.trousseau.server.log.Logs;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings a changed configuration file into use while the server runs, or says why not.
 *
 * <p>What a reload cannot break is the point: an invalid file leaves everything as it is; a changed keyring takes over only
 * once it has proven that it can seal; an unchanged one is not touched, so that nothing else in the file can change the
 * key_id.
 *
 * <p>All state belongs to the executor's one thread.
 */
final class Reloading implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Reloading.class.getName());
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final int LONGEST = 2 << 20;
    private static final byte[] UNREADABLE = {};
    private static final String WAITS = "the changed keyring does not serve yet, the one before does: ";

    private final Path file;
    private final ProviderCatalog providers;
    private final CurrentKeyring current;
    private final KeyringListener listener;
    private final Metrics metrics;
    private final ScheduledExecutorService executor;
    private TrousseauConfiguration running;
    private byte[] handled;
    private byte[] seen;
    private final List<Runnable> retiring = new ArrayList<>();
    private @Nullable Waiting waiting;
    private volatile List<String> problems = List.of();

    /** A keyring that proves itself. */
    private record Waiting(Keyring keyring, TrousseauConfiguration.Keyring settings, long since) {}

    /**
     * Does nothing until {@link #start}.
     *
     * @param handled {@link #content} of the file before {@code running} was read from it
     * @param running what the file said and the server does
     * @param listener hears of the keyrings to come
     * @param executor of one thread
     */
    Reloading(
            Path file,
            byte[] handled,
            ProviderCatalog providers,
            TrousseauConfiguration running,
            CurrentKeyring current,
            KeyringListener listener,
            Metrics metrics,
            ScheduledExecutorService executor) {
        this.file = file;
        this.providers = providers;
        this.running = running;
        this.current = current;
        this.listener = listener;
        this.metrics = metrics;
        this.executor = executor;
        this.handled = handled;
        this.seen = handled;
    }

    /** Looks at the file every second from now on. */
    void start() {
        ScheduledFuture<?> unusedLook = executor.scheduleWithFixedDelay(
                this::lookSafely, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Reads the file now, whether it has changed or not. Any thread. */
    void reload() {
        executor.execute(() -> {
            handled = content(file);
            seen = handled;
            apply();
        });
    }

    /** Why the file is not in use as it stands, for people; empty if it is. Any thread. */
    List<String> problems() {
        return problems;
    }

    private void lookSafely() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the configuration cannot be watched", e);
        }
    }

    private void look() {
        exchangeIfDue();
        byte[] now = content(file);
        // Only once it stays the same for a while: an editor may be about to write the rest.
        if (!Arrays.equals(now, handled) && Arrays.equals(now, seen)) {
            handled = now;
            apply();
        }
        seen = now;
    }

    /** Stands for what a file holds now; the same as long as that is the same. */
    static byte[] content(Path file) {
        // A pipe could be waited for without end.
        if (!Files.isRegularFile(file)) {
            return UNREADABLE;
        }
        try (InputStream in = Files.newInputStream(file)) {
            // Enough to see a change; a file that is longer is refused.
            return MessageDigest.getInstance("SHA-256").digest(in.readNBytes(LONGEST));
        } catch (IOException e) {
            return UNREADABLE;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private void apply() {
        discardWaiting();
        TrousseauConfiguration next;
        try {
            next = ConfigurationFile.read(file);
            if (!next.keyring().equals(running.keyring())) {
                waiting = new Waiting(
                        ConfiguredKeyring.open(ConfigurationFile.open(file, providers), listener, current.keyring()),
                        next.keyring(),
                        System.nanoTime());
            }
        } catch (InvalidConfigurationException e) {
            metrics.reloadFailed();
            tell(List.of("the changed configuration cannot be used, the one before stays in use: " + e.getMessage()));
            return;
        }
        Logs.configure(next.log());
        running = new TrousseauConfiguration(
                running.socket(), running.kubernetes(), running.admin(), next.log(), running.keyring());
        List<String> needRestart = needRestart(next);
        tell(
                needRestart.isEmpty()
                        ? List.of()
                        : List.of("changes of " + String.join(", ", needRestart) + " come into use with a restart:"
                                + " serve --replace, or stop and start"));
        if (waiting == null) {
            metrics.reloaded();
            LOG.log(Level.INFO, "{0} was read; the keyring is as before", file);
        } else {
            LOG.log(Level.INFO, "{0} was read; the changed keyring serves once it has proven that it can seal", file);
        }
    }

    private List<String> needRestart(TrousseauConfiguration next) {
        List<String> fields = new ArrayList<>();
        if (!next.socket().equals(running.socket())) {
            fields.add("socket");
        }
        if (!next.kubernetes().equals(running.kubernetes())) {
            fields.add("kubernetes");
        }
        if (!next.admin().equals(running.admin())) {
            fields.add("admin");
        }
        return fields;
    }

    private void exchangeIfDue() {
        Waiting next = waiting;
        if (next == null) {
            return;
        }
        KeyringStatus status = next.keyring().status();
        Duration waited = Duration.ofNanos(System.nanoTime() - next.since());
        if (!Exchange.isDue(current.status(), status, waited)) {
            if (waited.compareTo(Exchange.PATIENCE) >= 0) {
                tell(withWait(WAITS + status.health()));
            }
            return;
        }
        waiting = null;
        Runnable retire = current.exchange(next.keyring());
        retiring.add(retire);
        ScheduledFuture<?> unusedRetirement =
                executor.schedule(() -> retire(retire), KeyringSession.PIN.toMillis(), TimeUnit.MILLISECONDS);
        running = new TrousseauConfiguration(
                running.socket(), running.kubernetes(), running.admin(), running.log(), next.settings());
        tell(withoutWait());
        metrics.reloaded();
        LOG.log(Level.INFO, "the changed keyring serves");
    }

    private void retire(Runnable retire) {
        retire.run();
        retiring.remove(retire);
    }

    private List<String> withoutWait() {
        return problems.stream().filter(text -> !text.startsWith(WAITS)).toList();
    }

    private List<String> withWait(String text) {
        List<String> all = new ArrayList<>(withoutWait());
        all.add(text);
        return List.copyOf(all);
    }

    private void tell(List<String> next) {
        List<String> before = problems;
        problems = next;
        next.stream().filter(text -> !before.contains(text)).forEach(text -> LOG.log(Level.WARNING, text));
    }

    private void discardWaiting() {
        if (waiting != null) {
            waiting.keyring().close();
            waiting = null;
        }
    }

    /** Closes every keyring but the one that serves. After the executor has ended. */
    @Override
    public void close() {
        discardWaiting();
        retiring.forEach(Runnable::run);
        retiring.clear();
    }
}
