package io.trousseau.testkit.aws;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * One AES-256 key of a KMS key. A ciphertext is as long as the service's: {@value #OVERHEAD_BYTES} bytes more than the
 * plaintext. Its header names the key and the material and is authenticated.
 */
final class KeyMaterial {
    static final int OVERHEAD_BYTES = 152;
    private static final int MAGIC = 0x01020300;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int KEY_BYTES = 32;
    private static final int ID_BYTES = 32;
    private static final int HEADER_BYTES = OVERHEAD_BYTES - NONCE_BYTES - TAG_BYTES;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String id;
    private final Instant since;
    private final SecretKeySpec aes;
    private final byte[] header;

    KeyMaterial(String keyId, Instant since) {
        byte[] key = new byte[KEY_BYTES];
        RANDOM.nextBytes(key);
        // The service derives the name from the key id and the material too, so that replicas agree.
        byte[] name = SignatureCheck.sha256(ByteBuffer.allocate(keyId.length() + KEY_BYTES)
                .put(keyId.getBytes(StandardCharsets.US_ASCII))
                .put(key)
                .array());
        this.id = HexFormat.of().formatHex(name);
        this.since = since;
        this.aes = new SecretKeySpec(key, "AES");
        this.header = ByteBuffer.allocate(HEADER_BYTES)
                .putInt(MAGIC)
                .put(keyName(keyId))
                .put(name)
                .array();
    }

    /** The key material id. */
    String id() {
        return id;
    }

    /** When it became the current one. */
    Instant since() {
        return since;
    }

    byte[] encrypt(byte[] plaintext, byte[] context) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(plaintext);
            return ByteBuffer.allocate(plaintext.length + OVERHEAD_BYTES)
                    .put(header)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The plaintext, unless the ciphertext is not of this material or not of this context. */
    Optional<byte[]> decrypt(byte[] ciphertext, byte[] context) {
        if (ciphertext.length <= OVERHEAD_BYTES
                || !Arrays.equals(ciphertext, 0, HEADER_BYTES, header, 0, HEADER_BYTES)) {
            return Optional.empty();
        }
        byte[] nonce = Arrays.copyOfRange(ciphertext, HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
        try {
            int from = HEADER_BYTES + NONCE_BYTES;
            return Optional.of(
                    cipher(Cipher.DECRYPT_MODE, nonce, context).doFinal(ciphertext, from, ciphertext.length - from));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether the ciphertext says that the key made it. */
    static boolean names(byte[] ciphertext, String keyId) {
        byte[] name = keyName(keyId);
        return ciphertext.length > OVERHEAD_BYTES
                && ByteBuffer.wrap(ciphertext).getInt() == MAGIC
                && Arrays.equals(ciphertext, Integer.BYTES, Integer.BYTES + ID_BYTES, name, 0, ID_BYTES);
    }

    private static byte[] keyName(String keyId) {
        return SignatureCheck.sha256(keyId.getBytes(StandardCharsets.US_ASCII));
    }

    private Cipher cipher(int mode, byte[] nonce, byte[] context) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, aes, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        cipher.updateAAD(header);
        cipher.updateAAD(context);
        return cipher;
    }
}
