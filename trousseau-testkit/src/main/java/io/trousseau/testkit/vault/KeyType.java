package io.trousseau.testkit.vault;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.RSAKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/** Transit's key types that encrypt, with the layout of their ciphertexts: nonce, sealed bytes, tag; or RSA-OAEP. */
enum KeyType {
    AES128_GCM96("aes128-gcm96", 16, 12),
    AES256_GCM96("aes256-gcm96", 32, 12),
    CHACHA20_POLY1305("chacha20-poly1305", 32, 12),
    XCHACHA20_POLY1305("xchacha20-poly1305", 32, XChaCha20.NONCE_BYTES),
    RSA_2048("rsa-2048", 256, 0),
    RSA_3072("rsa-3072", 384, 0),
    RSA_4096("rsa-4096", 512, 0);

    /** Types that Vault has and the fake does not. */
    private static final Set<String> NOT_MODELLED =
            Set.of("ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "hmac", "managed_key");

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int TAG_BYTES = 16;
    private static final OAEPParameterSpec OAEP =
            new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

    private final String text;
    private final int keyBytes;
    private final int nonceBytes;

    KeyType(String text, int keyBytes, int nonceBytes) {
        this.text = text;
        this.keyBytes = keyBytes;
        this.nonceBytes = nonceBytes;
    }

    static KeyType parse(String text) {
        for (KeyType type : values()) {
            if (type.text.equals(text)) {
                return type;
            }
        }
        if (NOT_MODELLED.contains(text)) {
            throw new Unmodelled("keys of type " + text);
        }
        throw Refusal.badRequest("unknown key type " + text);
    }

    String text() {
        return text;
    }

    /** Whether it is authenticated encryption, which can bind associated data and derive keys. */
    boolean isAead() {
        return nonceBytes > 0;
    }

    /** The material of a new version: raw bytes, or an RSA key pair. */
    Material generate() {
        if (isAead()) {
            byte[] key = new byte[keyBytes];
            RANDOM.nextBytes(key);
            return new Material(key, Optional.empty());
        }
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(keyBytes * 8);
            return new Material(new byte[0], Optional.of(generator.generateKeyPair()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Key material: one of the two is there. */
    static final class Material {
        private final byte[] raw;
        private final Optional<KeyPair> pair;

        Material(byte[] raw, Optional<KeyPair> pair) {
            this.raw = raw;
            this.pair = pair;
        }

        Optional<KeyPair> pair() {
            return pair;
        }

        /** The material that a derived key has for one context: HKDF-SHA-256 (RFC 5869) without salt. */
        Material derive(byte[] context) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(new byte[32], "HmacSHA256"));
                byte[] extracted = mac.doFinal(raw);
                mac.init(new SecretKeySpec(extracted, "HmacSHA256"));
                mac.update(context);
                mac.update((byte) 1);
                return new Material(Arrays.copyOf(mac.doFinal(), raw.length), pair);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Says nothing of the key. */
        @Override
        public String toString() {
            return "Material[…]";
        }
    }

    byte[] encrypt(Material material, byte[] plaintext, byte[] associatedData) {
        try {
            if (!isAead()) {
                Key publicKey = material.pair.orElseThrow().getPublic();
                int longest = keyBytes - 2 * 32 - 2;
                if (plaintext.length > longest) {
                    throw Refusal.internal(
                            "failed to RSA encrypt the plaintext: crypto/rsa: message too long for RSA key size");
                }
                Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
                cipher.init(Cipher.ENCRYPT_MODE, publicKey, OAEP);
                return cipher.doFinal(plaintext);
            }
            byte[] nonce = new byte[nonceBytes];
            RANDOM.nextBytes(nonce);
            Cipher cipher = aead(Cipher.ENCRYPT_MODE, material, nonce, associatedData);
            byte[] sealed = Arrays.copyOf(nonce, nonceBytes + cipher.getOutputSize(plaintext.length));
            cipher.doFinal(plaintext, 0, plaintext.length, sealed, nonceBytes);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    byte[] decrypt(Material material, byte[] ciphertext, byte[] associatedData) {
        if (!isAead()) {
            return decryptRsa(material.pair.orElseThrow(), ciphertext);
        }
        if (ciphertext.length < nonceBytes + TAG_BYTES) {
            throw Refusal.badRequest(ciphertext.length < nonceBytes ? "invalid ciphertext length" : tampered());
        }
        byte[] nonce = Arrays.copyOf(ciphertext, nonceBytes);
        try {
            return aead(Cipher.DECRYPT_MODE, material, nonce, associatedData)
                    .doFinal(ciphertext, nonceBytes, ciphertext.length - nonceBytes);
        } catch (GeneralSecurityException e) {
            throw Refusal.badRequest(tampered());
        }
    }

    private String tampered() {
        String library = this == CHACHA20_POLY1305 || this == XCHACHA20_POLY1305 ? "chacha20poly1305" : "cipher";
        return library + ": message authentication failed";
    }

    private static byte[] decryptRsa(KeyPair pair, byte[] ciphertext) {
        try {
            BigInteger modulus = ((RSAKey) pair.getPrivate()).getModulus();
            if (ciphertext.length * 8 != modulus.bitLength()) {
                throw new GeneralSecurityException("wrong length");
            }
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(Cipher.DECRYPT_MODE, pair.getPrivate(), OAEP);
            return cipher.doFinal(ciphertext);
        } catch (GeneralSecurityException e) {
            throw Refusal.internal("failed to RSA decrypt the ciphertext: crypto/rsa: decryption error");
        }
    }

    private Cipher aead(int mode, Material material, byte[] nonce, byte[] associatedData)
            throws GeneralSecurityException {
        Cipher cipher;
        switch (this) {
            case AES128_GCM96, AES256_GCM96 -> {
                cipher = Cipher.getInstance("AES/GCM/NoPadding");
                cipher.init(mode, new SecretKeySpec(material.raw, "AES"), new GCMParameterSpec(TAG_BYTES * 8, nonce));
            }
            case CHACHA20_POLY1305 -> cipher = chacha(mode, material.raw, nonce);
            case XCHACHA20_POLY1305 ->
                cipher = chacha(mode, XChaCha20.subkey(material.raw, nonce), XChaCha20.shortNonce(nonce));
            default -> throw new IllegalStateException(text + " is no AEAD");
        }
        cipher.updateAAD(associatedData);
        return cipher;
    }

    private static Cipher chacha(int mode, byte[] key, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
        return cipher;
    }
}
