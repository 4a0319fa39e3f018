package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The fake's state, and the way of a request through it: namespace, token, policies, mount. Calls are made one at a time.
 *
 * @see <a href="https://openbao.org/api-docs/system/">the system backend's reference</a>
 */
final class FakeCore {
    private static final String VERSION = "2.7.2";
    /** Engines and login methods that a real server has and the fake does not. */
    private static final Set<String> NOT_MODELLED = Set.of(
            "cert",
            "cubbyhole",
            "database",
            "identity",
            "kerberos",
            "kubernetes",
            "kv",
            "ldap",
            "oidc",
            "pki",
            "rabbitmq",
            "radius",
            "ssh",
            "token",
            "totp");

    private final InstantSource clock;
    private final Tokens tokens;
    private final Namespace root = Namespace.root();
    private final Map<String, Wrapped> wrapped = new HashMap<>();
    private final String clusterId = UUID.randomUUID().toString();
    private final String clusterName = "vault-cluster-" + clusterId.substring(0, 8);
    private boolean sealed;
    private Standby standby = Standby.ACTIVE;

    /** An answer that waits for whoever has its wrapping token. */
    private record Wrapped(FakeAnswer answer, String path, Instant created, Duration ttl) {
        boolean isExpired(Instant now) {
            return !now.isBefore(created.plus(ttl));
        }
    }

    /** What of a request is neither method, path nor body. */
    record Caller(
            Optional<String> token, Optional<String> namespace, Optional<String> wrapTtl, Map<String, String> query) {
        /** Never the token. */
        @Override
        public String toString() {
            return "Caller[namespace=" + namespace + "]";
        }
    }

    /** Where a call goes: a namespace and the path below it. */
    private record Target(Namespace namespace, FakeCall call) {
        String path() {
            return call.path();
        }
    }

    FakeCore(InstantSource clock, String rootToken) {
        this.clock = clock;
        this.tokens = new Tokens(clock);
        Token unused = tokens.addRoot(root, rootToken);
    }

    void seal(boolean value) {
        sealed = value;
    }

    void standby(Standby value) {
        standby = value;
    }

    /** Answers a call whose path is what follows {@code /v1/}. */
    FakeAnswer handle(FakeCall call, Caller caller) {
        try {
            return dispatch(call, caller);
        } catch (Refusal e) {
            return FakeAnswer.errors(e.status(), e.errors());
        }
    }

    private FakeAnswer dispatch(FakeCall call, Caller caller) {
        Optional<FakeAnswer> status = status(call, caller);
        if (status.isPresent()) {
            return status.get();
        }
        if (sealed) {
            throw Refusal.of(503, "Vault is sealed");
        }
        if (standby == Standby.LEADERLESS) {
            throw Refusal.of(500, "local node not active but active cluster node not found");
        }
        if (standby == Standby.DR_SECONDARY) {
            throw Refusal.badRequest("path disabled in replication DR secondary mode");
        }
        Target target = target(call, caller);
        Optional<Namespace.Route> route = target.namespace().route(target.path());
        Duration wrapTtl = wrapTtl(caller);
        if (target.path().equals("sys/wrapping/lookup")) {
            return lookUpWrapped(target.call(), caller);
        }
        if (route.isPresent()
                && route.get().mount().isLogin(target.call().at(route.get().rest()))) {
            return wrap(route.get().mount().handle(target.call().at(route.get().rest())), target, wrapTtl);
        }
        if (target.path().equals("sys/wrapping/unwrap") && !target.call().has("token")) {
            return unwrap(caller.token().filter(id -> !id.isEmpty()).orElseThrow(FakeCore::noToken));
        }
        if (caller.token().filter(wrapped::containsKey).isPresent()) {
            throw misused(caller.token().get());
        }
        Token token = caller.token().flatMap(tokens::find).orElseThrow(Refusal::invalidToken);
        try {
            if (!token.use()) {
                throw Refusal.invalidToken();
            }
            return wrap(authenticated(target, route, token), target, wrapTtl);
        } finally {
            if (token.isUsedUp()) {
                tokens.revoke(token);
            }
        }
    }

