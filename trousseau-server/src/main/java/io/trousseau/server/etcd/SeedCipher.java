package io.trousseau.server.etcd;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * How kube-apiserver 1.29 and newer encrypts an object's data with the seed that a KMS v2 plugin protects: each object
 * has a random info of 32 bytes, its key is HKDF-Expand-SHA256(seed, info), and what is stored is info, nonce, AES-256-GCM
 * ciphertext and tag, with the object's path in etcd as associated data.
 */
public final class SeedCipher {
    /** The size of a seed, in bytes. */
    public static final int SEED_BYTES = 32;

    private static final int INFO_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private SeedCipher() {}

    /**
     * Encrypts.
     *
     * @param seed {@value #SEED_BYTES} bytes; not kept
     * @param data not kept
     * @param path associated data; not kept
     * @return a fresh array
     */
    public static byte[] encrypt(byte[] seed, byte[] data, byte[] path) {
        byte[] info = new byte[INFO_BYTES];
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(info);
        RANDOM.nextBytes(nonce);
        byte[] key = expand(seed, info);
        try {
            byte[] sealed = gcm(Cipher.ENCRYPT_MODE, key, nonce, path).doFinal(data);
            byte[] stored = Arrays.copyOf(info, INFO_BYTES + NONCE_BYTES + sealed.length);
            System.arraycopy(nonce, 0, stored, INFO_BYTES, NONCE_BYTES);
            System.arraycopy(sealed, 0, stored, INFO_BYTES + NONCE_BYTES, sealed.length);
            return stored;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    /**
     * Decrypts.
     *
     * @param seed as given to {@link #encrypt}; not kept
     * @param stored what {@link #encrypt} answered; not kept
     * @param path as given to {@link #encrypt}; not kept
     * @return a fresh array
     * @throws GeneralSecurityException if one of the three is another one
     */
    public static byte[] decrypt(byte[] seed, byte[] stored, byte[] path) throws GeneralSecurityException {
        if (stored.length < INFO_BYTES + NONCE_BYTES + TAG_BYTES) {
            throw new GeneralSecurityException("the encrypted data has " + stored.length + " bytes, too few");
        }
        byte[] key = expand(seed, Arrays.copyOf(stored, INFO_BYTES));
        try {
            byte[] nonce = Arrays.copyOfRange(stored, INFO_BYTES, INFO_BYTES + NONCE_BYTES);
            int start = INFO_BYTES + NONCE_BYTES;
            return gcm(Cipher.DECRYPT_MODE, key, nonce, path).doFinal(stored, start, stored.length - start);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    private static Cipher gcm(int mode, byte[] key, byte[] nonce, byte[] path) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(path);
        return cipher;
    }

    /** HKDF-Expand of RFC 5869 for one block of output: 32 bytes. */
    static byte[] expand(byte[] seed, byte[] info) {
        try {
            Mac hmac = Mac.getInstance("HmacSHA256");
            hmac.init(new SecretKeySpec(seed, "HmacSHA256"));
            hmac.update(info);
            return hmac.doFinal(new byte[] {1});
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
    }
}
