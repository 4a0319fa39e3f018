package io.trousseau.testkit.gcp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The form of a ciphertext: a protocol buffer of two fields, the first names the key and its version and the second is
 * the sealed plaintext, as long as the service's own. Read strictly: what is not exactly what {@link #toBytes} makes is
 * none.
 *
 * @param key a hash of the key's name
 * @param version the number of the version
 * @param sealed what the version's material sealed
 */
@SuppressWarnings({"ArrayRecordComponent", "OperatorPrecedence"})
record FakeCiphertext(byte[] key, int version, byte[] sealed) {
    private static final int KEY_BYTES = 32;
    private static final int LOCATOR_BYTES = Integer.BYTES + KEY_BYTES;
    private static final byte FIRST_FIELD = 0x0a;
    private static final byte SECOND_FIELD = 0x12;
    private static final byte SEALED_FORMAT = 0;

    static byte[] hash(String keyName) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(keyName.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Optional<FakeCiphertext> parse(byte[] bytes) {
        int start = 2 + LOCATOR_BYTES;
        if (bytes.length < start) {
            return Optional.empty();
        }
        ByteBuffer locator = ByteBuffer.wrap(bytes, 2, LOCATOR_BYTES);
        int version = locator.getInt();
        byte[] key = new byte[KEY_BYTES];
        locator.get(key);
        // One byte of tag, one to three of length, one of format.
        for (int head = 3; head <= 5 && start + head <= bytes.length; head++) {
            FakeCiphertext candidate =
                    new FakeCiphertext(key, version, Arrays.copyOfRange(bytes, start + head, bytes.length));
            if (Arrays.equals(candidate.toBytes(), bytes)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(FIRST_FIELD);
        out.write(LOCATOR_BYTES);
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(version).array());
        out.writeBytes(key);
        out.write(SECOND_FIELD);
        int length = 1 + sealed.length;
        while (length > 0x7f) {
            out.write(length & 0x7f | 0x80);
            length >>>= 7;
        }
        out.write(length);
        out.write(SEALED_FORMAT);
        out.writeBytes(sealed);
        return out.toByteArray();
    }
}
