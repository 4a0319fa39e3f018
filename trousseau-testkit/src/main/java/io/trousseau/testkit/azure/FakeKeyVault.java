package io.trousseau.testkit.azure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.azure.LoopbackServer.Refusal;
import io.trousseau.testkit.azure.LoopbackServer.Reply;
import io.trousseau.testkit.azure.LoopbackServer.Request;
import io.trousseau.testkit.azure.StoredKey.Input;
import io.trousseau.testkit.azure.StoredKey.Result;
import io.trousseau.testkit.azure.StoredKey.Version;
import io.trousseau.testkit.tls.TestCa;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A key vault, or a Managed HSM, over HTTPS on the loopback interface.
 *
 * <p>Modelled: the 401 challenge, tokens by audience, life and permission; {@code api-version}; creating, rotating,
 * reading, listing versions, changing, deleting, recovering and purging keys; wrapKey, unwrapKey, encrypt and decrypt with
 * RSA, AES key wrap and AES-GCM (the latter two in a Managed HSM only), in each of which the time of validity, the key
 * operations and the state count as documented: an expired or not yet valid key unwraps and decrypts, a disabled one does
 * nothing. Anything else is answered with HTTP 501 and kept in {@link #notModelled}.
 *
 * <p>Operations for {@link #script}: {@code get}, {@code getdeleted}, {@code wrapkey}, {@code unwrapkey}, {@code encrypt},
 * {@code decrypt}, {@code manage}, and {@code *} for all.
 *
 * <p>Safe for use by several threads.
 */
public final class FakeKeyVault implements AutoCloseable {
    /** All permissions that are modelled, as access policies name them. */
    public static final Set<String> EVERYTHING = Set.of(
            "get",
            "list",
            "create",
            "update",
            "rotate",
            "delete",
            "recover",
            "purge",
            "wrapkey",
            "unwrapkey",
            "encrypt",
            "decrypt");

    private static final Pattern PATH =
            Pattern.compile("/(keys|deletedkeys)/([0-9A-Za-z-]{1,127})(?:/([0-9A-Za-z-]*))?(?:/([a-z]+))?/?");
    private static final Set<String> API_VERSIONS =
            Set.of("7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01");
    private static final List<String> RSA_OPERATIONS =
            List.of("encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey");
    private static final List<String> OCT_OPERATIONS = List.of("encrypt", "decrypt", "wrapKey", "unwrapKey");

    private final boolean hsm;
    private final FakeEntra entra;
    private final InstantSource clock;
    private final LoopbackServer server;
    private final Map<String, Set<String>> permissions = new ConcurrentHashMap<>();
    private final Object lock = new Object();
    private volatile boolean hidesDisabledKeys;
    private volatile @Nullable String kidInAnswers;

    // Guarded by the lock.
    private final Map<String, StoredKey> keys = new TreeMap<>();
    private final Map<String, Deleted> deleted = new TreeMap<>();

    private record Deleted(StoredKey key, Instant at, Instant purge) {}

    private FakeKeyVault(boolean hsm, TestCa ca, FakeEntra entra, InstantSource clock) {
        this.hsm = hsm;
        this.entra = entra;
        this.clock = clock;
        this.server = new LoopbackServer("fake-key-vault", Optional.of(ca.server("localhost")), new Endpoint());
    }

    /** Starts a vault whose certificate {@code ca} signed and that accepts the tokens of {@code entra}. */
    public static FakeKeyVault vault(TestCa ca, FakeEntra entra, InstantSource clock) {
        return new FakeKeyVault(false, ca, entra, clock);
    }

    /** Starts a Managed HSM whose certificate {@code ca} signed and that accepts the tokens of {@code entra}. */
    public static FakeKeyVault managedHsm(TestCa ca, FakeEntra entra, InstantSource clock) {
        return new FakeKeyVault(true, ca, entra, clock);
    }

    /** {@code https://localhost:PORT}. */
    public String url() {
        return server.url();
    }

    /** The URL of a key, without a version. */
    public String keyUrl(String name) {
        return url() + "/keys/" + name;
    }

    /** What tokens must be for. */
    public String resource() {
        return hsm ? "https://managedhsm.azure.net" : "https://vault.azure.net";
    }

    /** Makes an RSA key ({@code RSA-HSM} in a Managed HSM). */
    public void createRsaKey(String name, int bits) {
        synchronized (lock) {
            keys.put(folded(name), new StoredKey(name, hsm ? "RSA-HSM" : "RSA", bits, RSA_OPERATIONS, clock.instant()));
        }
    }

    /** Makes a 256-bit symmetric key; a Managed HSM only has these. */
    public void createOctKey(String name) {
        synchronized (lock) {
            keys.put(folded(name), new StoredKey(name, "oct-HSM", 256, OCT_OPERATIONS, clock.instant()));
        }
    }

    /** Restores a backup of another vault's key: with all versions and their names, as the service does. */
    public void restore(FakeKeyVault source, String name) {
        StoredKey backup;
        synchronized (source.lock) {
            backup = source.known(name).backup();
        }
        synchronized (lock) {
            keys.put(folded(name), backup);
        }
    }

    /** Makes a new version, which is current from now on; answers its name. */
    public String rotate(String name) {
        synchronized (lock) {
            StoredKey key = known(name);
            key.rotate(clock.instant());
            return key.current().id;
        }
    }

    /** The name of the current version. */
    public String currentVersion(String name) {
        synchronized (lock) {
            return known(name).current().id;
        }
    }

    /** Switches every version on or off. */
    public void enable(String name, boolean enabled) {
        synchronized (lock) {
            known(name).versions().forEach(version -> version.enabled = enabled);
        }
    }

    /** Switches one version on or off. */
    public void enable(String name, String version, boolean enabled) {
        synchronized (lock) {
            known(name).version(version).orElseThrow().enabled = enabled;
        }
    }

    /** Sets the time in which the current version may wrap. */
    public void valid(String name, Optional<Instant> notBefore, Optional<Instant> expires) {
        synchronized (lock) {
            Version version = known(name).current();
            version.notBefore = notBefore.orElse(null);
            version.expires = expires.orElse(null);
        }
    }

    /** Sets what the key permits: {@code wrapKey}, {@code unwrapKey}, … */
    public void operations(String name, List<String> operations) {
        synchronized (lock) {
            known(name).operations(operations);
        }
    }

    /** Deletes a key; it can be recovered for 90 days. */
    public void delete(String name) {
        synchronized (lock) {
            Deleted unused = remove(name);
        }
    }

    /** Brings a deleted key back. */
    public void recover(String name) {
        synchronized (lock) {
            keys.put(folded(name), forgotten(name).key());
        }
    }

    /** Destroys a deleted key. */
    public void purge(String name) {
        synchronized (lock) {
            Deleted unused = forgotten(name);
        }
    }

    /** Allows an object id these permissions and no others; until then it has {@link #EVERYTHING}. */
    public void permit(String objectId, Set<String> allowed) {
        permissions.put(objectId, Set.copyOf(allowed));
    }

    /** Whether reading a disabled key is refused like its use: what the service does there is not documented. */
    public void hideDisabledKeys(boolean hides) {
        hidesDisabledKeys = hides;
    }

    /** Lets all answers name this key version, whatever was asked; {@code null} ends that. */
    public void answerAs(@Nullable String kid) {
        kidInAnswers = kid;
    }

    /** Lets faults happen to the next requests of an operation, one each. */
    public void script(String operation, AzureFault... faults) {
        server.script(operation, faults);
    }

    /** Lets a fault happen to every request of an operation, until {@link #heal}. */
    public void always(String operation, AzureFault fault) {
        server.always(operation, fault);
    }

    /** Ends all faults. */
    public void heal() {
        server.heal();
    }

    /** Falls silent: takes requests, and answers them when this is closed. */
    public Stall stall() {
        return server.stall();
    }

    /** The operations that were asked for, oldest first. */
    public List<String> requests() {
        return List.copyOf(server.requests());
    }

    /** What was asked and is not modelled; empty in a good test. */
    public List<String> notModelled() {
        return server.notModelled();
    }

    /** Stops it at once. */
    @Override
    public void close() {
        server.close();
    }

    private StoredKey known(String name) {
        StoredKey key = keys.get(folded(name));
        if (key == null) {
            throw new IllegalStateException("there is no key " + name);
        }
        return key;
    }

    private Deleted remove(String name) {
        Instant now = clock.instant();
        Deleted gone = new Deleted(known(name), now, now.plus(Duration.ofDays(90)));
        keys.remove(folded(name));
        deleted.put(folded(name), gone);
        return gone;
    }

    private Deleted forgotten(String name) {
        Deleted gone = deleted.remove(folded(name));
        if (gone == null) {
            throw new IllegalStateException("there is no deleted key " + name);
        }
        return gone;
    }

    /** Azure tells names apart without case. */
    private static String folded(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private final class Endpoint implements LoopbackServer.Service {
        private static final String BAD = "BadParameter";

        @Override
        public ObjectNode error(String code, String inner, String message) {
            ObjectNode error = LoopbackServer.object().put("code", code).put("message", message);
            if (!inner.isEmpty()) {
                error.putObject("innererror").put("code", inner);
            }
            ObjectNode body = LoopbackServer.object();
            body.set("error", error);
            return body;
        }

        @Override
        public String operationOf(Request request) {
            Matcher path = PATH.matcher(request.path());
            if (!path.matches()) {
                return "manage";
            }
            boolean get = request.method().equals("GET");
            if (path.group(1).equals("deletedkeys")) {
                return get ? "getdeleted" : "manage";
            }
            String action = path.group(4);
            if (action != null
                    && Set.of("wrapkey", "unwrapkey", "encrypt", "decrypt").contains(action)) {
                return action;
            }
            return get ? "get" : "manage";
        }

        @Override
        public Reply answer(Request request) throws Refusal {
            Optional<FakeEntra.Token> token = bearer(request);
            if (token.isEmpty()) {
                return Reply.json(401, error("Unauthorized", "", "AKV10000: Request is missing a Bearer or PoP token."))
                        .with(
                                "WWW-Authenticate",
                                "Bearer authorization=\"" + entra.url() + "/" + entra.tenant() + "\", resource=\""
                                        + resource() + "\"");
            }
            if (!API_VERSIONS.contains(request.query().getOrDefault("api-version", ""))) {
                throw new Refusal(400, BAD, "", "api-version is missing or unknown", null);
            }
            Matcher path = PATH.matcher(request.path());
            if (!path.matches()) {
                throw server.notModelled(request);
            }
            Set<String> allowed = permissions.getOrDefault(token.get().object(), EVERYTHING);
            synchronized (lock) {
                return path.group(1).equals("keys")
                        ? keys(request, allowed, path.group(2), path.group(3), path.group(4))
                        : deletedKeys(request, allowed, path.group(2), path.group(3));
            }
        }

        private Optional<FakeEntra.Token> bearer(Request request) {
            return request.header("Authorization")
                    .filter(header -> header.startsWith("Bearer "))
                    .flatMap(header -> entra.token(header.substring("Bearer ".length())))
                    .filter(token -> token.resource().equals(resource()))
                    .filter(token -> clock.instant().isBefore(token.expires()));
        }

        private Reply keys(
                Request request, Set<String> allowed, String name, @Nullable String second, @Nullable String action)
                throws Refusal {
            String what = request.method() + " " + (action == null ? "" : action);
            if (action == null && second != null && request.method().equals("POST")) {
                return switch (second) {
                    case "create" -> create(request, allowed, name);
                    case "rotate" -> {
                        demand(allowed, "rotate");
                        StoredKey key = find(name);
                        key.rotate(clock.instant());
                        yield Reply.json(bundle(key, key.current()));
                    }
                    default -> throw server.notModelled(request);
                };
            }
            if (action == null && "versions".equals(second) && request.method().equals("GET")) {
                demand(allowed, "list");
                return versions(find(name));
            }
            return switch (what) {
                case "GET " -> {
                    demand(allowed, "get");
                    StoredKey key = find(name);
                    Version version = version(key, second);
                    if (hidesDisabledKeys && !version.enabled) {
                        throw disabled("get");
                    }
                    yield Reply.json(bundle(key, version));
                }
                case "PATCH " -> {
                    demand(allowed, "update");
                    StoredKey key = find(name);
                    Version version = version(key, second);
                    change(key, version, request.json());
                    yield Reply.json(bundle(key, version));
                }
                case "DELETE " -> {
                    demand(allowed, "delete");
                    StoredKey unused = find(name);
                    yield Reply.json(deletedBundle(remove(name)));
                }
                case "POST wrapkey", "POST encrypt", "POST unwrapkey", "POST decrypt" -> {
                    demand(allowed, String.valueOf(action));
                    StoredKey key = find(name);
                    yield operate(key, version(key, second), String.valueOf(action), request.json());
                }
                default -> throw server.notModelled(request);
            };
        }

        private Reply deletedKeys(Request request, Set<String> allowed, String name, @Nullable String action)
                throws Refusal {
            Deleted gone = deleted.get(folded(name));
            String what = request.method() + " " + (action == null ? "" : action);
            demand(
                    allowed,
                    switch (what) {
                        case "GET " -> "get";
                        case "POST recover" -> "recover";
                        case "DELETE " -> "purge";
                        default -> throw server.notModelled(request);
                    });
            if (gone == null) {
                throw new Refusal(404, "KeyNotFound", "", "Deleted Key not found: " + name, null);
            }
            return switch (what) {
                case "GET " -> Reply.json(deletedBundle(gone));
                case "POST recover" -> {
                    FakeKeyVault.this.recover(name);
                    yield Reply.json(bundle(gone.key(), gone.key().current()));
                }
                default -> {
                    FakeKeyVault.this.purge(name);
                    yield new Reply(204, Map.of(), "application/json", new byte[0]);
                }
            };
        }

        private Reply create(Request request, Set<String> allowed, String name) throws Refusal {
            demand(allowed, "create");
            if (deleted.containsKey(folded(name))) {
                throw new Refusal(
                        409,
                        "Conflict",
                        "ObjectIsDeletedButRecoverable",
                        "Key " + name + " is currently in a deleted but recoverable state",
                        null);
            }
            JsonNode json = request.json();
            String type = json.path("kty").asText();
            boolean oct = type.equals("oct-HSM");
            if (!(type.equals("RSA") || type.equals("RSA-HSM") || (oct && hsm))) {
                throw new Refusal(400, BAD, "", "Property kty has invalid value: " + type, null);
            }
            int bits = json.path("key_size").asInt(oct ? 256 : 2048);
            if (oct ? bits != 256 : !Set.of(2048, 3072, 4096).contains(bits)) {
                throw new Refusal(400, BAD, "", "Property key_size has invalid value: " + bits, null);
            }
            List<String> operations = new ArrayList<>(oct ? OCT_OPERATIONS : RSA_OPERATIONS);
            if (json.path("key_ops").isArray()) {
                operations.clear();
                json.path("key_ops").forEach(operation -> operations.add(operation.asText()));
            }
            StoredKey existing = keys.get(folded(name));
            if (existing != null) {
                existing.rotate(clock.instant());
                existing.operations(operations);
                attributes(existing.current(), json);
                return Reply.json(bundle(existing, existing.current()));
            }
            StoredKey key = new StoredKey(
                    name, hsm && type.equals("RSA") ? "RSA-HSM" : type, bits, operations, clock.instant());
            attributes(key.current(), json);
            keys.put(folded(name), key);
            return Reply.json(bundle(key, key.current()));
        }

        private void change(StoredKey key, Version version, JsonNode json) {
            // The official client sends an empty list where there is none: it changes nothing.
            if (!json.path("key_ops").isEmpty()) {
                List<String> operations = new ArrayList<>();
                json.path("key_ops").forEach(operation -> operations.add(operation.asText()));
                key.operations(operations);
            }
            attributes(version, json);
            version.updated = clock.instant();
        }

        private void attributes(Version version, JsonNode json) {
            JsonNode attributes = json.path("attributes");
            if (attributes.has("enabled")) {
                version.enabled = attributes.path("enabled").asBoolean();
            }
            if (attributes.has("nbf")) {
                version.notBefore = Instant.ofEpochSecond(attributes.path("nbf").asLong());
            }
            if (attributes.has("exp")) {
                version.expires = Instant.ofEpochSecond(attributes.path("exp").asLong());
            }
        }

        private Reply operate(StoredKey key, Version version, String action, JsonNode json) throws Refusal {
            boolean seals = action.equals("wrapkey") || action.equals("encrypt");
            boolean wraps = action.endsWith("wrapkey");
            String operation = action.replace("wrapkey", "wrapKey");
            String shown = operation.equals("unwrapKey") || operation.equals("wrapKey") ? operation : action;
            if (!version.enabled) {
                throw disabled(shown);
            }
            Instant now = clock.instant();
            if (seals && version.expires != null && !now.isBefore(version.expires)) {
                throw new Refusal(
                        403,
                        "Forbidden",
                        "KeyExpired",
                        "Operation " + shown + " is not allowed on an expired key.",
                        null);
            }
            if (seals && version.notBefore != null && now.isBefore(version.notBefore)) {
                throw new Refusal(
                        403,
                        "Forbidden",
                        "KeyNotYetValid",
                        "Operation " + shown + " is not allowed on a not yet valid key.",
                        null);
            }
            if (!key.operations().contains(shown)) {
                throw new Refusal(
                        403,
                        "Forbidden",
                        "KeyOperationForbidden",
                        "Operation " + shown + " is not permitted on this key.",
                        null);
            }
            String algorithm = json.path("alg").asText();
            if (!version.material.algorithms(wraps).contains(algorithm)) {
                throw new Refusal(400, BAD, "", "Property alg has invalid value: " + algorithm, null);
            }
            Input input = new Input(
                    bytes(json, "value").orElseThrow(() -> new Refusal(400, BAD, "", "value is missing", null)),
                    bytes(json, "iv"),
                    bytes(json, "tag"),
                    bytes(json, "aad"));
            Result result;
            try {
                result = seals ? version.material.seal(algorithm, input) : version.material.open(algorithm, input);
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new Refusal(400, BAD, "", "The parameter is incorrect.", e);
            }
            ObjectNode answer = LoopbackServer.object().put("kid", kid(key, version));
            answer.put("value", base64(result.value()));
            result.iv().ifPresent(iv -> answer.put("iv", base64(iv)));
            result.tag().ifPresent(tag -> answer.put("tag", base64(tag)));
            input.aad().ifPresent(aad -> answer.put("aad", base64(aad)));
            return Reply.json(answer);
        }

        private Refusal disabled(String operation) {
            return new Refusal(
                    403,
                    "Forbidden",
                    "KeyDisabled",
                    "Operation " + operation + " is not allowed on a disabled key.",
                    null);
        }

        private void demand(Set<String> allowed, String permission) throws Refusal {
            if (!allowed.contains(permission)) {
                throw new Refusal(
                        403,
                        "Forbidden",
                        "ForbiddenByRbac",
                        "Caller is not authorized to perform action on resource.",
                        null);
            }
        }

        private StoredKey find(String name) throws Refusal {
            StoredKey key = keys.get(folded(name));
            if (key == null) {
                throw notFound(name);
            }
            return key;
        }

        private Version version(StoredKey key, @Nullable String id) throws Refusal {
            if (id == null || id.isEmpty()) {
                return key.current();
            }
            return key.version(id).orElseThrow(() -> notFound(key.name() + "/" + id));
        }

        private Refusal notFound(String what) {
            return new Refusal(
                    404, "KeyNotFound", "", "A key with (name/id) " + what + " was not found in this key vault.", null);
        }

        private Reply versions(StoredKey key) {
            ObjectNode list = LoopbackServer.object();
            ArrayNode value = list.putArray("value");
            for (Version version : key.versions()) {
                ObjectNode item = value.addObject();
                item.put("kid", kid(key, version));
                item.set("attributes", attributes(version));
            }
            return Reply.json(list.putNull("nextLink"));
        }

        private String kid(StoredKey key, Version version) {
            String other = kidInAnswers;
            return other == null ? keyUrl(key.name()) + "/" + version.id : other;
        }

        private ObjectNode attributes(Version version) {
            ObjectNode attributes = LoopbackServer.object().put("enabled", version.enabled);
            if (version.notBefore != null) {
                attributes.put("nbf", version.notBefore.getEpochSecond());
            }
            if (version.expires != null) {
                attributes.put("exp", version.expires.getEpochSecond());
            }
            return attributes
                    .put("created", version.created.getEpochSecond())
                    .put("updated", version.updated.getEpochSecond())
                    .put("recoveryLevel", "Recoverable+Purgeable")
                    .put("recoverableDays", 90);
        }

        private ObjectNode bundle(StoredKey key, Version version) {
            ObjectNode web = LoopbackServer.object();
            web.put("kid", kid(key, version)).put("kty", key.type());
            ArrayNode operations = web.putArray("key_ops");
            key.operations().forEach(operations::add);
            version.material
                    .publicKey()
                    .ifPresent(rsa -> web.put("n", base64(StoredKey.unsigned(rsa.getModulus())))
                            .put("e", base64(StoredKey.unsigned(rsa.getPublicExponent()))));
            ObjectNode bundle = LoopbackServer.object();
            bundle.set("key", web);
            bundle.set("attributes", attributes(version));
            return bundle;
        }

        private ObjectNode deletedBundle(Deleted gone) {
            StoredKey key = gone.key();
            return bundle(key, key.current())
                    .put("recoveryId", url() + "/deletedkeys/" + key.name())
                    .put("deletedDate", gone.at().getEpochSecond())
                    .put("scheduledPurgeDate", gone.purge().getEpochSecond());
        }

        private Optional<byte[]> bytes(JsonNode json, String field) throws Refusal {
            if (!json.hasNonNull(field)) {
                return Optional.empty();
            }
            try {
                return Optional.of(
                        Base64.getUrlDecoder().decode(json.path(field).asText()));
            } catch (IllegalArgumentException e) {
                throw new Refusal(400, BAD, "", field + " is no base64url", e);
            }
        }

        private String base64(byte[] bytes) {
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        }
    }
}
