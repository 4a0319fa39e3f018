package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.testkit.process.ChildProcess;
import io.trousseau.testkit.process.Loopback;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** One kube-apiserver of a {@link ControlPlane}, restartable, and calls to it as its administrator. */
final class ApiServer implements AutoCloseable {
    private static final String TOKEN = "administrator-of-a-test-cluster";

    private final String name;
    private final Path directory;
    private final Path shared;
    private final URI etcd;
    private final URI address = URI.create("https://127.0.0.1:" + Loopback.freePort());
    private @Nullable ChildProcess process;
    private @Nullable HttpClient http;

    ApiServer(String name, Path shared, URI etcd, String encryptionProviders) {
        this.name = name;
        this.shared = shared;
        this.directory = shared.resolve(name);
        this.etcd = etcd;
        write("tokens.csv", TOKEN + ",administrator,administrator,system:masters\n");
        write("encryption.yaml", """
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                - resources: [secrets]
                  providers:
                """ + encryptionProviders);
        write("kubeconfig", """
                apiVersion: v1
                kind: Config
                clusters:
                - name: test
                  cluster: {server: "%s", certificate-authority: certificates/apiserver.crt}
                users:
                - name: administrator
                  user: {token: %s}
                contexts:
                - name: test
                  context: {cluster: test, user: administrator}
                current-context: test
                """.formatted(address, TOKEN));
    }

    /** Starts it and returns at once. */
    void start() {
        process = Child.start(
                name,
                directory.resolve("kube-apiserver.log"),
                Map.of(),
                List.of(
                        Assets.kubeApiserver().toString(),
                        "--etcd-servers=" + etcd,
                        "--bind-address=" + address.getHost(),
                        "--secure-port=" + address.getPort(),
                        "--cert-dir=" + directory.resolve("certificates"),
                        "--endpoint-reconciler-type=none",
                        "--service-cluster-ip-range=10.0.0.0/24",
                        "--service-account-issuer=https://kubernetes.default.svc",
                        "--service-account-key-file=" + shared.resolve("sa.pub"),
                        "--service-account-signing-key-file=" + shared.resolve("sa.key"),
                        "--token-auth-file=" + directory.resolve("tokens.csv"),
                        "--authorization-mode=RBAC",
                        // No controller makes service accounts here.
                        "--disable-admission-plugins=ServiceAccount",
                        "--encryption-provider-config=" + directory.resolve("encryption.yaml")));
    }

    /** Starts it and returns when it says that it is ready, its KMS plugin included. */
    void startAndAwaitReady() {
        start();
        awaitReady();
    }

    void stop() {
        running().stop();
    }

    void restart() {
        stop();
        startAndAwaitReady();
    }

    void awaitReady() {
        awaitHealth("/readyz");
    }

    /** Waits for a health endpoint to answer 200. */
    void awaitHealth(String endpoint) {
        try {
            await(name + endpoint)
                    .atMost(Duration.ofSeconds(150))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> health(endpoint) == 200);
        } catch (RuntimeException e) {
            throw new AssertionError(running() + " does not answer 200 to " + endpoint, e);
        }
    }

    /** The HTTP status of a health endpoint, or 0 while nothing answers. */
    int health(String endpoint) {
        if (!running().isAlive()) {
            throw new AssertionError(name + " has ended: " + process);
        }
        if (!Files.exists(certificate())) {
            return 0;
        }
        try {
            return get(endpoint).statusCode();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    /** When the plugin's Status last answered {@code keyId} here, in seconds since 1970; 0 if it never did. */
    double lastStatusWith(String keyId) {
        return Metrics.parse(get("/metrics").body())
                .sum(
                        "apiserver_envelope_encryption_key_id_hash_status_last_timestamp_seconds",
                        "key_id_hash=\"" + Hash.ofKeyId(keyId) + "\"");
    }

    /** Probes /readyz as the kubelet does, until the plugin has answered {@code keyId} after {@code moment}. */
    void awaitStatusAfter(Instant moment, String keyId) {
        await(name + " has heard " + keyId)
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> health("/readyz") == 200 && lastStatusWith(keyId) > moment.toEpochMilli() / 1000.0);
    }

    Kubectl kubectl() {
        return new Kubectl(directory.resolve("kubeconfig"));
    }

    HttpResponse<String> get(String path) {
        return Http.send(client(), request(path).GET().build());
    }

    /** Creates a Secret with the one key {@code value}: the answer. */
    HttpResponse<String> createSecret(String secret, String value) {
        String body = """
                {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "%s"}, "data": {"value": "%s"}}""".formatted(secret, Base64.getEncoder().encodeToString(value.getBytes(UTF_8)));
        return Http.send(
                client(),
                request("/api/v1/namespaces/default/secrets")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build());
    }

    /** Writes back what stands there, as a client does that changes nothing: the answer. */
    HttpResponse<String> replaceUnchanged(String secret) {
        String path = "/api/v1/namespaces/default/secrets/" + secret;
        return Http.send(
                client(),
                request(path)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(get(path).body()))
                        .build());
    }

    HttpResponse<String> getSecret(String secret) {
        return get("/api/v1/namespaces/default/secrets/" + secret);
    }

    /** The key {@code value} of every Secret in the namespace {@code default}. */
    Map<String, String> secretValues() {
        HttpResponse<String> answer = get("/api/v1/namespaces/default/secrets");
        if (answer.statusCode() != 200) {
            throw new AssertionError(name + " cannot list Secrets: " + answer.body());
        }
        Map<String, String> values = new TreeMap<>();
        for (JsonNode item : Json.parse(answer.body()).path("items")) {
            values.put(item.path("metadata").path("name").asText(), valueOf(item));
        }
        return values;
    }

    static String valueOf(JsonNode secret) {
        return new String(
                Base64.getDecoder().decode(secret.path("data").path("value").asText()), UTF_8);
    }

    private ChildProcess running() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + TOKEN);
    }

    private Path certificate() {
        return directory.resolve("certificates/apiserver.crt");
    }

    /** Trusts exactly the certificate that this server made for itself at its first start. */
    private synchronized HttpClient client() {
        if (http == null) {
            try (InputStream pem = Files.newInputStream(certificate())) {
                KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
                trusted.load(null, null);
                for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                    trusted.setCertificateEntry(Integer.toString(trusted.size()), one);
                }
                TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                trust.init(trusted);
                SSLContext tls = SSLContext.getInstance("TLS");
                tls.init(null, trust.getTrustManagers(), null);
                http = HttpClient.newBuilder().sslContext(tls).build();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the certificate of " + name + " is unusable", e);
            }
        }
        return http;
    }

    private void write(String file, String content) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