    private FakeAnswer authenticated(Target target, Optional<Namespace.Route> route, Token token) {
        FakeCall call = target.call();
        Capability needed = route.map(found -> found.mount().capability(call.at(found.rest())))
                .orElse(Capability.of(call));
        if (!isAllowed(token, target, needed)) {
            throw Refusal.denied();
        }
        if (route.isPresent()) {
            return route.get().mount().handle(call.at(route.get().rest()));
        }
        if (call.path().startsWith("auth/token/")) {
            return tokens.handle(call.at(call.path().substring("auth/token/".length())), target.namespace(), token);
        }
        if (call.path().startsWith("sys/")) {
            return system(call.at(call.path().substring("sys/".length())), target.namespace(), token);
        }
        throw Refusal.of(404, "no handler for route \"" + call.path() + "\". route entry not found.");
    }

    /** What is answered even when sealed, and without a token. */
    private Optional<FakeAnswer> status(FakeCall call, Caller caller) {
        boolean inNamespace = caller.namespace()
                .map(FakeCore::normalised)
                .filter(ns -> !ns.isEmpty())
                .isPresent();
        Optional<FakeAnswer> answer = switch (call.path()) {
            case "sys/health" -> Optional.of(health(caller.query()));
            case "sys/seal-status" -> Optional.of(new FakeAnswer(200, sealStatus()));
            case "sys/leader" -> Optional.of(leader());
            case "sys/init" ->
                Optional.of(new FakeAnswer(200, FakeAnswer.object().put("initialized", true)));
            case "sys/seal" -> sealed ? Optional.of(FakeAnswer.empty()) : Optional.empty();
            case "sys/unseal" -> throw new Unmodelled("sys/unseal: a test unseals with FakeVault.unseal()");
            default -> Optional.empty();
        };
        if (inNamespace && answer.isPresent() && !sealed) {
            throw Refusal.badRequest("operation unavailable in namespaces");
        }
        return answer;
    }

    private FakeAnswer leader() {
        if (standby != Standby.ACTIVE) {
            throw new Unmodelled("sys/leader of a node that stands by");
        }
        return new FakeAnswer(200, FakeAnswer.object().put("ha_enabled", false));
    }

    private FakeAnswer health(Map<String, String> query) {
        int status = sealed
                ? code(query, "sealedcode", 503)
                : switch (standby) {
                    case ACTIVE -> code(query, "activecode", 200);
                    case FORWARDING, LEADERLESS ->
                        query.containsKey("standbyok")
                                ? code(query, "activecode", 200)
                                : code(query, "standbycode", 429);
                    case DR_SECONDARY -> code(query, "drsecondarycode", 472);
                    case PERFORMANCE ->
                        query.containsKey("perfstandbyok")
                                ? code(query, "activecode", 200)
                                : code(query, "performancestandbycode", 473);
                };
        boolean active = standby == Standby.ACTIVE && !sealed;
        ObjectNode body = FakeAnswer.object();
        body.put("initialized", true);
        body.put("sealed", sealed);
        body.put("standby", !active);
        body.put("replication_performance_mode", sealed ? "unknown" : "disabled");
        body.put(
                "replication_dr_mode", sealed ? "unknown" : standby == Standby.DR_SECONDARY ? "secondary" : "disabled");
        body.put("server_time_utc", clock.instant().getEpochSecond());
        body.put("version", VERSION);
        if (!sealed) {
            body.put("cluster_name", clusterName);
            body.put("cluster_id", clusterId);
        }
        return new FakeAnswer(status, body);
    }

    private static int code(Map<String, String> query, String parameter, int otherwise) {
        return query.containsKey(parameter) ? Integer.parseInt(query.get(parameter)) : otherwise;
    }

