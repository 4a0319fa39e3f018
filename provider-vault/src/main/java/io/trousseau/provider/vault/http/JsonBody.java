package io.trousseau.provider.vault.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes a JSON object of texts and numbers; texts that are secret come as bytes that never become a {@code String}.
 *
 * <p>Not safe for use by several threads. Closing wipes what was written, so it outlives the call that sends it.
 */
public final class JsonBody implements AutoCloseable {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int FIRST_BYTES = 256;

    private byte[] buffer = new byte[FIRST_BYTES];
    private int length;

    /** Begins an object. */
    public JsonBody() {
        add('{');
    }

    /** Adds a field. */
    public JsonBody text(String name, String value) {
        return secret(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a field whose value is a whole number. */
    public JsonBody number(String name, long value) {
        name(name);
        for (byte digit : Long.toString(value).getBytes(StandardCharsets.US_ASCII)) {
            add(digit);
        }
        return this;
    }

    /**
     * Adds a field whose value is secret.
     *
     * @param value UTF-8; copied
     */
    public JsonBody secret(String name, byte[] value) {
        name(name);
        quoted(value);
        return this;
    }

    /** The object, complete: a fresh array, which the caller wipes after the call. */
    public byte[] toBytes() {
        byte[] body = Arrays.copyOf(buffer, length + 1);
        body[length] = '}';
        return body;
    }

    private void name(String name) {
        if (length > 1) {
            add(',');
        }
        quoted(name.getBytes(StandardCharsets.UTF_8));
        add(':');
    }

    private void quoted(byte[] text) {
        add('"');
        for (byte b : text) {
            if (b == '"' || b == '\\') {
                add('\\');
                add(b);
            } else if (b >= 0 && b < ' ') {
                for (int c : new int[] {'\\', 'u', '0', '0', HEX[b >> 4], HEX[b & 0xF]}) {
                    add(c);
                }
            } else {
                add(b);
            }
        }
        add('"');
    }

    private void add(int b) {
        if (length == buffer.length) {
            byte[] larger = Arrays.copyOf(buffer, 2 * length);
            Arrays.fill(buffer, (byte) 0);
            buffer = larger;
        }
        buffer[length++] = (byte) b;
    }

    /** Wipes what was written. Idempotent. */
    @Override
    public void close() {
        Arrays.fill(buffer, (byte) 0);
    }

    /** The length; nothing of the content. */
    @Override
    public String toString() {
        return "JsonBody[" + length + " bytes]";
    }
}
