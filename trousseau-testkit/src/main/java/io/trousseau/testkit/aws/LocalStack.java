package io.trousseau.testkit.aws;

import io.trousseau.testkit.process.ChildProcess;
import io.trousseau.testkit.process.Loopback;
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
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A real LocalStack {@value #VERSION} with KMS and STS: a process of its own on a loopback port of its own, up in a few
 * seconds, everything in memory. It takes any credentials, in any region.
 *
 * <p>Its keys are real (AES-GCM, context, states, material that rotates), and it names no key material: a rotation there is
 * not seen from outside. It neither throttles nor denies; {@link FakeAwsKms} does.
 *
 * <p>The Python that has it is looked for in the environment variable {@code TROUSSEAU_LOCALSTACK}, then in
 * {@code ~/.cache/trousseau/localstack-4.9.2/bin} ({@code XDG_CACHE_HOME} honoured). A missing one is an
 * {@link IllegalStateException} that says how to get it. The process ends with this JVM, however that ends.
 */
@SuppressWarnings({"RedundantControlFlow"})
public final class LocalStack implements AutoCloseable {
    private static final String VERSION = "4.9.2";
    private static final String VARIABLE = "TROUSSEAU_LOCALSTACK";
    private static final String PACKAGES = "'localstack-core[base-runtime]==" + VERSION
            + "' cbor2==5.7.1 pyOpenSSL==25.3.0 cryptography==46.0.3 service-identity==24.2.0";
    private static final Duration LONGEST_START = Duration.ofSeconds(90);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    private static final int OK = 200;

    private final URI endpoint;
    private final Path directory;
    private final ChildProcess process;

    private LocalStack(URI endpoint, Path directory, ChildProcess process) {
        this.endpoint = endpoint;
        this.directory = directory;
        this.process = process;
    }

    /** Starts one and waits until it answers. */
    public static LocalStack start() {
        Path python = python();
        int port = Loopback.freePort();
        Path directory = temporaryDirectory();
        String home = directory.toString();
        ChildProcess process = ChildProcess.start(
                "localstack",
                directory.resolve("localstack.log"),
                Map.ofEntries(
                        // Without hypercorn it would listen on every interface.
                        Map.entry("GATEWAY_SERVER", "hypercorn"),
                        Map.entry("GATEWAY_LISTEN", "127.0.0.1:" + port),
                        Map.entry("SERVICES", "kms,sts"),
                        Map.entry("STRICT_SERVICE_LOADING", "1"),
                        Map.entry("EAGER_SERVICE_LOADING", "0"),
                        Map.entry("DISABLE_EVENTS", "1"),
                        Map.entry("SKIP_SSL_CERT_DOWNLOAD", "1"),
                        Map.entry("DNS_ADDRESS", "0"),
                        Map.entry("FILESYSTEM_ROOT", home),
                        Map.entry("LOCALSTACK_VOLUME_DIR", home),
                        Map.entry("HOME", home)),
                List.of(python.toString(), "-m", "localstack.runtime.main"));
        LocalStack started = new LocalStack(URI.create("http://127.0.0.1:" + port), directory, process);
        try {
            started.awaitHealth();
            return started;
        } catch (RuntimeException e) {
            started.close();
            throw e;
        }
    }

    /** Where KMS and STS are. */
    public URI endpoint() {
        return endpoint;
    }

    /** The process, to freeze it for example. */
    public ChildProcess process() {
        return process;
    }

    private void awaitHealth() {
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .build();
        HttpRequest request = HttpRequest.newBuilder(endpoint.resolve("/_localstack/health"))
                .timeout(Duration.ofSeconds(5))
                .build();
        long giveUp = System.nanoTime() + LONGEST_START.toNanos();
        while (System.nanoTime() - giveUp < 0) {
            if (!process.isAlive()) {
                throw new IllegalStateException("LocalStack ended while it started; it said: " + process.logged());
            }
            try {
                if (http.send(request, BodyHandlers.discarding()).statusCode() == OK) {
                    return;
                }
            } catch (IOException notYet) {
                // Asked again below.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            if (process.exitsWithin(BETWEEN_LOOKS)) {
                continue;
            }
        }
        throw new IllegalStateException(
                "LocalStack does not answer after " + LONGEST_START.toSeconds() + " s; it said: " + process.logged());
    }

    private static Path python() {
        String given = System.getenv(VARIABLE);
        if (given != null && !given.isEmpty()) {
            if (!Files.isExecutable(Path.of(given))) {
                throw new IllegalStateException(VARIABLE + "=" + given
                        + " is not a program. Point it at the Python that has LocalStack, or unset it.");
            }
            return Path.of(given);
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        Path environment = (cache != null && !cache.isEmpty()
                        ? Path.of(cache)
                        : Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("trousseau/localstack-" + VERSION);
        Path python = environment.resolve("bin/python");
        if (!Files.isExecutable(python)) {
            throw new IllegalStateException("LocalStack is needed, and there is no " + python + ", and " + VARIABLE
                    + " is not set. Get it with e2e/install from a clone of Trousseau, or: python3 -m venv "
                    + environment + " && " + environment + "/bin/pip install " + PACKAGES);
        }
        return python;
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("localstack");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the process, and removes what it wrote. Idempotent. */
    @Override
    public void close() {
        process.close();
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The address. */
    @Override
    public String toString() {
        return "LocalStack[" + endpoint + "]";
    }
}