    private ObjectNode sealStatus() {
        ObjectNode body = FakeAnswer.object();
        body.put("type", "shamir");
        body.put("initialized", true);
        body.put("sealed", sealed);
        body.put("t", 1);
        body.put("n", 1);
        body.put("progress", 0);
        body.put("nonce", "");
        body.put("recovery_seal", false);
        body.put("version", VERSION);
        body.put("commit_date", "2026-10-26T20:32:27Z");
        body.put("migration", false);
        if (!sealed) {
            body.put("cluster_name", clusterName);
            body.put("cluster_id", clusterId);
        }
        body.put("storage_type", "inmem");
        return body;
    }

    private Target target(FakeCall call, Caller caller) {
        Namespace namespace = root;
        String path = call.path();
        String wanted = caller.namespace().map(FakeCore::normalised).orElse("");
        if (!wanted.isEmpty()) {
            for (String name : wanted.split("/", -1)) {
                namespace = Optional.ofNullable(namespace.children.get(name))
                        .orElseThrow(() -> Refusal.of(404, "namespace not found"));
            }
        }
        while (path.contains("/")) {
            Namespace child = namespace.children.get(path.substring(0, path.indexOf('/')));
            if (child == null) {
                break;
            }
            namespace = child;
            path = path.substring(path.indexOf('/') + 1);
        }
        return new Target(namespace, call.at(path));
    }

    private static String normalised(String namespace) {
        String trimmed = namespace.replaceAll("^/+|/+$", "");
        return trimmed.equals("root") ? "" : trimmed;
    }

    private static Duration wrapTtl(Caller caller) {
        try {
            return caller.wrapTtl().map(GoDuration::parse).orElse(Duration.ZERO);
        } catch (Refusal e) {
            throw Refusal.badRequest(
                    "error parsing X-Vault-Wrap-TTL header: " + e.errors().get(0));
        }
    }

    private boolean isAllowed(Token token, Target target, Capability needed) {
        Set<Capability> capabilities = capabilities(token, target.namespace(), target.path());
        return capabilities.contains(Capability.ROOT) || capabilities.contains(needed);
    }

    private Set<Capability> capabilities(Token token, Namespace namespace, String path) {
        if (token.isRoot()) {
            return EnumSet.of(Capability.ROOT);
        }
        Namespace home = token.origin().namespace();
        String full = namespace.path() + path;
        // Whoever looks at their own token is asked for it in the token's namespace, wherever they do it.
        boolean ownToken = path.startsWith("auth/token/") && path.endsWith("-self");
        if (!ownToken && !full.startsWith(home.path())) {
            return EnumSet.of(Capability.DENY);
        }
        String relative = ownToken ? path : full.substring(home.path().length());
        Optional<String> best = Optional.empty();
        Set<Capability> found = EnumSet.noneOf(Capability.class);
        for (String name : token.origin().policies()) {
            Namespace.StoredPolicy policy = home.policies.get(name);
            if (policy == null) {
                continue;
            }
            for (Map.Entry<String, Set<Capability>> entry :
                    policy.policy().paths().entrySet()) {
                if (!Policy.covers(entry.getKey(), relative)) {
                    continue;
                }
                int order =
                        best.map(other -> Policy.compare(entry.getKey(), other)).orElse(1);
                if (order > 0) {
                    best = Optional.of(entry.getKey());
                    found = EnumSet.copyOf(entry.getValue());
                } else if (order == 0) {
                    found.addAll(entry.getValue());
                }
            }
        }
        return found.isEmpty() || found.contains(Capability.DENY) ? EnumSet.of(Capability.DENY) : found;
    }

    private FakeAnswer system(FakeCall call, Namespace namespace, Token token) {
        String[] parts = call.path().split("/", 2);
        String rest = parts.length == 2 ? parts[1] : "";
        return switch (parts[0]) {
            case "mounts" -> mount(call, namespace, rest + "/", "");
            case "auth" -> mount(call, namespace, rest + "/", "auth/");
            case "policies" -> policy(call, namespace, rest);
            case "namespaces" -> namespace(call, namespace, rest);
            case "capabilities-self" -> capabilitiesSelf(call, namespace, token);
            case "wrapping" -> {
                if (!rest.equals("unwrap")) {
                    throw new Unmodelled("sys/" + call.path());
                }
                String id = call.text("token");
                if (id.isEmpty()) {
                    throw emptyToken();
                }
                yield unwrap(id);
            }
            case "seal" -> {
                call.only("POST");
                sealed = true;
                yield FakeAnswer.empty();
            }
            default -> throw new Unmodelled("sys/" + call.path());
        };
    }

