package io.trousseau.provider.azure;

import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What AES key wrap is given, since it takes only multiples of 8 bytes and repeats itself: 16 random bytes, the length in
 * one byte, the plaintext, and zeros up to a multiple of 8.
 */
final class KeyWrapFrame {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SALT_BYTES = 16;
    private static final int BLOCK = 8;

    private KeyWrapFrame() {}

    /** The frame of a plaintext of 1 to 255 bytes. */
    static byte[] around(byte[] plaintext) {
        byte[] frame = new byte[frameBytes(plaintext.length)];
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        System.arraycopy(salt, 0, frame, 0, SALT_BYTES);
        frame[SALT_BYTES] = (byte) plaintext.length;
        System.arraycopy(plaintext, 0, frame, SALT_BYTES + 1, plaintext.length);
        return frame;
    }

    /** The plaintext in a frame; {@code null} if it is no frame. */
    static byte @Nullable [] within(byte[] frame) {
        if (frame.length <= SALT_BYTES) {
            return null;
        }
        int length = frame[SALT_BYTES] & 0xff;
        if (length == 0 || frame.length != frameBytes(length)) {
            return null;
        }
        for (int i = SALT_BYTES + 1 + length; i < frame.length; i++) {
            if (frame[i] != 0) {
                return null;
            }
        }
        return Arrays.copyOfRange(frame, SALT_BYTES + 1, SALT_BYTES + 1 + length);
    }

    /** How long the ciphertext of a plaintext is. */
    static int wrappedBytes(int plaintextBytes) {
        return frameBytes(plaintextBytes) + BLOCK;
    }

    /** Whether a ciphertext can have this length. */
    static boolean canBeWrapped(int bytes) {
        return bytes % BLOCK == 0
                && bytes >= wrappedBytes(1)
                && bytes <= wrappedBytes(KeyAlgorithm.MAX_PLAINTEXT_BYTES);
    }

    private static int frameBytes(int plaintextBytes) {
        int bytes = SALT_BYTES + 1 + plaintextBytes;
        return (bytes + BLOCK - 1) / BLOCK * BLOCK;
    }
}
