package io.trousseau.testkit.vault;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** XChaCha20's key and nonce for the JDK's ChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). */
final class XChaCha20 {
    static final int NONCE_BYTES = 24;

    private XChaCha20() {}

    /** HChaCha20: the subkey of a key and the first 16 bytes of a nonce. */
    static byte[] subkey(byte[] key, byte[] nonce) {
        int[] state = new int[16];
        state[0] = 0x61707865;
        state[1] = 0x3320646e;
        state[2] = 0x79622d32;
        state[3] = 0x6b206574;
        ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(state, 4, 8);
        ByteBuffer.wrap(nonce, 0, 16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer()
                .get(state, 12, 4);
        for (int round = 0; round < 10; round++) {
            quarter(state, 0, 4, 8, 12);
            quarter(state, 1, 5, 9, 13);
            quarter(state, 2, 6, 10, 14);
            quarter(state, 3, 7, 11, 15);
            quarter(state, 0, 5, 10, 15);
            quarter(state, 1, 6, 11, 12);
            quarter(state, 2, 7, 8, 13);
            quarter(state, 3, 4, 9, 14);
        }
        ByteBuffer subkey = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 4; i++) {
            subkey.putInt(state[i]);
        }
        for (int i = 12; i < 16; i++) {
            subkey.putInt(state[i]);
        }
        return subkey.array();
    }

    /** ChaCha20's nonce: four zeros and the rest of the nonce. */
    static byte[] shortNonce(byte[] nonce) {
        byte[] rest = new byte[12];
        System.arraycopy(nonce, 16, rest, 4, 8);
        return rest;
    }

    private static void quarter(int[] s, int a, int b, int c, int d) {
        s[a] += s[b];
        s[d] = Integer.rotateLeft(s[d] ^ s[a], 16);
        s[c] += s[d];
        s[b] = Integer.rotateLeft(s[b] ^ s[c], 12);
        s[a] += s[b];
        s[d] = Integer.rotateLeft(s[d] ^ s[a], 8);
        s[c] += s[d];
        s[b] = Integer.rotateLeft(s[b] ^ s[c], 7);
    }
}
