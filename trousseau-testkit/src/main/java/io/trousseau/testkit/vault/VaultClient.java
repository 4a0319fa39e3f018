package io.trousseau.testkit.vault;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sets a Vault up and looks at it, as its administrator would: raw calls, and the few that most tests need by name.
 *
 * <p>Immutable and safe for use by several threads; {@link #withToken} and {@link #inNamespace} answer another client.
 * Nothing is retried. The calls by name throw {@link AssertionError} with Vault's own words unless the answer is 2xx;
 * {@link #call} answers whatever came. Either throws {@link UncheckedIOException} if nothing came within 30 seconds.
 */
public final class VaultClient {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient http;
    private final URI address;
    private final Optional<String> token;
    private final Optional<String> namespace;

    private VaultClient(HttpClient http, URI address, Optional<String> token, Optional<String> namespace) {
        this.http = http;
        this.address = address;
        this.token = token;
        this.namespace = namespace;
    }

    /** A client without a token, in the root namespace. It follows no redirects. */
    static VaultClient of(HttpClient http, URI address) {
        return new VaultClient(http, address, Optional.empty(), Optional.empty());
    }

    /** This client with another token. */
    public VaultClient withToken(String newToken) {
        return new VaultClient(http, address, Optional.of(newToken), namespace);
    }

    /** This client without a token. */
    public VaultClient withoutToken() {
        return new VaultClient(http, address, Optional.empty(), namespace);
    }

    /** This client in another namespace, an absolute path such as {@code team-a/eu}; empty for the root. */
    public VaultClient inNamespace(String path) {
        return new VaultClient(http, address, token, path.isEmpty() ? Optional.empty() : Optional.of(path));
    }

    /**
     * Calls without a body.
     *
     * @param method {@code GET}, {@code LIST}, {@code POST}, {@code DELETE}, …
     * @param path what follows {@code /v1/}
     */
    public VaultReply call(String method, String path) {
        return send(method, path, Map.of(), Optional.empty());
    }

    /** Calls with a JSON body; see {@link #call(String, String)}. */
    public VaultReply call(String method, String path, Map<String, ?> body) {
        return call(method, path, body, Map.of());
    }

    /** Calls with a JSON body and further headers; see {@link #call(String, String)}. */
    public VaultReply call(String method, String path, Map<String, ?> body, Map<String, String> headers) {
        try {
            return send(method, path, headers, Optional.of(JSON.writeValueAsString(body)));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not to be written as JSON", e);
        }
    }

    /** Calls with further headers and a body that is sent as it is, JSON or not; an empty one is none. */
    public VaultReply callRaw(String method, String path, String body, Map<String, String> headers) {
        return send(method, path, headers, body.isEmpty() ? Optional.empty() : Optional.of(body));
    }

    private VaultReply send(String method, String path, Map<String, String> headers, Optional<String> body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve("/v1/" + path))
                .timeout(TIMEOUT)
                .header("X-Vault-Request", "true")
                .method(method, body.map(BodyPublishers::ofString).orElseGet(BodyPublishers::noBody));
        token.ifPresent(value -> request.header("X-Vault-Token", value));
        namespace.ifPresent(value -> request.header("X-Vault-Namespace", value));
        headers.forEach(request::header);
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString(UTF_8));
            return new VaultReply(response.statusCode(), response.headers(), parsed(response.body()), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + request.build().uri() + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode parsed(String text) {
        try {
            return text.isBlank() ? MissingNode.getInstance() : JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    /** As {@link #call(String, String)}, but anything other than 2xx is an {@link AssertionError}. */
    public VaultReply must(String method, String path) {
        return checked(method, path, call(method, path));
    }

    /** As {@link #call(String, String, Map)}, but anything other than 2xx is an {@link AssertionError}. */
    public VaultReply must(String method, String path, Map<String, ?> body) {
        return checked(method, path, call(method, path, body));
    }

    private VaultReply checked(String method, String path, VaultReply reply) {
        if (!reply.ok()) {
            throw new AssertionError(
                    method + " " + address + "/v1/" + path + ": " + reply.status() + " " + reply.errors());
        }
        return reply;
    }

    /** Mounts a secrets engine: {@code enableEngine("transit", "transit")}. */
    public void enableEngine(String type, String mount) {
        must("POST", "sys/mounts/" + mount, Map.of("type", type));
    }

    /** Mounts a login method: {@code enableAuth("approle", "approle")}. */
    public void enableAuth(String type, String mount) {
        must("POST", "sys/auth/" + mount, Map.of("type", type));
    }

    /**
     * Makes a namespace.
     *
     * @param name one path element, below this client's own namespace
     */
    public void createNamespace(String name) {
        must("POST", "sys/namespaces/" + name, Map.of());
    }

    /**
     * Makes a Transit key in the mount {@code transit}.
     *
     * @param type {@code aes256-gcm96}, …
     */
    public void createKey(String name, String type) {
        createKey("transit", name, Map.of("type", type));
    }

    /** Makes a Transit key with the parameters of the API's "create key". */
    public void createKey(String mount, String name, Map<String, ?> parameters) {
        must("POST", mount + "/keys/" + name, parameters);
    }

    /** Adds a version to a key of the mount {@code transit}. */
    public void rotateKey(String name) {
        must("POST", "transit/keys/" + name + "/rotate", Map.of());
    }

    /** Changes a key of the mount {@code transit}: {@code Map.of("min_decryption_version", 2)}. */
    public void configureKey(String name, Map<String, ?> parameters) {
        must("POST", "transit/keys/" + name + "/config", parameters);
    }

    /** Allows the deletion of a key of the mount {@code transit}, and deletes it. */
    public void deleteKey(String name) {
        configureKey(name, Map.of("deletion_allowed", true));
        must("DELETE", "transit/keys/" + name);
    }

    /** The data of a key of the mount {@code transit}. */
    public JsonNode key(String name) {
        return must("GET", "transit/keys/" + name).data();
    }

    /** Encrypts with a key of the mount {@code transit}: the ciphertext, {@code vault:v1:…}. */
    public String encrypt(String name, byte[] plaintext) {
        Map<String, String> body = Map.of("plaintext", Base64.getEncoder().encodeToString(plaintext));
        return must("POST", "transit/encrypt/" + name, body)
                .data()
                .path("ciphertext")
                .asText();
    }

    /** Decrypts with a key of the mount {@code transit}. */
    public byte[] decrypt(String name, String ciphertext) {
        Map<String, String> body = Map.of("ciphertext", ciphertext);
        String plaintext = must("POST", "transit/decrypt/" + name, body)
                .data()
                .path("plaintext")
                .asText();
        return Base64.getDecoder().decode(plaintext);
    }

    /** Writes an ACL policy, in HCL: {@code path "transit/encrypt/k" { capabilities = ["update"] }}. */
    public void writePolicy(String name, String hcl) {
        must("POST", "sys/policies/acl/" + name, Map.of("policy", hcl));
    }

    /** Deletes an ACL policy; who had it loses what it allowed with the next call. */
    public void deletePolicy(String name) {
        must("DELETE", "sys/policies/acl/" + name);
    }

    /** Makes a renewable token with these policies. */
    public String createToken(Duration ttl, String... policies) {
        return createToken(Map.of("ttl", ttl.toSeconds() + "s", "policies", List.of(policies)));
    }

    /** Makes a token with the parameters of the API's "create token". */
    public String createToken(Map<String, ?> parameters) {
        return must("POST", "auth/token/create", parameters)
                .auth()
                .path("client_token")
                .asText();
    }

    /** Revokes a token and all that it made. */
    public void revokeToken(String other) {
        must("POST", "auth/token/revoke", Map.of("token", other));
    }

    /**
     * Makes a role of the login method {@code approle}.
     *
     * @return its role id
     */
    public String createAppRole(String role, Map<String, ?> parameters) {
        must("POST", "auth/approle/role/" + role, parameters);
        return must("GET", "auth/approle/role/" + role + "/role-id")
                .data()
                .path("role_id")
                .asText();
    }

    /** A new secret id of a role of the login method {@code approle}. */
    public String createSecretId(String role) {
        return must("POST", "auth/approle/role/" + role + "/secret-id", Map.of())
                .data()
                .path("secret_id")
                .asText();
    }

    /** As {@link #createSecretId}, response-wrapped: the one-time wrapping token. */
    public String createWrappedSecretId(String role, Duration ttl) {
        String path = "auth/approle/role/" + role + "/secret-id";
        VaultReply reply = call("POST", path, Map.of(), Map.of("X-Vault-Wrap-TTL", ttl.toSeconds() + "s"));
        return checked("POST", path, reply)
                .body()
                .path("wrap_info")
                .path("token")
                .asText();
    }

    /** Makes a user of the login method {@code userpass}. */
    public void createUser(String name, String password, Map<String, ?> parameters) {
        Map<String, Object> body = new LinkedHashMap<>(parameters);
        body.put("password", password);
        must("POST", "auth/userpass/users/" + name, body);
    }

    /** The texts of {@code sys/policies/acl}, by name; for looking at what a test set up. */
    public List<String> policies() {
        List<String> names = new ArrayList<>();
        must("LIST", "sys/policies/acl").data().path("keys").forEach(name -> names.add(name.asText()));
        return List.copyOf(names);
    }

    /** The address and namespace; never the token. */
    @Override
    public String toString() {
        return "VaultClient[" + address
                + namespace.map(path -> ", namespace " + path).orElse("") + "]";
    }
}
