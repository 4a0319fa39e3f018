package io.trousseau.provider.vault.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import okhttp3.Handshake;
import okhttp3.Headers;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP answer as it came: nothing is known of its meaning yet. The body may be secret; whoever holds this wipes it.
 *
 * @param tls of the connection; {@code null} if it has none
 * @param tooLong whether there was more than {@link #MAX_BODY_BYTES}; the body is empty then
 */
@SuppressWarnings("ArrayRecordComponent") // Wiped where it is.
record Reply(int status, Headers headers, @Nullable Handshake tls, byte[] body, boolean tooLong) {
    /** Far more than any answer to what a KEK needs. */
    static final int MAX_BODY_BYTES = 1 << 20;

    private static final int FIRST_BUFFER_BYTES = 4096;

    /** The connection ended within the body. */
    static final class CutShortException extends IOException {
        private static final long serialVersionUID = 1L;

        CutShortException(IOException cause) {
            super("cut short", cause);
        }
    }

    /**
     * Reads {@code response} to its end, or to the longest body that is accepted.
     *
     * @throws CutShortException if it ends before its end
     */
    static Reply read(Response response) throws CutShortException {
        byte[] buffer = new byte[FIRST_BUFFER_BYTES];
        int length = 0;
        try (InputStream in = response.body().byteStream()) {
            for (int read; (read = in.read(buffer, length, buffer.length - length)) >= 0; ) {
                length += read;
                if (length > MAX_BODY_BYTES) {
                    return of(response, new byte[0], true);
                }
                if (length == buffer.length) {
                    byte[] larger = Arrays.copyOf(buffer, 2 * length);
                    Arrays.fill(buffer, (byte) 0);
                    buffer = larger;
                }
            }
            return of(response, Arrays.copyOf(buffer, length), false);
        } catch (IOException e) {
            throw new CutShortException(e);
        } finally {
            Arrays.fill(buffer, (byte) 0);
        }
    }

    private static Reply of(Response response, byte[] body, boolean tooLong) {
        return new Reply(response.code(), response.headers(), response.handshake(), body, tooLong);
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
