package io.trousseau.provider.vault.auth;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/**
 * A token and what Vault said of it when it was obtained.
 *
 * @param value in clear: it becomes a header, so it cannot be kept out of a {@code String}
 * @param ttl how long it lived from then on; zero if it never expires
 * @param renewable whether Vault extends it
 * @param known whether Vault said all this; a token of a file whose policy does not allow to look at itself is not known
 */
record Token(String value, Duration ttl, boolean renewable, boolean known) {
    /** Of the block {@code auth} in the answer to a login. */
    static Token ofLogin(String value, JsonNode auth) {
        return new Token(value, seconds(auth.path("lease_duration")), renewable(auth, "token_type"), true);
    }

    /** Of the block {@code data} in the answer to looking at oneself. */
    static Token ofLookup(String value, JsonNode data) {
        return new Token(value, seconds(data.path("ttl")), renewable(data, "type"), true);
    }

    /** Of which nothing is known. */
    static Token unknown(String value) {
        return new Token(value, Duration.ZERO, false, false);
    }

    private static boolean renewable(JsonNode block, String type) {
        return block.path("renewable").asBoolean() && !block.path(type).asText().equals("batch");
    }

    static Duration seconds(JsonNode number) {
        return Duration.ofSeconds(Math.max(0, number.asLong()));
    }

    boolean expires() {
        return !ttl.isZero();
    }

    /** All but the token. */
    @Override
    public String toString() {
        return "Token[" + (expires() ? ttl.toString() : "for ever") + (renewable ? ", renewable]" : "]");
    }
}
