package io.trousseau.testkit.aws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** The AWS JSON protocol 1.1, as far as it is needed. */
final class KmsProtocol {
    static final String CONTENT_TYPE = "application/x-amz-json-1.1";
    private static final JsonMapper JSON = new JsonMapper();

    private KmsProtocol() {}

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    static JsonNode parse(byte[] body) {
        try {
            JsonNode request = JSON.readTree(body);
            if (!request.isObject()) {
                throw new AwsError("SerializationException", "the body is no JSON object");
            }
            return request;
        } catch (IOException e) {
            throw new AwsError("SerializationException", "the body is no JSON");
        }
    }

    static byte[] bytes(JsonNode answer) {
        try {
            return JSON.writeValueAsBytes(answer);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] error(String type, String message) {
        return bytes(object().put("__type", type).put("message", message));
    }
}
