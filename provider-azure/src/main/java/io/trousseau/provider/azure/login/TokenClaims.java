package io.trousseau.provider.azure.login;

import com.azure.json.JsonProviders;
import com.azure.json.JsonReader;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * Whom a token is for, as it says itself: for people, never for decisions, since nobody here checks its signature.
 *
 * @param tenant {@code tid}
 * @param client {@code appid}, or {@code azp} in newer tokens
 * @param object {@code oid}, what a role is assigned to
 */
public record TokenClaims(Optional<String> tenant, Optional<String> client, Optional<String> object) {
    private static final TokenClaims UNKNOWN = new TokenClaims(Optional.empty(), Optional.empty(), Optional.empty());

    /** Reads a token; one that is no JWT says nothing. */
    public static TokenClaims of(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return UNKNOWN;
        }
        try (JsonReader reader =
                JsonProviders.createReader(Base64.getUrlDecoder().decode(parts[1]))) {
            Map<String, Object> claims = reader.readMap(JsonReader::readUntyped);
            return claims == null
                    ? UNKNOWN
                    : new TokenClaims(
                            id(claims, "tid"), id(claims, "appid").or(() -> id(claims, "azp")), id(claims, "oid"));
        } catch (IOException | RuntimeException e) {
            return UNKNOWN;
        }
    }

    /** One line: the object, the client and the tenant. */
    public String describe() {
        return "object " + object.orElse("unknown") + ", client " + client.orElse("unknown") + ", tenant "
                + tenant.orElse("unknown");
    }

    private static Optional<String> id(Map<String, Object> claims, String name) {
        return Optional.ofNullable(claims.get(name))
                .map(Object::toString)
                .filter(id -> id.matches("[0-9A-Za-z-]{1,64}"));
    }
}
