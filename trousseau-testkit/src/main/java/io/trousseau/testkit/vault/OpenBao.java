package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.testkit.process.ChildProcess;
import io.trousseau.testkit.process.Loopback;
import io.trousseau.testkit.tls.AnyCertificate;
import io.trousseau.testkit.tls.TestIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real OpenBao server: a process of its own on a loopback port of its own.
 *
 * <p>{@link #dev} is up in a second and keeps everything in memory. {@link #durable} has a raft store on disk and, if
 * asked, TLS: it can be stopped, killed and started again on the same port and data.
 *
 * <p>The program {@code bao} is looked for in the environment variable {@code TROUSSEAU_BAO}, then in
 * {@code ~/.cache/trousseau/openbao-2.7.2/bin} ({@code XDG_CACHE_HOME} honoured), then on the {@code PATH}. A missing one
 * is an {@link IllegalStateException} that says how to get it. The server ends with this JVM, however that ends. Of the
 * environment, the server sees no variable {@code BAO_…} or {@code VAULT_…}.
 *
 * <p>A client from {@link #root} that was made before a restart may fail once on a connection that the restart broke;
 * one made after it does not.
 */
public final class OpenBao implements VaultServer {
    private static final Duration LONGEST_START = Duration.ofSeconds(60);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
    private static final String DEV_TOKEN = "root";

    private final String name;
    private final URI address;
    private final Path directory;
    private final boolean dev;
    private final boolean alone;
    private final Optional<TestIdentity> tls;
    private final List<String> command;

    private volatile HttpClient http;
    private volatile Keys keys = new Keys("", "");
    private volatile @Nullable ChildProcess process;

    /** What initialising a server gives: who has both can do everything. */
    record Keys(String unsealKey, String rootToken) {
        @Override
        public String toString() {
            return "Keys[…]";
        }
    }

    private OpenBao(
            String name,
            URI address,
            Path directory,
            boolean dev,
            boolean alone,
            Optional<TestIdentity> tls,
            List<String> command) {
        this.name = name;
        this.address = address;
        this.directory = directory;
        this.dev = dev;
        this.alone = alone;
        this.tls = tls;
        this.command = command;
        this.http = newHttp();
    }

    /** A development server, started: plain HTTP, unsealed, in memory; what it holds is lost when it stops. */
    public static OpenBao dev() {
        URI address = URI.create("http://127.0.0.1:" + Loopback.freePort());
        List<String> command = List.of(
                BaoProgram.find().toString(),
                "server",
                "-dev",
                "-dev-no-store-token",
                "-dev-root-token-id=" + DEV_TOKEN,
                "-dev-listen-address=" + address.getAuthority());
        OpenBao server = new OpenBao("bao", address, temporaryDirectory(), true, true, Optional.empty(), command);
        server.keys = new Keys("", DEV_TOKEN);
        return started(server, OpenBao::start);
    }

    /** A server on disk, plain HTTP: started, initialised with one key share, unsealed. */
    public static OpenBao durable() {
        return durable(Optional.empty());
    }

    /**
     * As {@link #durable()}, but with TLS. It asks clients for a certificate and takes those without one; which
     * certificates may log in is the affair of its login method {@code cert}.
     *
     * @param identity its certificate, for {@code 127.0.0.1} unless the test wants clients to refuse it; the client of
     *     {@link #root} takes any
     */
    public static OpenBao durable(TestIdentity identity) {
        return durable(Optional.of(identity));
    }

    private static OpenBao durable(Optional<TestIdentity> tls) {
        OpenBao server = node("bao", Loopback.freePort(), Loopback.freePort(), tls, List.of());
        return started(server, node -> {
            node.start();
            node.initialise();
            node.unseal();
        });
    }

    /** A server on disk that is not started. */
    static OpenBao node(String name, int port, int clusterPort, Optional<TestIdentity> tls, List<URI> peers) {
        URI address = URI.create((tls.isPresent() ? "https" : "http") + "://127.0.0.1:" + port);
        Path directory = temporaryDirectory();
        Path configuration = directory.resolve("bao.hcl");
        List<String> command = List.of(BaoProgram.find().toString(), "server", "-config=" + configuration);
        OpenBao server = new OpenBao(name, address, directory, false, peers.isEmpty(), tls, command);
        try {
            Files.createDirectories(directory.resolve("data"));
            tls.ifPresent(server::writeTls);
            Files.writeString(configuration, server.configuration(clusterPort, peers));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return server;
    }

    private String configuration(int clusterPort, List<URI> peers) {
        StringBuilder joins = new StringBuilder();
        for (URI peer : peers) {
            joins.append("  retry_join { leader_api_addr = \"").append(peer).append("\" }\n");
        }
        String transport = tls.isPresent()
                ? "  tls_cert_file = \"%s\"\n  tls_key_file = \"%s\"".formatted(certificateFile(), keyFile())
                : "  tls_disable = true";
        return """
                ui = false
                api_addr = "%s"
                cluster_addr = "https://127.0.0.1:%d"
                storage "raft" {
                  path = "%s"
                  node_id = "%s"
                  performance_multiplier = 1
                %s}
                listener "tcp" {
                  address = "%s"
                  cluster_address = "127.0.0.1:%d"
                %s
                }
                """.formatted(
                        address,
                        clusterPort,
                        directory.resolve("data"),
                        name,
                        joins,
                        address.getAuthority(),
                        clusterPort,
                        transport);
    }

    private Path certificateFile() {
        return directory.resolve("tls.crt");
    }

    private Path keyFile() {
        return directory.resolve("tls.key");
    }

    private void writeTls(TestIdentity identity) {
        try {
            Files.writeString(certificateFile(), identity.certificatePem());
            Files.writeString(keyFile(), identity.keyPem());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public URI address() {
        return address;
    }

    @Override
    public VaultClient root() {
        return client().withToken(keys.rootToken());
    }

    private VaultClient client() {
        return VaultClient.of(http, address);
    }

    /** What it has logged since it was first started. */
    public String logged() {
        return running().logged();
    }

    /** Whether the process runs, sealed or not. */
    public boolean isRunning() {
        ChildProcess current = process;
        return current != null && current.isAlive();
    }

    /** Starts the stopped process; returns once it listens. It is sealed then, unless it is a development server. */
    public void start() {
        if (isRunning()) {
            throw new IllegalStateException(this + " runs already");
        }
        http = newHttp();
        process = ChildProcess.start(name, directory.resolve("bao.log"), withoutItsVariables(), command);
        await("listen", () -> health().isPresent());
    }

    /** SIGTERM; returns when the process has ended. */
    public void stop() {
        int unused = running().stop();
    }

    /** SIGKILL; returns when the process has ended. */
    public void kill() {
        running().kill();
    }

    /** Stops it, starts it and unseals it. */
    public void restart() {
        stop();
        start();
        unseal();
    }

    /** Freezes the process: it takes connections and answers nothing, until {@link #resume}. */
    public void pause() {
        running().pause();
    }

    /** Lets a frozen process go on. */
    public void resume() {
        running().resume();
    }

    /** Replaces the certificate that a server with TLS shows to new connections. */
    public void replaceCertificate(TestIdentity identity) {
        if (tls.isEmpty()) {
            throw new IllegalStateException(this + " has no TLS");
        }
        writeTls(identity);
        running().signal("HUP");
    }

    @Override
    public void seal() {
        root().must("POST", "sys/seal", Map.of());
    }

    @Override
    public void unseal() {
        if (!dev) {
            await("take its key", this::takesUnsealKey);
        } else if (health().orElseThrow() == 503) {
            throw new IllegalStateException("a development server keeps no unseal key; use durable()");
        }
        await("serve", this::serves);
    }

    private boolean serves() {
        int status = health().orElse(503);
        return status == 200 || (status == 429 && !alone && knowsItsLeader());
    }

    private boolean knowsItsLeader() {
        String leader =
                client().call("GET", "sys/leader").body().path("leader_address").asText();
        return !leader.isEmpty() && !leader.equals(address.toString());
    }

    /** Initialises it with one key share; it stays sealed. */
    Keys initialise() {
        JsonNode made = client().must("POST", "sys/init", Map.of("secret_shares", 1, "secret_threshold", 1))
                .body();
        keys = new Keys(
                made.path("keys_base64").path(0).asText(),
                made.path("root_token").asText());
        return keys;
    }

    void use(Keys ofTheCluster) {
        keys = ofTheCluster;
    }

    /** Until a node has joined its cluster and got the first of its data, it refuses the key. */
    private boolean takesUnsealKey() {
        VaultReply reply = client().call("POST", "sys/unseal", Map.of("key", keys.unsealKey()));
        return reply.ok() && !reply.body().path("sealed").asBoolean(true);
    }

    /** The status of {@code sys/health}: 200 serves, 429 stands by, 503 sealed, 501 not initialised; empty: no answer. */
    Optional<Integer> health() {
        HttpRequest request = HttpRequest.newBuilder(address.resolve("/v1/sys/health"))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            return Optional.of(http.send(request, BodyHandlers.discarding()).statusCode());
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + LONGEST_START.toNanos();
        while (!condition.getAsBoolean()) {
            if (running().exitsWithin(BETWEEN_LOOKS)) {
                throw new IllegalStateException(this + " has ended. Its log:\n" + logged());
            }
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException(this + " does not " + what + ". Its log:\n" + logged());
            }
        }
    }

    private ChildProcess running() {
        ChildProcess current = process;
        if (current == null) {
            throw new IllegalStateException(this + " was never started");
        }
        return current;
    }

    private HttpClient newHttp() {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(2));
        tls.ifPresent(identity -> builder.sslContext(AnyCertificate.context()));
        return builder.build();
    }

    private static Map<String, String> withoutItsVariables() {
        Map<String, String> removed = new HashMap<>();
        for (String variable : System.getenv().keySet()) {
            if (variable.startsWith("BAO_") || variable.startsWith("VAULT_")) {
                removed.put(variable, "");
            }
        }
        return removed;
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("openbao-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static OpenBao started(OpenBao server, Consumer<OpenBao> steps) {
        try {
            steps.accept(server);
            return server;
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    @Override
    public void close() {
        ChildProcess current = process;
        if (current != null) {
            current.close();
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Name and address. */
    @Override
    public String toString() {
        return name + " at " + address;
    }
}
