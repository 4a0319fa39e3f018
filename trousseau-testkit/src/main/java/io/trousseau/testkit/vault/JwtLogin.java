package io.trousseau.testkit.vault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The login method {@code jwt} with configured public keys: RS256 and ES256, issuer, audience, subject, expiry.
 *
 * @see <a href="https://openbao.org/api-docs/auth/jwt/">the API's reference</a>
 */
final class JwtLogin implements Mount {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<String> ROLE_FIELDS =
            Set.of("role_type", "bound_audiences", "bound_subject", "user_claim", "name");
    /** How much later than its expiry a token is still taken, and how much before its beginning. */
    private static final long LEEWAY_SECONDS = 60;

    private final InstantSource clock;
    private final Tokens tokens;
    private final Namespace namespace;
    private final String path;
    private final TreeMap<String, Role> roles = new TreeMap<>();
    private List<PublicKey> keys = List.of();
    private String issuer = "";

    private record Role(List<String> audiences, String subject, String userClaim, TokenSettings tokens) {}

    JwtLogin(InstantSource clock, Tokens tokens, Namespace namespace, String path) {
        this.clock = clock;
        this.tokens = tokens;
        this.namespace = namespace;
        this.path = path;
    }

    @Override
    public String type() {
        return "jwt";
    }

    @Override
    public boolean isLogin(FakeCall call) {
        return call.path().equals("login");
    }

    @Override
    public FakeAnswer handle(FakeCall call) {
        if (!call.is("POST")) {
            throw new Unmodelled(call.method() + " auth/jwt/" + call.path());
        }
        if (call.path().equals("login")) {
            return login(call);
        }
        if (call.path().equals("config")) {
            return configure(call);
        }
        if (call.path().matches("role/[^/]+")) {
            return role(call, call.path().substring("role/".length()));
        }
        throw new Unmodelled("auth/jwt/" + call.path());
    }

    private FakeAnswer configure(FakeCall call) {
        Set<String> modelled = Set.of("jwt_validation_pubkeys", "bound_issuer");
        call.body().fieldNames().forEachRemaining(field -> {
            if (!modelled.contains(field)) {
                throw new Unmodelled("auth/jwt/config: the field " + field);
            }
        });
        List<PublicKey> configured = new ArrayList<>();
        for (String pem : call.texts("jwt_validation_pubkeys")) {
            configured.add(publicKey(pem));
        }
        keys = List.copyOf(configured);
        issuer = call.text("bound_issuer");
        return FakeAnswer.empty();
    }

    private FakeAnswer role(FakeCall call, String name) {
        Set<String> known = new HashSet<>(ROLE_FIELDS);
        known.addAll(TokenSettings.FIELDS);
        call.body().fieldNames().forEachRemaining(field -> {
            if (!known.contains(field)) {
                throw new Unmodelled("auth/jwt/role: the field " + field);
            }
        });
        if (!call.text("role_type").equals("jwt") || call.text("user_claim").isEmpty()) {
            throw new Unmodelled("a JWT role other than role_type=jwt with a user_claim");
        }
        roles.put(
                name,
                new Role(
                        call.texts("bound_audiences"),
                        call.text("bound_subject"),
                        call.text("user_claim"),
                        TokenSettings.of(call)));
        return FakeAnswer.empty();
    }

    private FakeAnswer login(FakeCall call) {
        String name = call.text("role");
        if (name.isEmpty()) {
            throw Refusal.badRequest("missing role");
        }
        Role role = roles.get(name);
        if (role == null) {
            throw Refusal.badRequest("role \"" + name + "\" could not be found");
        }
        if (call.text("jwt").isEmpty()) {
            throw Refusal.badRequest("missing token");
        }
        JsonNode claims = verified(call.text("jwt"));
        check(role, claims);
        String user = claims.path(role.userClaim()).asText();
        if (user.isEmpty()) {
            throw Refusal.badRequest("claim \"" + role.userClaim() + "\" not found in token");
        }
        return tokens.login(namespace, path + "login", "jwt-" + user, role.tokens(), Map.of("role", name));
    }

    private JsonNode verified(String jwt) {
        String[] parts = jwt.split("\\.", -1);
        try {
            if (parts.length == 3) {
                String algorithm = json(parts[0]).path("alg").asText();
                byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
                byte[] signature = Base64.getUrlDecoder().decode(parts[2]);
                for (PublicKey key : keys) {
                    if (verifies(key, algorithm, signed, signature)) {
                        return json(parts[1]);
                    }
                }
                throw Refusal.badRequest("error validating token: error verifying token signature: "
                        + "no known key successfully validated the token signature");
            }
        } catch (IllegalArgumentException | JsonProcessingException malformed) {
            throw new Unmodelled("a malformed JWT: " + malformed.getClass().getSimpleName());
        }
        throw new Unmodelled("a malformed JWT");
    }

    private void check(Role role, JsonNode claims) {
        Instant now = clock.instant();
        if (!claims.has("exp") || !claims.has("nbf")) {
            throw new Unmodelled("a JWT without exp or nbf");
        }
        if (now.isBefore(Instant.ofEpochSecond(claims.path("nbf").asLong() - LEEWAY_SECONDS))) {
            throw Refusal.badRequest("error validating token: invalid not before (nbf) claim: token not yet valid");
        }
        if (now.isAfter(Instant.ofEpochSecond(claims.path("exp").asLong() + LEEWAY_SECONDS))) {
            throw Refusal.badRequest("error validating token: invalid expiration time (exp) claim: token is expired");
        }
        if (!issuer.isEmpty() && !issuer.equals(claims.path("iss").asText())) {
            throw Refusal.badRequest("error validating token: invalid issuer (iss) claim");
        }
        if (!role.subject().isEmpty()
                && !role.subject().equals(claims.path("sub").asText())) {
            throw Refusal.badRequest("error validating token: invalid subject (sub) claim");
        }
        List<String> audiences = new ArrayList<>();
        JsonNode aud = claims.path("aud");
        if (aud.isArray()) {
            aud.forEach(audience -> audiences.add(audience.asText()));
        } else if (aud.isTextual()) {
            audiences.add(aud.asText());
        }
        if (!role.audiences().isEmpty() && audiences.stream().noneMatch(role.audiences()::contains)) {
            throw Refusal.badRequest(
                    "error validating token: invalid audience (aud) claim: audience claim does not match any expected "
                            + "audience");
        }
        if (role.audiences().isEmpty() && !audiences.isEmpty()) {
            throw Refusal.badRequest("audience claim found in JWT but no audiences bound to the role");
        }
    }

    private static JsonNode json(String part) throws JsonProcessingException {
        return JSON.readTree(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
    }

    private static boolean verifies(PublicKey key, String algorithm, byte[] signed, byte[] signature) {
        try {
            Signature verifier;
            if (algorithm.equals("RS256") && key.getAlgorithm().equals("RSA")) {
                verifier = Signature.getInstance("SHA256withRSA");
            } else if (algorithm.equals("ES256") && key.getAlgorithm().equals("EC")) {
                verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
            } else {
                return false;
            }
            verifier.initVerify(key);
            verifier.update(signed);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static PublicKey publicKey(String pem) {
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        for (String algorithm : List.of("RSA", "EC")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
            } catch (GeneralSecurityException otherAlgorithm) {
                // The next one, then.
            }
        }
        throw new Unmodelled("a public key other than RSA or EC");
    }
}
