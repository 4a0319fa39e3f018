package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What a login method's role or user says of the tokens that it gives: the {@code token_…} fields. */
record TokenSettings(
        List<String> policies,
        Duration ttl,
        Duration maxTtl,
        Duration explicitMaxTtl,
        Duration period,
        int uses,
        boolean noDefaultPolicy) {
    static final Set<String> FIELDS = Set.of(
            "token_policies",
            "token_ttl",
            "token_max_ttl",
            "token_explicit_max_ttl",
            "token_period",
            "token_num_uses",
            "token_no_default_policy");
    static final Set<String> NOT_MODELLED = Set.of(
            "token_bound_cidrs",
            "token_type",
            "token_strictly_bind_ip",
            "policies",
            "ttl",
            "max_ttl",
            "period",
            "num_uses");

    static TokenSettings of(FakeCall call) {
        return new TokenSettings(
                call.texts("token_policies"),
                call.duration("token_ttl").orElse(Duration.ZERO),
                call.duration("token_max_ttl").orElse(Duration.ZERO),
                call.duration("token_explicit_max_ttl").orElse(Duration.ZERO),
                call.duration("token_period").orElse(Duration.ZERO),
                call.integer("token_num_uses").orElse(0),
                call.flag("token_no_default_policy").orElse(false));
    }

    void writeTo(ObjectNode json) {
        json.putArray("token_bound_cidrs");
        json.put("token_explicit_max_ttl", explicitMaxTtl.toSeconds());
        json.put("token_max_ttl", maxTtl.toSeconds());
        json.put("token_no_default_policy", noDefaultPolicy);
        json.put("token_num_uses", uses);
        json.put("token_period", period.toSeconds());
        policies.forEach(json.putArray("token_policies")::add);
        json.put("token_strictly_bind_ip", false);
        json.put("token_ttl", ttl.toSeconds());
        json.put("token_type", "default");
    }
}
