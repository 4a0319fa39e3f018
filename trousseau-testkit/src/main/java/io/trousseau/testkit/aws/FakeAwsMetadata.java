package io.trousseau.testkit.aws;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * Where programs on an EC2 instance and in a container ask for credentials: the instance metadata service (<a
 * href="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html">version 2 alone:
 * who has no session token is refused</a>) and the endpoint of EKS Pod Identity and ECS (<a
 * href="https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html">which wants its authorization
 * token</a>). Safe for use by several threads.
 */
@SuppressWarnings({"AddressSelection"})
public final class FakeAwsMetadata implements AutoCloseable {
    private static final String ROLES = "/latest/meta-data/iam/security-credentials/";
    private static final String ROLE = "instance-role";

    private final Supplier<FakeAwsCredentials> credentials;
    private final String sessionToken = UUID.randomUUID().toString();
    private final String authorization = UUID.randomUUID().toString();
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    private FakeAwsMetadata(Supplier<FakeAwsCredentials> credentials) {
        this.credentials = credentials;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::serve);
        server.start();
    }

    /** Starts both, which give what {@code credentials} gives at each request: temporary ones. */
    public static FakeAwsMetadata start(Supplier<FakeAwsCredentials> credentials) {
        return new FakeAwsMetadata(credentials);
    }

    /** What {@code AWS_EC2_METADATA_SERVICE_ENDPOINT} is set to. */
    public URI instanceEndpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** What {@code AWS_CONTAINER_CREDENTIALS_FULL_URI} is set to. */
    public URI containerEndpoint() {
        return instanceEndpoint().resolve("/v1/credentials");
    }

    /** What stands in the file that {@code AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE} names. */
    public String containerAuthorization() {
        return authorization;
    }

    /** The requests that were refused. */
    public List<String> refused() {
        return List.copyOf(refused);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String request = exchange.getRequestMethod() + " " + path;
            if (request.equals("PUT /latest/api/token")) {
                exchange.getResponseHeaders().set("x-aws-ec2-metadata-token-ttl-seconds", "21600");
                answer(exchange, 200, sessionToken);
            } else if (request.equals("GET /v1/credentials")) {
                guarded(exchange, "Authorization", authorization, () -> issued().toString());
            } else if (request.equals("GET " + ROLES)) {
                guarded(exchange, "X-aws-ec2-metadata-token", sessionToken, () -> ROLE);
            } else if (request.equals("GET " + ROLES + ROLE)) {
                guarded(exchange, "X-aws-ec2-metadata-token", sessionToken, () -> issued().toString());
            } else {
                answer(exchange, 404, "");
            }
        }
    }

    private void guarded(HttpExchange exchange, String header, String expected, Supplier<String> body)
            throws IOException {
        if (expected.equals(exchange.getRequestHeaders().getFirst(header))) {
            answer(exchange, 200, body.get());
        } else {
            refused.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            answer(exchange, 401, "");
        }
    }

    private ObjectNode issued() {
        FakeAwsCredentials issued = credentials.get();
        return KmsProtocol.object()
                .put("Code", "Success")
                .put("Type", "AWS-HMAC")
                .put("AccessKeyId", issued.accessKeyId())
                .put("SecretAccessKey", issued.secretAccessKey())
                .put("Token", issued.sessionToken().orElseThrow())
                .put(
                        "Expiration",
                        issued.expiresAt()
                                .orElseThrow()
                                .truncatedTo(ChronoUnit.SECONDS)
                                .toString());
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
