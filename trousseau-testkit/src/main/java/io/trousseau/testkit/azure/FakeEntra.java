package io.trousseau.testkit.azure;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trousseau.testkit.azure.LoopbackServer.Refusal;
import io.trousseau.testkit.azure.LoopbackServer.Reply;
import io.trousseau.testkit.azure.LoopbackServer.Request;
import io.trousseau.testkit.tls.TestCa;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Microsoft Entra ID for applications: the client credentials flow of its token endpoint v2.0 over HTTPS, with a secret, a
 * certificate or a federated token, refusing as the service does with {@code AADSTS…}. The tokens are JWTs in form, with
 * the claims that Key Vault looks at; their signature is random, since those who check them here ask this object.
 *
 * <p>Operation for {@link #script}: {@code token}. Safe for use by several threads.
 */
public final class FakeEntra implements AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private final String tenant = UUID.randomUUID().toString();
    private final InstantSource clock;
    private final LoopbackServer server;
    private final Map<String, Application> applications = new ConcurrentHashMap<>();
    private final Map<String, Token> tokens = new ConcurrentHashMap<>();
    private final List<String> issued = new CopyOnWriteArrayList<>();
    private volatile Duration life = Duration.ofHours(1);

    /** What a client can prove itself with. */
    private static final class Application {
        private final String objectId = UUID.randomUUID().toString();
        private volatile Optional<String> secret = Optional.empty();
        private volatile Optional<X509Certificate> certificate = Optional.empty();
        private volatile Optional<String> federatedToken = Optional.empty();
    }

    /**
     * A token that was given out.
     *
     * @param resource what it is for
     * @param client to whom
     * @param object the object id of the same
     * @param expires until when
     */
    record Token(String resource, String client, String object, Instant expires) {}

    private FakeEntra(TestCa ca, InstantSource clock) {
        this.clock = clock;
        this.server = new LoopbackServer("fake-entra", Optional.of(ca.server("localhost")), new Endpoint());
    }

    /** Starts one whose certificate {@code ca} signed. */
    public static FakeEntra start(TestCa ca, InstantSource clock) {
        return new FakeEntra(ca, clock);
    }

    /** The authority host: {@code https://localhost:PORT}. */
    public String url() {
        return server.url();
    }

    /** The one tenant. */
    public String tenant() {
        return tenant;
    }

    /** Lets a client prove itself with a secret, and with no other from now on. */
    public void secret(String client, String secret) {
        application(client).secret = Optional.of(secret);
    }

    /** Lets a client prove itself with an RSA certificate, and with no other from now on. */
    public void certificate(String client, X509Certificate certificate) {
        application(client).certificate = Optional.of(certificate);
    }

    /** Lets a client prove itself with this token of a trusted issuer, and with no other from now on. */
    public void federatedToken(String client, String token) {
        application(client).federatedToken = Optional.of(token);
    }

    /** The object id of a client: what roles are assigned to. */
    public String objectId(String client) {
        return application(client).objectId;
    }

    /** How long tokens live from now on; an hour at first. */
    public void tokenLife(Duration life) {
        this.life = life;
    }

    /** Forgets the tokens given out: the vault refuses them. */
    public void revoke() {
        tokens.clear();
    }

    /** Every token given out so far: nothing of these may appear in a log. */
    public List<String> issued() {
        return List.copyOf(issued);
    }

    /** How many tokens were asked for. */
    public int logins() {
        return (int) server.requests().stream().filter("token"::equals).count();
    }

    /** Lets faults happen to the next requests, one each. */
    public void script(AzureFault... faults) {
        server.script("token", faults);
    }

    /** Lets a fault happen to every request, until {@link #heal}. */
    public void always(AzureFault fault) {
        server.always("token", fault);
    }

    /** Ends all faults. */
    public void heal() {
        server.heal();
    }

    /** What was asked and is not modelled; empty in a good test. */
    public List<String> notModelled() {
        return server.notModelled();
    }

    /** What a token is good for, if it was given out here and not revoked. */
    Optional<Token> token(String text) {
        return Optional.ofNullable(tokens.get(text));
    }

    /** Gives out a token, as for a client that has proved itself. */
    String issue(String client, String resource) {
        Instant now = clock.instant();
        String object = objectId(client);
        ObjectNode claims = LoopbackServer.object();
        claims.put("aud", resource)
                .put("iss", "https://sts.windows.net/" + tenant + "/")
                .put("tid", tenant);
        claims.put("appid", client).put("oid", object).put("iat", now.getEpochSecond());
        claims.put("exp", now.plus(life).getEpochSecond());
        byte[] signature = new byte[64];
        RANDOM.nextBytes(signature);
        String token = base64("{\"typ\":\"JWT\",\"alg\":\"RS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64(claims.toString().getBytes(StandardCharsets.UTF_8)) + "." + base64(signature);
        tokens.put(token, new Token(resource, client, object, now.plus(life)));
        issued.add(token);
        return token;
    }

    Duration life() {
        return life;
    }

    private Application application(String client) {
        return applications.computeIfAbsent(client, unused -> new Application());
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Stops it. */
    @Override
    public void close() {
        server.close();
    }

    private final class Endpoint implements LoopbackServer.Service {
        @Override
        public String operationOf(Request request) {
            return request.path().endsWith("/oauth2/v2.0/token") ? "token" : "other";
        }

        @Override
        public ObjectNode error(String code, String inner, String message) {
            return LoopbackServer.object()
                    .put("error", code)
                    .put("error_description", message + " Trace ID: " + UUID.randomUUID())
                    .put("correlation_id", UUID.randomUUID().toString());
        }

        @Override
        public Reply answer(Request request) throws Refusal {
            if (!request.path().equals("/" + tenant + "/oauth2/v2.0/token")) {
                if (operationOf(request).equals("token")) {
                    throw refusal(400, "invalid_request", "AADSTS90002: Tenant not found.");
                }
                throw server.notModelled(request);
            }
            Map<String, String> form = Form.parse(request.text());
            if (!request.method().equals("POST") || !"client_credentials".equals(form.get("grant_type"))) {
                throw server.notModelled(request);
            }
            String client = String.valueOf(form.get("client_id"));
            Application application = applications.get(client);
            if (application == null) {
                throw refusal(400, "unauthorized_client", "AADSTS700016: Application was not found in the directory.");
            }
            prove(client, application, form);
            String scope = String.valueOf(form.get("scope"));
            Optional<String> resource = List.of(scope.split(" ", -1)).stream()
                    .filter(one -> one.endsWith("/.default"))
                    .map(one -> one.substring(0, one.length() - "/.default".length()))
                    .findFirst();
            if (resource.isEmpty()) {
                throw refusal(400, "invalid_scope", "AADSTS70011: The scope is not valid.");
            }
            String token = issue(client, resource.get());
            return Reply.json(LoopbackServer.object()
                    .put("token_type", "Bearer")
                    .put("expires_in", life.toSeconds())
                    .put("ext_expires_in", life.toSeconds())
                    .put("access_token", token));
        }

        private void prove(String client, Application application, Map<String, String> form) throws Refusal {
            if (form.containsKey("client_secret")) {
                if (!application.secret.equals(Optional.of(form.get("client_secret")))) {
                    throw refusal(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
                }
                return;
            }
            String assertion = form.getOrDefault("client_assertion", "");
            if (!ASSERTION.equals(form.get("client_assertion_type")) || assertion.isEmpty()) {
                throw refusal(
                        401, "invalid_client", "AADSTS7000216: 'client_assertion' or 'client_secret' is required.");
            }
            if (application.federatedToken.equals(Optional.of(assertion))) {
                return;
            }
            if (application.certificate.isEmpty()) {
                throw refusal(401, "invalid_client", "AADSTS70021: No matching federated identity record found.");
            }
            if (!signed(client, application.certificate.get(), assertion)) {
                throw refusal(401, "invalid_client", "AADSTS700027: The certificate is not registered on application.");
            }
        }

        /** Whether a client assertion (RFC 7523) is of this certificate's key and for this endpoint. */
        private boolean signed(String client, X509Certificate certificate, String assertion) throws Refusal {
            String[] parts = assertion.split("\\.", -1);
            if (parts.length != 3) {
                return false;
            }
            try {
                Base64.Decoder decoder = Base64.getUrlDecoder();
                var header = LoopbackServer.JSON.readTree(decoder.decode(parts[0]));
                var claims = LoopbackServer.JSON.readTree(decoder.decode(parts[1]));
                // MSAL for Java writes the thumbprint in plain base64, others in base64url; the service takes both.
                String named =
                        header.path("x5t#S256").asText().replace('+', '-').replace('/', '_');
                byte[] thumbprint = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
                Signature signature;
                switch (header.path("alg").asText()) {
                    case "RS256" -> signature = Signature.getInstance("SHA256withRSA");
                    case "PS256" -> {
                        signature = Signature.getInstance("RSASSA-PSS");
                        signature.setParameter(
                                new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
                    }
                    default -> {
                        return false;
                    }
                }
                signature.initVerify(certificate.getPublicKey());
                signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
                return MessageDigest.isEqual(thumbprint, decoder.decode(named))
                        && client.equals(claims.path("iss").asText())
                        && claims.path("aud").asText().startsWith(url())
                        && clock.instant()
                                .isBefore(
                                        Instant.ofEpochSecond(claims.path("exp").asLong()))
                        && signature.verify(decoder.decode(parts[2]));
            } catch (GeneralSecurityException | java.io.IOException | IllegalArgumentException e) {
                throw refusal(401, "invalid_client", "AADSTS50027: JWT token is invalid or malformed: " + e);
            }
        }

        private Refusal refusal(int status, String code, String message) {
            return new Refusal(status, code, "", message, null);
        }
    }
}