    private FakeAnswer mount(FakeCall call, Namespace namespace, String path, String prefix) {
        String full = prefix + path;
        if (call.is("DELETE")) {
            namespace.mounts.remove(full);
            return FakeAnswer.empty();
        }
        if (!call.is("POST") || path.equals("/") || path.endsWith("/tune/")) {
            throw new Unmodelled(call.method() + " sys/" + call.path());
        }
        call.warnings(Set.of("type", "description"), Set.of("config", "options", "local", "seal_wrap"));
        if (namespace.mounts.containsKey(full) || full.equals("auth/token/")) {
            throw Refusal.badRequest("path is already in use at " + path);
        }
        String type = call.text("type");
        Mount mount = switch (prefix + type) {
            case "transit" -> new TransitEngine(clock);
            case "auth/approle" -> new AppRole(clock, tokens, namespace, full);
            case "auth/userpass" -> new UserPass(tokens, namespace, full);
            case "auth/jwt" -> new JwtLogin(clock, tokens, namespace, full);
            default -> {
                if (NOT_MODELLED.contains(type)) {
                    throw new Unmodelled("mounts of type " + type);
                }
                throw Refusal.badRequest("plugin not found in the catalog: " + type);
            }
        };
        namespace.mounts.put(full, mount);
        return FakeAnswer.empty();
    }

    private FakeAnswer policy(FakeCall call, Namespace namespace, String rest) {
        if (rest.equals("acl") && call.is("LIST")) {
            ObjectNode data = FakeAnswer.object();
            ArrayNode names = data.putArray("keys");
            namespace.policies.keySet().forEach(names::add);
            if (namespace.isRoot()) {
                names.add("root");
            }
            return FakeAnswer.data(data);
        }
        if (!rest.startsWith("acl/")) {
            throw new Unmodelled("sys/" + call.path());
        }
        String name = rest.substring("acl/".length());
        switch (call.method()) {
            case "DELETE" -> {
                namespace.policies.remove(name);
                return FakeAnswer.empty();
            }
            case "GET" -> {
                Namespace.StoredPolicy stored = namespace.policies.get(name);
                if (stored == null) {
                    throw Refusal.absent();
                }
                ObjectNode data = FakeAnswer.object();
                data.put("allow_slashes_in_identity_templates", false);
                data.put("allow_wildcards_in_identity_templates", false);
                data.put("cas_required", false);
                data.put("modified", stored.modified());
                data.put("name", name);
                data.put("policy", stored.policy().text());
                data.put("version", stored.version());
                return FakeAnswer.data(data);
            }
            case "POST" -> {
                call.warnings(Set.of("policy"), Set.of("ttl", "cas", "cas_required", "expiration"));
                Policy policy = Policy.parse(call.text("policy"));
                int version = Optional.ofNullable(namespace.policies.get(name))
                        .map(Namespace.StoredPolicy::version)
                        .orElse(0);
                namespace.policies.put(
                        name, new Namespace.StoredPolicy(policy, clock.instant().toString(), version + 1));
                return FakeAnswer.empty();
            }
            default -> throw Refusal.wrongMethod();
        }
    }

    private FakeAnswer namespace(FakeCall call, Namespace parent, String name) {
        if (name.isEmpty() || name.contains("/") || call.is("DELETE")) {
            throw new Unmodelled(call.method() + " sys/" + call.path());
        }
        call.only("GET", "POST");
        if (call.is("GET") && !parent.children.containsKey(name)) {
            throw new Unmodelled("reading a namespace that does not exist");
        }
        call.warnings(Set.of(), Set.of("custom_metadata"));
        Namespace child = parent.child(name);
        ObjectNode data = FakeAnswer.object();
        data.putObject("custom_metadata");
        data.put("id", child.id());
        data.put("locked", false);
        data.put("path", child.path());
        data.put("tainted", false);
        data.put("uuid", child.uuid());
        return FakeAnswer.data(data);
    }

