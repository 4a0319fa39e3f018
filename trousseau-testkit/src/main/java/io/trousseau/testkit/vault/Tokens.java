package io.trousseau.testkit.vault;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Every token of the fake, of all namespaces.
 *
 * @see <a href="https://openbao.org/api-docs/auth/token/">the API's reference</a>
 */
final class Tokens {
    private static final Duration SYSTEM_MAX_TTL = Duration.ofDays(32);

    private final InstantSource clock;
    private final Map<String, Token> byId = new LinkedHashMap<>();
    private final Map<String, String> entities = new TreeMap<>();

    Tokens(InstantSource clock) {
        this.clock = clock;
    }

    Token addRoot(Namespace root, String id) {
        Token.Origin origin = new Token.Origin(
                root,
                "auth/token/create",
                "token",
                List.of("root"),
                Map.of(),
                false,
                "",
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                false,
                Optional.empty());
        return add(id, origin, 0);
    }

    private Token add(String id, Token.Origin origin, int uses) {
        String suffix =
                origin.namespace().isRoot() ? "" : "." + origin.namespace().id();
        Token token = new Token(id + suffix, Ids.random(24) + suffix, origin, clock.instant(), uses);
        byId.put(token.id(), token);
        return token;
    }

    /** The token of this id, if it is good. */
    Optional<Token> find(String id) {
        Token token = byId.get(id);
        if (token == null) {
            return Optional.empty();
        }
        if (token.isExpired(clock.instant()) || token.isUsedUp()) {
            revoke(token);
            return Optional.empty();
        }
        return Optional.of(token);
    }

    void revoke(Token token) {
        byId.remove(token.id());
        List<Token> children = new ArrayList<>();
        for (Token other : byId.values()) {
            if (other.origin().parent().filter(parent -> parent == token).isPresent()) {
                children.add(other);
            }
        }
        children.forEach(this::revoke);
    }

    /** Logs somebody in: the answer with the new token. */
    FakeAnswer login(
            Namespace namespace,
            String path,
            String displayName,
            TokenSettings settings,
            Map<String, String> metadata) {
        TreeSet<String> policies = new TreeSet<>(settings.policies());
        if (!settings.noDefaultPolicy()) {
            policies.add("default");
        }
        Duration maxTtl = settings.maxTtl().isZero() ? SYSTEM_MAX_TTL : settings.maxTtl();
        Duration ttl = settings.ttl().isZero() ? SYSTEM_MAX_TTL : settings.ttl();
        if (!settings.period().isZero()) {
            ttl = settings.period();
        }
        List<String> warnings = new ArrayList<>();
        ttl = capped(ttl, maxTtl, warnings);
        if (!settings.explicitMaxTtl().isZero()) {
            ttl = capped(ttl, settings.explicitMaxTtl(), warnings);
        }
        Token.Origin origin = new Token.Origin(
                namespace,
                path,
                displayName,
                List.copyOf(policies),
                metadata,
                true,
                entities.computeIfAbsent(displayName, any -> UUID.randomUUID().toString()),
                ttl,
                maxTtl,
                settings.explicitMaxTtl(),
                settings.period(),
                true,
                Optional.empty());
        Token token = add("s." + Ids.random(24), origin, settings.uses());
        return FakeAnswer.auth(token.toAuth(ttl), warnings);
    }

    /** Answers a call below {@code auth/token/}, made with {@code token} in {@code namespace}. */
    FakeAnswer handle(FakeCall call, Namespace namespace, Token token) {
        return switch (call.path()) {
            case "create" ->
                create(call, namespace, token, call.flag("no_parent").orElse(false));
            case "create-orphan" -> create(call, namespace, token, true);
            case "lookup-self" -> {
                call.only("GET", "POST");
                yield FakeAnswer.data(token.toLookup(clock.instant()));
            }
            case "renew-self" -> renew(call, token);
            case "revoke-self" -> {
                call.only("POST");
                revoke(token);
                yield FakeAnswer.empty();
            }
            case "lookup" -> {
                call.only("POST", "GET");
                String id = call.text("token");
                Token other = id.isEmpty() ? token : find(id).orElseThrow(() -> Refusal.of(403, "bad token"));
                yield FakeAnswer.data(other.toLookup(clock.instant()));
            }
            case "revoke" -> {
                call.only("POST");
                if (call.text("token").isEmpty()) {
                    throw Refusal.badRequest("missing token ID");
                }
                find(call.text("token")).ifPresent(this::revoke);
                yield FakeAnswer.empty();
            }
            default -> throw new Unmodelled("auth/token/" + call.path());
        };
    }

