package io.trousseau.testkit.gcp;

import com.google.cloud.kms.v1.CryptoKeyVersion.CryptoKeyVersionState;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** AES-256 key material with its state. Not safe for use by several threads. */
final class FakeKeyVersion {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int NONCE_BYTES = 12;

    final int number;
    final Instant createdAt;
    private final byte[] material = new byte[32];
    private CryptoKeyVersionState state = CryptoKeyVersionState.ENABLED;
    private Optional<Instant> destroyAt = Optional.empty();

    FakeKeyVersion(int number, Instant createdAt) {
        this.number = number;
        this.createdAt = createdAt;
        RANDOM.nextBytes(material);
    }

    CryptoKeyVersionState state(Instant now) {
        if (state == CryptoKeyVersionState.DESTROY_SCHEDULED
                && destroyAt.filter(moment -> !now.isBefore(moment)).isPresent()) {
            state = CryptoKeyVersionState.DESTROYED;
            Arrays.fill(material, (byte) 0);
        }
        return state;
    }

    /** When the material will be, or was, destroyed. */
    Optional<Instant> destroyAt() {
        return destroyAt;
    }

    void set(CryptoKeyVersionState newState, Optional<Instant> newDestroyAt) {
        state = newState;
        destroyAt = newDestroyAt;
    }

    /** Nonce and ciphertext. */
    byte[] seal(byte[] plaintext, byte[] aad) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, nonce, aad);
            byte[] sealed = cipher.doFinal(plaintext);
            byte[] all = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
            System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
            return all;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The plaintext, or nothing if it was not this version that sealed it, with this context. */
    Optional<byte[]> open(byte[] sealed, byte[] aad) {
        if (sealed.length < NONCE_BYTES) {
            return Optional.empty();
        }
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, NONCE_BYTES), aad);
            return Optional.of(cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private Cipher cipher(int mode, byte[] nonce, byte[] aad) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(material, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(aad);
        return cipher;
    }
}
