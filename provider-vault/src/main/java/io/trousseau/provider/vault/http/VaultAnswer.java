package io.trousseau.provider.vault.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;

/**
 * What Vault answered with a status of 2xx. Holds the body, which may be secret: close it when done.
 *
 * <p>Nothing of the body is turned into objects before it is asked for, so that a plaintext is never in a {@code String}.
 * Not safe for use by several threads.
 */
public final class VaultAnswer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private final int status;
    private final String address;
    private final byte[] body;

    /**
     * Takes {@code body} over.
     *
     * @param status 200 to 299
     * @param address which answered, for messages
     * @param body empty, or JSON
     * @throws VaultException of kind {@link VaultException.Kind#BAD_ANSWER} if the body is neither; it is wiped
     */
    VaultAnswer(int status, String address, byte[] body) {
        this.status = status;
        this.address = address;
        this.body = body;
        if (body.length > 0 && !isWholeObject(body)) {
            close();
            throw bad("the body is no JSON object, or was cut short");
        }
    }

    /** The HTTP status, 200 to 299. */
    public int status() {
        return status;
    }

    /** Which of the cluster's addresses answered. */
    public String address() {
        return address;
    }

    /** Whether there is a body; 204 has none. */
    public boolean hasBody() {
        return body.length > 0;
    }

    /**
     * The value at {@code path}, as a tree. Not for what is secret and can be had as bytes.
     *
     * @param path names of fields from the outside in
     * @return the value; {@link MissingNode} if there is none
     */
    public JsonNode json(String... path) {
        try (JsonParser parser = JSON.createParser(body)) {
            return find(parser, path) ? JSON.readTree(parser) : MissingNode.getInstance();
        } catch (IOException e) {
            throw bad("the field " + String.join(".", path) + " is not readable");
        }
    }

    /**
     * The bytes that stand in base64 at {@code path}. They are in no other place than the answer's body and the result.
     *
     * @param path names of fields from the outside in
     * @return a fresh array, which the caller wipes; may be empty
     * @throws VaultException of kind {@link VaultException.Kind#BAD_ANSWER} if there is no such field, or it is no text in
     *     strict base64 with padding
     */
    public byte[] base64(String... path) {
        byte[] encoded = {};
        byte[] decoded = {};
        byte[] again = {};
        boolean good = false;
        try (JsonParser parser = JSON.createParser(body)) {
            if (find(parser, path) && parser.currentToken() == JsonToken.VALUE_STRING) {
                int start = (int) parser.currentTokenLocation().getByteOffset() + 1;
                encoded = Arrays.copyOfRange(body, start, endOfText(start));
                decoded = Base64.getDecoder().decode(encoded);
                // The decoder forgives missing padding and stray bits.
                again = Base64.getEncoder().encode(decoded);
                good = Arrays.equals(encoded, again);
            }
        } catch (IOException | IllegalArgumentException e) {
            good = false;
        } finally {
            Arrays.fill(encoded, (byte) 0);
            Arrays.fill(again, (byte) 0);
            if (!good) {
                Arrays.fill(decoded, (byte) 0);
            }
        }
        if (!good) {
            throw bad("the field " + String.join(".", path) + " is missing or no base64");
        }
        return decoded;
    }

    private int endOfText(int start) {
        int end = start;
        while (body[end] != '"') {
            end++;
        }
        return end;
    }

    private static boolean find(JsonParser parser, String... path) throws IOException {
        if (parser.nextToken() == null) {
            return false;
        }
        for (String name : path) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                return false;
            }
            boolean found = false;
            while (!found && parser.nextToken() == JsonToken.FIELD_NAME) {
                found = parser.currentName().equals(name);
                parser.nextToken();
                if (!found) {
                    parser.skipChildren();
                }
            }
            if (!found) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWholeObject(byte[] body) {
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }

    private VaultException bad(String what) {
        return VaultException.of(VaultException.Kind.BAD_ANSWER, address, what)
                .status(status)
                .build();
    }

    /** Wipes the body. Idempotent. */
    @Override
    public void close() {
        Arrays.fill(body, (byte) 0);
    }

    /** The status and the length; nothing of the body. */
    @Override
    public String toString() {
        return "VaultAnswer[" + status + " from " + address + ", " + body.length + " bytes]";
    }
}
