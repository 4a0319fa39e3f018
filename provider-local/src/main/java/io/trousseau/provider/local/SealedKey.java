package io.trousseau.provider.local;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * What the local provider answers to wrap: a format byte, the key's number in four bytes, a nonce, and the sealed plaintext
 * with its tag. Everything but the nonce and the tag themselves is authenticated, the context behind the first five bytes.
 *
 * <p>The nonce is random, so one key wraps at most 2^32 times; a keyring wraps a few times a day.
 */
final class SealedKey {
    private static final byte FORMAT = 1;
    private static final int HEAD_BYTES = 1 + Integer.BYTES;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    static final int OVERHEAD_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;

    private static final SecureRandom RANDOM = new SecureRandom();

    /** Bytes that this key and context did not make. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    private SealedKey() {}

    static byte[] seal(int number, AesKey key, byte[] plaintext, byte[] context) throws GeneralSecurityException {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        ByteBuffer out = ByteBuffer.allocate(OVERHEAD_BYTES + plaintext.length);
        out.put(FORMAT).putInt(number).put(nonce);
        cipher(Cipher.ENCRYPT_MODE, key, nonce, number, context).doFinal(ByteBuffer.wrap(plaintext), out);
        return out.array();
    }

    static byte[] open(int number, AesKey key, byte[] sealed, byte[] context)
            throws GeneralSecurityException, RefusedException {
        if (sealed.length <= OVERHEAD_BYTES) {
            throw new RefusedException("too short");
        }
        ByteBuffer in = ByteBuffer.wrap(sealed);
        if (in.get() != FORMAT || in.getInt() != number) {
            throw new RefusedException("not of this format and key");
        }
        byte[] nonce = new byte[NONCE_BYTES];
        in.get(nonce);
        try {
            return cipher(Cipher.DECRYPT_MODE, key, nonce, number, context)
                    .doFinal(sealed, in.position(), in.remaining());
        } catch (AEADBadTagException e) {
            throw new RefusedException("not authentic");
        }
    }

    private static Cipher cipher(int mode, AesKey key, byte[] nonce, int number, byte[] context)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        cipher.updateAAD(
                ByteBuffer.allocate(HEAD_BYTES).put(FORMAT).putInt(number).flip());
        cipher.updateAAD(context);
        return cipher;
    }
}
