package io.trousseau.provider.vault.transit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** The JSON that Transit takes, as bytes that can be wiped: no text is made of a plaintext. */
final class RequestBody {
    private RequestBody() {}

    /**
     * To encrypt.
     *
     * @param associatedData empty for none
     * @return a fresh array, which the caller wipes
     */
    static byte[] encrypt(byte[] plaintext, int version, byte[] associatedData) {
        byte[] encoded = Base64.getEncoder().encode(plaintext);
        byte[] before = ascii("{\"plaintext\":\"");
        byte[] after = ascii("\",\"key_version\":" + version + associated(associatedData) + "}");
        try {
            return ByteBuffer.allocate(before.length + encoded.length + after.length)
                    .put(before)
                    .put(encoded)
                    .put(after)
                    .array();
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    /**
     * To decrypt.
     *
     * @param associatedData empty for none
     */
    static byte[] decrypt(Ciphertext ciphertext, byte[] associatedData) {
        return ascii("{\"ciphertext\":\"" + ciphertext.text() + "\"" + associated(associatedData) + "}");
    }

    private static String associated(byte[] data) {
        return data.length == 0
                ? ""
                : ",\"associated_data\":\"" + Base64.getEncoder().encodeToString(data) + "\"";
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
