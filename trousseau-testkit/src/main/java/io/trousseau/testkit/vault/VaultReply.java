package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;

/**
 * What a Vault answered.
 *
 * @param status the HTTP status
 * @param headers the HTTP headers
 * @param body the JSON tree; a missing node if the body was empty or no JSON
 * @param text the body as it came
 */
public record VaultReply(int status, HttpHeaders headers, JsonNode body, String text) {
    /** Whether the status is 2xx. */
    public boolean ok() {
        return status / 100 == 2;
    }

    /** The member {@code data} of the body; a missing node if there is none. */
    public JsonNode data() {
        return body.path("data");
    }

    /** The member {@code auth} of the body; a missing node if there is none. */
    public JsonNode auth() {
        return body.path("auth");
    }

    /** The texts in {@code errors}, in order; empty if there are none. */
    public List<String> errors() {
        List<String> errors = new ArrayList<>();
        body.path("errors").forEach(error -> errors.add(error.asText()));
        return List.copyOf(errors);
    }

    /** The status and the error texts; never the rest of the body, which may hold a secret. */
    @Override
    public String toString() {
        return "VaultReply[status=" + status + ", errors=" + errors() + "]";
    }
}
