package io.trousseau.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.testkit.process.ChildProcess;
import io.trousseau.testkit.process.Loopback;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One node's Trousseau: a configuration, and the process that serves it, restartable and replaceable. */
final class Plugin implements AutoCloseable {
    private static final Duration LONGEST_START = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Distribution distribution;
    private final String name;
    private final Path directory;
    private final Path socketDirectory;
    private final URI admin = URI.create("http://127.0.0.1:" + Loopback.freePort());
    private @Nullable ChildProcess process;

    /** A plugin, not started, whose keyring has the one member {@code member}. */
    Plugin(Distribution distribution, String name, Path directory, Member member) {
        this(distribution, name, directory, "", List.of(member.named("main")));
    }

    /** A plugin, not started, of this policy and these members; see {@link #configure}. */
    Plugin(Distribution distribution, String name, Path directory, String policy, List<NamedMember> members) {
        this.distribution = distribution;
        this.name = name;
        this.directory = directory;
        try {
            // A socket's path may have 107 bytes; the directory of the test may be deeper than that.
            this.socketDirectory = Files.createTempDirectory("trousseau-");
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        configure(policy, members);
    }

    /**
     * Writes the configuration that the next process reads.
     *
     * @param policy fields of the block {@code keyring} as YAML in one line, {@code decryptThreshold: 1, writeQuorum: 2}
     * @return the file
     */
    Path configure(String policy, List<NamedMember> members) {
        try {
            return Files.writeString(configuration(), """
                    apiVersion: trousseau.io/v1
                    kind: TrousseauConfiguration
                    socket: {path: %s}
                    admin: {address: "%s"}
                    keyring: {name: e2e, %smembers: [%s]}
                    """.formatted(
                            socket(),
                            admin.getAuthority(),
                            policy.isEmpty() ? "" : policy + ", ",
                            members.stream().map(NamedMember::yaml).collect(Collectors.joining(", "))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a member's provider takes. */
    record Member(String provider, Map<String, String> config) {
        static Member local(Path keyFile) {
            return new Member("local", Map.of("keyFile", keyFile.toString()));
        }

        NamedMember named(String name) {
            return new NamedMember(name, "wrap", this);
        }
    }

    /** A member of the keyring. */
    record NamedMember(String name, String role, Member member) {
        NamedMember unwrapOnly() {
            return new NamedMember(name, "unwrap", member);
        }

        private String yaml() {
            return "{name: %s, role: %s, provider: %s, config: {%s}}"
                    .formatted(
                            name,
                            role,
                            member.provider(),
                            member.config().entrySet().stream()
                                    .map(entry -> entry.getKey() + ": " + entry.getValue())
                                    .collect(Collectors.joining(", ")));
        }
    }

    Path socket() {
        return socketDirectory.resolve("kms.sock");
    }

    /** Starts it and returns at once. */
    void start() {
        process = serve();
    }

    void startAndAwaitReady() {
        start();
        awaitReady();
    }

    void awaitReady() {
        try {
            await(name + " /readyz")
                    .atMost(LONGEST_START)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> health("/readyz") == 200);
        } catch (RuntimeException e) {
            throw new AssertionError(process + " is not ready", e);
        }
    }

    /** SIGTERM; returns when the process has ended, as it must, with 0. */
    void stop() {
        int exit = running().stop();
        if (exit != 0) {
            throw new AssertionError(process + " ended with exit code " + exit + " on SIGTERM");
        }
    }

    /** SIGTERM; returns at once. */
    void terminate() {
        running().terminate();
    }

    /** Waits for the end of a terminated or replaced process: its exit code. */
    int awaitExit() {
        return running().awaitExit(Duration.ofSeconds(60));
    }

    /** SIGKILL, which leaves the socket's file behind. */
    void kill() {
        running().kill();
    }

    /** {@code serve --replace} while this process serves; returns when the new one has taken over and the old ended. */
    void replace() {
        ChildProcess old = running();
        process = serve("--replace");
        int exit = old.awaitExit(Duration.ofSeconds(60));
        if (exit != 0) {
            throw new AssertionError(old + " ended with exit code " + exit + " when it was replaced");
        }
        awaitReady();
    }

    boolean isAlive() {
        return running().isAlive();
    }

    long pid() {
        return running().pid();
    }

    String logged() {
        return running().logged();
    }

    /** The HTTP status of an admin endpoint, or 0 while nothing answers. */
    int health(String endpoint) {
        if (!isAlive()) {
            throw new AssertionError(process + " has ended; it said: " + logged());
        }
        try {
            return get(endpoint).statusCode();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    JsonNode status() {
        return Json.parse(get("/status").body());
    }

    Metrics metrics() {
        return Metrics.parse(get("/metrics").body());
    }

    private ChildProcess serve(String... options) {
        List<String> command = new ArrayList<>(List.of(
                distribution.launcher().toString(),
                "serve",
                "--config",
                configuration().toString()));
        command.addAll(List.of(options));
        return Child.start(name, directory.resolve(name + ".log"), Map.of(), command);
    }

    private HttpResponse<String> get(String path) {
        return Http.send(
                http,
                HttpRequest.newBuilder(admin.resolve(path))
                        .timeout(Duration.ofSeconds(5))
                        .build());
    }

    private Path configuration() {
        return directory.resolve(name + ".yaml");
    }

    private ChildProcess running() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
        try {
            Workspace.delete(socketDirectory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