    private FakeAnswer capabilitiesSelf(FakeCall call, Namespace namespace, Token token) {
        call.only("POST");
        List<String> paths = new ArrayList<>(call.texts("paths"));
        paths.addAll(call.texts("path"));
        if (paths.isEmpty()) {
            throw Refusal.badRequest("paths must be supplied");
        }
        ObjectNode data = FakeAnswer.object();
        for (String path : paths) {
            Target target = target(
                    call.at(path),
                    new Caller(Optional.empty(), Optional.of(namespace.path()), Optional.empty(), Map.of()));
            Set<String> names = capabilities(token, target.namespace(), target.path()).stream()
                    .map(Capability::text)
                    .collect(Collectors.toCollection(TreeSet::new));
            names.forEach(data.putArray(path)::add);
        }
        if (paths.size() == 1) {
            data.set("capabilities", data.get(paths.get(0)).deepCopy());
        }
        FakeAnswer answer = FakeAnswer.data(data);
        ObjectNode body = answer.body() == null ? FakeAnswer.object() : answer.body();
        data.properties()
                .forEach(entry -> body.set(entry.getKey(), entry.getValue().deepCopy()));
        return answer;
    }

    private FakeAnswer wrap(FakeAnswer answer, Target target, Duration ttl) {
        ObjectNode body = answer.body();
        if (ttl.isZero() || body == null || answer.status() != 200) {
            return answer;
        }
        String id = "s." + Ids.random(24);
        Instant now = clock.instant();
        wrapped.put(id, new Wrapped(answer, target.path(), now, ttl));
        ObjectNode info = FakeAnswer.object();
        info.put("token", id);
        info.put("accessor", Ids.random(24));
        info.put("ttl", ttl.toSeconds());
        info.put("creation_time", now.toString());
        info.put("creation_path", target.path());
        if (body.path("data").has("secret_id_accessor")) {
            info.put(
                    "wrapped_accessor",
                    body.path("data").path("secret_id_accessor").asText());
        } else if (body.path("auth").has("accessor")) {
            info.put("wrapped_accessor", body.path("auth").path("accessor").asText());
        }
        return FakeAnswer.wrapped(info);
    }

    private FakeAnswer lookUpWrapped(FakeCall call, Caller caller) {
        String id = call.has("token") ? call.text("token") : caller.token().orElse("");
        if (call.has("token") && id.isEmpty()) {
            throw emptyToken();
        }
        if (id.isEmpty()) {
            throw noToken();
        }
        Wrapped found = valid(id);
        ObjectNode data = FakeAnswer.object();
        data.put("creation_path", found.path());
        data.put("creation_time", found.created().toString());
        data.put("creation_ttl", found.ttl().toSeconds());
        return FakeAnswer.data(data);
    }

    /** A wrapping token opens its answer once; whatever else it is used for uses it up. */
    private Refusal misused(String id) {
        boolean expired = valid(id).isExpired(clock.instant());
        wrapped.remove(id);
        return expired ? Refusal.invalidToken() : Refusal.denied();
    }

    private FakeAnswer unwrap(String id) {
        Wrapped found = valid(id);
        wrapped.remove(id);
        return found.answer();
    }

    private Wrapped valid(String id) {
        Wrapped found = wrapped.get(id);
        if (found == null || found.isExpired(clock.instant())) {
            wrapped.remove(id);
            throw Refusal.badRequest("wrapping token is not valid or does not exist");
        }
        return found;
    }

    private static Refusal emptyToken() {
        return Refusal.of(403, "error validating wrapping token: empty token in request body");
    }

    private static Refusal noToken() {
        return Refusal.of(403, "error validating wrapping token: token is empty");
    }
}
