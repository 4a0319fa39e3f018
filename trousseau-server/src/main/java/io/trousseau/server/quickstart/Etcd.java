package io.trousseau.server.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.trousseau.server.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** An etcd on loopback, asked over its JSON gateway. */
final class Etcd implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final URI address;
    private final Child process;

    private Etcd(URI address, Child process) {
        this.address = address;
        this.process = process;
    }

    static Etcd start(Path program, Path directory) throws IOException {
        List<Integer> ports = Loopback.freePorts(2);
        String client = "http://127.0.0.1:" + ports.get(0);
        String peer = "http://127.0.0.1:" + ports.get(1);
        Child process = Child.start(
                "etcd",
                directory.resolve("etcd.log"),
                List.of(
                        program.toString(),
                        "--data-dir=" + directory.resolve("etcd"),
                        "--listen-client-urls=" + client,
                        "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peer,
                        "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=default=" + peer,
                        // Nobody misses this data.
                        "--unsafe-no-fsync"));
        return new Etcd(URI.create(client), process);
    }

    URI address() {
        return address;
    }

    /** Whether it answers. */
    boolean isHealthy() throws IOException, InterruptedException {
        process.mustRun();
        try {
            return send(HttpRequest.newBuilder(address.resolve("/health")).build())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** The bytes that stand under a key. */
    byte[] value(String key) throws IOException, InterruptedException {
        String query = Json.line(Json.object("key", Base64.getEncoder().encodeToString(key.getBytes(UTF_8))));
        HttpRequest request = HttpRequest.newBuilder(address.resolve("/v3/kv/range"))
                .POST(BodyPublishers.ofString(query))
                .build();
        HttpResponse<String> answer = send(request);
        if (answer.statusCode() == 200
                && Json.parse(answer.body()) instanceof Map<?, ?> found
                && found.get("kvs") instanceof List<?> entries
                && !entries.isEmpty()
                && entries.get(0) instanceof Map<?, ?> entry
                && entry.get("value") instanceof String value) {
            return Base64.getDecoder().decode(value);
        }
        throw new IOException("etcd has nothing under " + key + "; it answered " + answer.statusCode());
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, BodyHandlers.ofString());
    }

    @Override
    public void close() {
        process.close();
    }
}