    private FakeAnswer create(FakeCall call, Namespace namespace, Token parent, boolean orphan) {
        call.only("POST");
        List<String> warnings = call.warnings(
                Set.of(
                        "policies",
                        "ttl",
                        "explicit_max_ttl",
                        "renewable",
                        "display_name",
                        "num_uses",
                        "period",
                        "no_default_policy",
                        "no_parent",
                        "meta"),
                Set.of("id", "type", "entity_alias", "lease"));
        TreeSet<String> policies = new TreeSet<>(call.texts("policies"));
        if (policies.isEmpty()) {
            policies.addAll(parent.origin().policies());
        }
        if (!parent.isRoot() && !parent.origin().policies().containsAll(policies)) {
            throw Refusal.badRequest("child policies must be subset of parent");
        }
        boolean root = policies.contains("root");
        if (!root && !call.flag("no_default_policy").orElse(false)) {
            policies.add("default");
        }
        for (String policy : policies) {
            if (!policy.equals("root") && !namespace.policies.containsKey(policy)) {
                warnings.add("Policy \"" + policy + "\" does not exist");
            }
        }
        Duration period = call.duration("period").orElse(Duration.ZERO);
        Duration explicitMax = call.duration("explicit_max_ttl").orElse(Duration.ZERO);
        Duration ttl = call.duration("ttl").orElse(Duration.ZERO);
        if (!period.isZero()) {
            ttl = period;
        } else if (ttl.isZero() && !root) {
            ttl = SYSTEM_MAX_TTL;
        }
        if (!explicitMax.isZero()) {
            ttl = capped(ttl, explicitMax, warnings);
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        call.body()
                .path("meta")
                .properties()
                .forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asText()));
        String displayName = call.text("display_name");
        Token.Origin origin = new Token.Origin(
                namespace,
                "auth/token/" + call.path(),
                displayName.isEmpty() ? "token" : "token-" + displayName,
                List.copyOf(policies),
                metadata,
                !metadata.isEmpty(),
                "",
                ttl,
                SYSTEM_MAX_TTL,
                explicitMax,
                period,
                !ttl.isZero() && call.flag("renewable").orElse(true),
                orphan ? Optional.empty() : Optional.of(parent));
        Token token =
                add("s." + Ids.random(24), origin, call.integer("num_uses").orElse(0));
        return FakeAnswer.auth(token.toAuth(ttl), warnings);
    }

    private FakeAnswer renew(FakeCall call, Token token) {
        call.only("POST");
        List<String> warnings = call.warnings(Set.of("increment"), Set.of("token"));
        Token.Origin origin = token.origin();
        if (!origin.renewable()) {
            throw Refusal.badRequest("lease is not renewable");
        }
        Instant now = clock.instant();
        Duration increment = call.duration("increment").orElse(Duration.ZERO);
        Duration ttl = increment.isZero() ? origin.ttl() : increment;
        if (!origin.period().isZero()) {
            ttl = origin.period();
        } else {
            ttl = capped(ttl, remaining(token, origin.maxTtl(), now), warnings);
        }
        if (!origin.explicitMaxTtl().isZero()) {
            ttl = capped(ttl, remaining(token, origin.explicitMaxTtl(), now), warnings);
        }
        token.renew(now, ttl);
        return FakeAnswer.auth(token.toAuth(ttl), warnings);
    }

    private static Duration remaining(Token token, Duration max, Instant now) {
        return Duration.between(now, token.issued().plus(max));
    }

    private static Duration capped(Duration ttl, Duration max, List<String> warnings) {
        if (ttl.compareTo(max) <= 0) {
            return ttl;
        }
        Duration shown = Duration.ofSeconds(Math.round(max.toMillis() / 1000.0));
        warnings.add("TTL of \"" + GoDuration.print(ttl) + "\" exceeded the effective max_ttl of \""
                + GoDuration.print(shown) + "\"; TTL value is capped accordingly");
        return max;
    }
}
