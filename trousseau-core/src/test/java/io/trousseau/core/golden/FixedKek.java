package io.trousseau.core.golden;

import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A KEK of one version and a known key, which must go on reading the golden files for ever: AES-256-GCM, a random nonce of
 * 12 bytes in front, the encoded context as associated data.
 */
record FixedKek(KekVersion version, byte[] key) implements KekHandle {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int NONCE_BYTES = 12;

    @Override
    public KekTraits traits() {
        return new KekTraits(
                Set.of(
                        Capability.BINDS_CONTEXT,
                        Capability.AUTHENTICATED,
                        Capability.NAMES_VERSION_ON_WRAP,
                        Capability.NAMES_VERSION_ON_UNWRAP),
                64,
                92);
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(plaintext);
            return new WrapResult(
                    ByteBuffer.allocate(nonce.length + sealed.length)
                            .put(nonce)
                            .put(sealed)
                            .array(),
                    Optional.of(version));
        } catch (GeneralSecurityException e) {
            throw new KmsException(KmsException.Code.INTERNAL, "wrap: AES-GCM failed", e);
        }
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        byte[] ciphertext = wrapped.ciphertext();
        if (!wrapped.version().equals(version) || ciphertext.length < NONCE_BYTES) {
            throw new KmsException(KmsException.Code.KEY_NOT_FOUND, "unwrap: not a ciphertext of " + version);
        }
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(ciphertext, NONCE_BYTES), context);
            return new UnwrapResult(
                    cipher.doFinal(ciphertext, NONCE_BYTES, ciphertext.length - NONCE_BYTES), Optional.of(version));
        } catch (AEADBadTagException e) {
            throw new KmsException(KmsException.Code.INVALID_CIPHERTEXT, "unwrap: changed", e);
        } catch (GeneralSecurityException e) {
            throw new KmsException(KmsException.Code.INTERNAL, "unwrap: AES-GCM failed", e);
        }
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        return new KekDescription(version, KekDescription.State.ENABLED, "AES-256-GCM", Optional.empty());
    }

    @Override
    public void close() {}

    private Cipher cipher(int mode, byte[] nonce, WrapContext context) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(context.toBytes());
        return cipher;
    }
}
