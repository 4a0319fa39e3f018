package io.trousseau.provider.vault.auth;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What Vault says of the token in use, for people. Nothing secret.
 *
 * @param displayName Vault's name of who logged in
 * @param policies that apply to it, in its own namespace
 * @param type {@code service} or {@code batch}
 * @param ttl what is left of its life; empty if it never expires
 * @param renewable whether that can be extended
 */
public record TokenReport(
        String displayName, List<String> policies, String type, Optional<Duration> ttl, boolean renewable) {
    static TokenReport of(JsonNode data) {
        List<String> policies = new ArrayList<>();
        data.path("policies").forEach(policy -> policies.add(policy.asText()));
        data.path("identity_policies").forEach(policy -> policies.add(policy.asText()));
        Duration ttl = Token.seconds(data.path("ttl"));
        return new TokenReport(
                data.path("display_name").asText(),
                List.copyOf(policies),
                data.path("type").asText(),
                ttl.isZero() ? Optional.empty() : Optional.of(ttl),
                data.path("renewable").asBoolean());
    }
}
