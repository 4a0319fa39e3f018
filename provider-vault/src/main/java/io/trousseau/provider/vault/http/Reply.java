package io.trousseau.provider.vault.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import okhttp3.Headers;
import okhttp3.Response;

/** An HTTP answer as it came: nothing is known of its meaning yet. The body may be secret; whoever holds this wipes it. */
record Reply(int status, Headers headers, byte[] body, boolean tooLong) {
    /** Far more than any answer to what a KEK needs. */
    static final int MAX_BODY_BYTES = 1 << 20;

    private static final int FIRST_BUFFER_BYTES = 4096;

    /** Reads {@code response} to its end, or to the longest body that is accepted. */
    static Reply read(Response response) throws IOException {
        byte[] buffer = new byte[FIRST_BUFFER_BYTES];
        int length = 0;
        try (InputStream in = response.body().byteStream()) {
            for (int read; (read = in.read(buffer, length, buffer.length - length)) >= 0; ) {
                length += read;
                if (length > MAX_BODY_BYTES) {
                    return new Reply(response.code(), response.headers(), new byte[0], true);
                }
                if (length == buffer.length) {
                    byte[] larger = Arrays.copyOf(buffer, 2 * length);
                    Arrays.fill(buffer, (byte) 0);
                    buffer = larger;
                }
            }
            return new Reply(response.code(), response.headers(), Arrays.copyOf(buffer, length), false);
        } finally {
            Arrays.fill(buffer, (byte) 0);
        }
    }

    void wipe() {
        Arrays.fill(body, (byte) 0);
    }

    /** The status and the length; nothing of the body. */
    @Override
    public String toString() {
        return "Reply[" + status + ", " + body.length + " bytes]";
    }
}
