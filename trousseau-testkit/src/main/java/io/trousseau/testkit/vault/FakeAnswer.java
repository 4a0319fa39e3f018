package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the fake answers.
 *
 * @param status the HTTP status
 * @param body the JSON; null for none
 */
record FakeAnswer(int status, @Nullable ObjectNode body) {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    static FakeAnswer empty() {
        return new FakeAnswer(204, null);
    }

    static FakeAnswer data(ObjectNode data) {
        return data(data, List.of());
    }

    static FakeAnswer data(ObjectNode data, List<String> warnings) {
        return new FakeAnswer(200, envelope(data, JSON.nullNode(), warnings, JSON.nullNode()));
    }

    static FakeAnswer auth(ObjectNode auth, List<String> warnings) {
        return new FakeAnswer(200, envelope(JSON.nullNode(), JSON.nullNode(), warnings, auth));
    }

    static FakeAnswer wrapped(ObjectNode wrapInfo) {
        ObjectNode body = envelope(JSON.nullNode(), wrapInfo, List.of(), JSON.nullNode());
        // A wrapped answer names no request.
        return new FakeAnswer(200, body.put("request_id", ""));
    }

    static FakeAnswer warning(String text) {
        return new FakeAnswer(200, envelope(JSON.nullNode(), JSON.nullNode(), List.of(text), JSON.nullNode()));
    }

    static FakeAnswer errors(int status, List<String> errors) {
        ObjectNode body = JSON.objectNode();
        ArrayNode texts = body.putArray("errors");
        errors.forEach(texts::add);
        return new FakeAnswer(status, body);
    }

    static ObjectNode object() {
        return JSON.objectNode();
    }

    private static ObjectNode envelope(JsonNode data, JsonNode wrapInfo, List<String> warnings, JsonNode auth) {
        ObjectNode body = JSON.objectNode();
        body.put("request_id", UUID.randomUUID().toString());
        body.put("lease_id", "");
        body.put("renewable", false);
        body.put("lease_duration", 0);
        body.set("data", data);
        body.set("wrap_info", wrapInfo);
        if (warnings.isEmpty()) {
            body.putNull("warnings");
        } else {
            ArrayNode texts = body.putArray("warnings");
            warnings.forEach(texts::add);
        }
        body.set("auth", auth);
        return body;
    }

    /** The status alone: the body may hold a secret. */
    @Override
    public String toString() {
        return "FakeAnswer[status=" + status + "]";
    }
}
