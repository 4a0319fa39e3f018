package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The login method {@code approle}: roles with a role id, and secret ids that may expire or be used up.
 *
 * @see <a href="https://openbao.org/api-docs/auth/approle/">the API's reference</a>
 */
final class AppRole implements Mount {
    private static final Set<String> ROLE_FIELDS = Set.of("bind_secret_id", "secret_id_num_uses", "secret_id_ttl");

    private final InstantSource clock;
    private final Tokens tokens;
    private final Namespace namespace;
    private final String path;
    private final TreeMap<String, Role> roles = new TreeMap<>();

    private static final class Role {
        TokenSettings tokens;
        boolean bindSecretId;
        int secretIdUses;
        Duration secretIdTtl;
        String roleId = UUID.randomUUID().toString();
        final Map<String, SecretId> secretIds = new HashMap<>();

        Role(TokenSettings tokens, boolean bindSecretId, int secretIdUses, Duration secretIdTtl) {
            this.tokens = tokens;
            this.bindSecretId = bindSecretId;
            this.secretIdUses = secretIdUses;
            this.secretIdTtl = secretIdTtl;
        }
    }

    private static final class SecretId {
        final String accessor = UUID.randomUUID().toString();
        final @Nullable Instant expires;
        int usesLeft;

        SecretId(@Nullable Instant expires, int usesLeft) {
            this.expires = expires;
            this.usesLeft = usesLeft;
        }
    }

    AppRole(InstantSource clock, Tokens tokens, Namespace namespace, String path) {
        this.clock = clock;
        this.tokens = tokens;
        this.namespace = namespace;
        this.path = path;
    }

    @Override
    public String type() {
        return "approle";
    }

    @Override
    public boolean isLogin(FakeCall call) {
        return call.path().equals("login");
    }

    @Override
    public FakeAnswer handle(FakeCall call) {
        String[] parts = call.path().split("/", -1);
        if (call.path().equals("login")) {
            return login(call);
        }
        if (!parts[0].equals("role")) {
            throw new Unmodelled("auth/approle/" + call.path());
        }
        if (parts.length == 1) {
            call.only("LIST");
            ObjectNode data = FakeAnswer.object();
            roles.keySet().forEach(data.putArray("keys")::add);
            return FakeAnswer.data(data);
        }
        String name = parts[1];
        String rest = String.join("/", List.of(parts).subList(2, parts.length));
        return switch (rest) {
            case "" -> role(call, name);
            case "role-id" -> roleId(call, name);
            case "secret-id" -> secretId(call, name);
            case "secret-id/destroy" -> destroy(call, name);
            default -> throw new Unmodelled("auth/approle/" + call.path());
        };
    }

    private FakeAnswer role(FakeCall call, String name) {
        call.only("POST", "GET", "DELETE");
        if (call.is("DELETE")) {
            roles.remove(name);
            return FakeAnswer.empty();
        }
        if (call.is("GET")) {
            Role role = roles.get(name);
            if (role == null) {
                throw Refusal.absent();
            }
            ObjectNode data = FakeAnswer.object();
            data.put("bind_secret_id", role.bindSecretId);
            data.put("local_secret_ids", false);
            data.putNull("secret_id_bound_cidrs");
            data.put("secret_id_num_uses", role.secretIdUses);
            data.put("secret_id_ttl", role.secretIdTtl.toSeconds());
            role.tokens.writeTo(data);
            return FakeAnswer.data(data);
        }
        Set<String> known = new HashSet<>(ROLE_FIELDS);
        known.addAll(TokenSettings.FIELDS);
        Set<String> notModelled = new HashSet<>(TokenSettings.NOT_MODELLED);
        notModelled.addAll(Set.of("local_secret_ids", "secret_id_bound_cidrs", "bound_cidr_list", "role_id"));
        List<String> warnings = call.warnings(known, notModelled);
        if (roles.containsKey(name)) {
            throw new Unmodelled("changing an existing AppRole role");
        }
        roles.put(
                name,
                new Role(
                        TokenSettings.of(call),
                        call.flag("bind_secret_id").orElse(true),
                        call.integer("secret_id_num_uses").orElse(0),
                        call.duration("secret_id_ttl").orElse(Duration.ZERO)));
        return warnings.isEmpty() ? FakeAnswer.empty() : FakeAnswer.warning(warnings.get(0));
    }

    private FakeAnswer roleId(FakeCall call, String name) {
        call.only("POST", "GET");
        Role role = roles.get(name);
        if (role == null) {
            throw Refusal.absent();
        }
        if (call.is("POST")) {
            role.roleId = call.text("role_id");
            return FakeAnswer.empty();
        }
        ObjectNode data = FakeAnswer.object();
        data.put("role_id", role.roleId);
        return FakeAnswer.data(data);
    }

    private FakeAnswer secretId(FakeCall call, String name) {
        call.only("POST");
        call.warnings(Set.of(), Set.of("metadata", "cidr_list", "token_bound_cidrs", "num_uses", "ttl"));
        Role role = roles.get(name);
        if (role == null) {
            throw Refusal.of(404, "role \"" + name + "\" does not exist");
        }
        String id = UUID.randomUUID().toString();
        Instant expires = role.secretIdTtl.isZero() ? null : clock.instant().plus(role.secretIdTtl);
        SecretId secretId = new SecretId(expires, role.secretIdUses);
        role.secretIds.put(id, secretId);
        ObjectNode data = FakeAnswer.object();
        data.put("secret_id", id);
        data.put("secret_id_accessor", secretId.accessor);
        data.put("secret_id_num_uses", role.secretIdUses);
        data.put("secret_id_ttl", role.secretIdTtl.toSeconds());
        return FakeAnswer.data(data);
    }

    private FakeAnswer destroy(FakeCall call, String name) {
        call.only("POST", "DELETE");
        Role role = roles.get(name);
        if (role == null || role.secretIds.remove(call.text("secret_id")) == null) {
            throw new Unmodelled("destroying a secret id that does not exist");
        }
        return FakeAnswer.empty();
    }

    private FakeAnswer login(FakeCall call) {
        if (!call.is("POST")) {
            throw new Unmodelled(call.method() + " auth/approle/login");
        }
        String roleId = call.text("role_id");
        if (roleId.isEmpty()) {
            throw Refusal.of(500, "missing role_id");
        }
        for (Map.Entry<String, Role> entry : roles.entrySet()) {
            if (entry.getValue().roleId.equals(roleId)) {
                return login(call, entry.getKey(), entry.getValue());
            }
        }
        throw Refusal.badRequest("invalid role or secret ID");
    }

    private FakeAnswer login(FakeCall call, String name, Role role) {
        if (role.bindSecretId) {
            String id = call.text("secret_id");
            if (id.isEmpty()) {
                throw Refusal.badRequest("missing secret_id");
            }
            SecretId secretId = role.secretIds.get(id);
            if (secretId == null
                    || (secretId.expires != null && !clock.instant().isBefore(secretId.expires))) {
                throw Refusal.badRequest("invalid role or secret ID");
            }
            if (secretId.usesLeft > 0 && --secretId.usesLeft == 0) {
                role.secretIds.remove(id);
            }
        }
        return tokens.login(namespace, path + "login", "approle", role.tokens, Map.of("role_name", name));
    }
}
