package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.testkit.process.ChildProcess;
import io.trousseau.testkit.process.Loopback;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** One etcd server, and what it holds: by its own HTTP interface, and in the bytes of its files. */
final class Etcd implements AutoCloseable {
    private static final String SECRETS = "/registry/secrets/";

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path data;
    private final URI address;
    private final ChildProcess process;

    private Etcd(Path data, URI address, ChildProcess process) {
        this.data = data;
        this.address = address;
        this.process = process;
    }

    static Etcd start(Path directory) {
        URI clients = URI.create("http://127.0.0.1:" + Loopback.freePort());
        URI peers = URI.create("http://127.0.0.1:" + Loopback.freePort());
        Path data = directory.resolve("etcd");
        ChildProcess process = Child.start(
                "etcd",
                directory.resolve("etcd.log"),
                Map.of(),
                List.of(
                        Assets.etcd().toString(),
                        "--data-dir=" + data,
                        // The files are read while etcd runs; a crash of the machine is not part of any scenario.
                        "--unsafe-no-fsync",
                        "--listen-client-urls=" + clients,
                        "--advertise-client-urls=" + clients,
                        "--listen-peer-urls=" + peers,
                        "--initial-advertise-peer-urls=" + peers,
                        "--initial-cluster=default=" + peers));
        Etcd etcd = new Etcd(data, clients, process);
        try {
            await("etcd").atMost(Duration.ofSeconds(60)).until(etcd::isHealthy);
            return etcd;
        } catch (RuntimeException e) {
            process.close();
            throw new AssertionError("etcd is not ready: " + process, e);
        }
    }

    URI address() {
        return address;
    }

    private boolean isHealthy() {
        if (!process.isAlive()) {
            throw new AssertionError("etcd has ended: " + process);
        }
        try {
            HttpRequest request = HttpRequest.newBuilder(address.resolve("/health"))
                    .timeout(Duration.ofSeconds(2))
                    .build();
            return Http.send(http, request).statusCode() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** Every Secret's raw value, by namespace and name. */
    Map<String, byte[]> rawSecrets() {
        String end = SECRETS.substring(0, SECRETS.length() - 1) + (char) ('/' + 1);
        String query = "{\"key\":\"" + base64(SECRETS) + "\",\"range_end\":\"" + base64(end) + "\"}";
        HttpRequest request = HttpRequest.newBuilder(address.resolve("/v3/kv/range"))
                .POST(BodyPublishers.ofString(query))
                .build();
        Map<String, byte[]> secrets = new TreeMap<>();
        for (JsonNode entry : Json.parse(Http.send(http, request).body()).path("kvs")) {
            String key = new String(Base64.getDecoder().decode(entry.path("key").asText()), UTF_8);
            secrets.put(
                    key.substring(SECRETS.length()),
                    Base64.getDecoder().decode(entry.path("value").asText()));
        }
        return secrets;
    }

    /** Every Secret as the plugin's client stored it; one that is not encrypted by a KMS v2 plugin is an error. */
    List<StoredSecret> secrets() {
        return rawSecrets().entrySet().stream()
                .map(entry -> StoredSecret.parse(entry.getKey(), entry.getValue()))
                .toList();
    }

    StoredSecret secret(String name) {
        return secrets().stream()
                .filter(secret -> secret.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("etcd holds no Secret " + name));
    }

    /** Whether any of etcd's files, write-ahead log and history included, has these bytes. */
    boolean filesContain(String text) {
        try (Stream<Path> files = Files.walk(data)) {
            return files.filter(Files::isRegularFile).anyMatch(file -> contains(file, text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                    .contains(new String(text.getBytes(UTF_8), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }

    @Override
    public void close() {
        process.close();
    }
}
