package com.example.trousseau.keystore;

import io.trousseau.api.*;
import io.trousseau.api.KmsException.Code;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/** AES-GCM under one key. A ciphertext is a nonce, and the sealed plaintext with its tag. */
final class KeystoreKek implements KekHandle {
    private static final int NONCE = 12, TAG = 16;
    private static final KekTraits TRAITS = new KekTraits(Set.of(Capability.values()), 1024, NONCE + 64 + TAG);

    private final SecureRandom random = new SecureRandom();
    private final KekVersion version;
    private final SecretKey key;
    private volatile boolean closed;

    KeystoreKek(KekVersion version, SecretKey key) {
        this.version = version;
        this.key = key;
    }

    @Override
    public KekTraits traits() {
        return TRAITS;
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        if (plaintext.length == 0 || plaintext.length > TRAITS.maxPlaintextBytes()) {
            throw failure(Code.INVALID_ARGUMENT, "wrap", "takes 1 to " + TRAITS.maxPlaintextBytes() + " bytes", null);
        }
        begin("wrap", deadline);
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, nonce, plaintext, 0, context);
        byte[] ciphertext = ByteBuffer.allocate(NONCE + sealed.length).put(nonce).put(sealed).array();
        return new WrapResult(ciphertext, Optional.of(version));
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        begin("unwrap", deadline);
        byte[] ciphertext = wrapped.ciphertext();
        if (!wrapped.version().equals(version)) {
            throw failure(Code.KEY_NOT_FOUND, "unwrap", "is not " + wrapped.version(), null);
        } else if (ciphertext.length <= NONCE + TAG) {
            throw failure(Code.INVALID_CIPHERTEXT, "unwrap", "made nothing so short", null);
        }
        byte[] plaintext = crypt(Cipher.DECRYPT_MODE, Arrays.copyOf(ciphertext, NONCE), ciphertext, NONCE, context);
        try {
            return new UnwrapResult(plaintext, Optional.of(version));
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        begin("describe", deadline);
        return new KekDescription(version, KekDescription.State.ENABLED, "AES-GCM", Optional.empty());
    }

    @Override
    public List<Finding> examine(Deadline deadline) {
        return List.of(Finding.warning(
                "keystore.custody",
                "the KEK is in a keystore on this machine: whoever has that and its password has the KEK",
                "use a KMS in production"));
    }

    @Override
    public void close() {
        closed = true;
    }

    private void begin(String operation, Deadline deadline) {
        Code refusal = closed ? Code.CLOSED
                : Thread.currentThread().isInterrupted() ? Code.INTERRUPTED
                : deadline.hasPassed() ? Code.TIMEOUT : null;
        if (refusal != null) {
            throw failure(refusal, operation, "was not asked: " + refusal.label(), null);
        }
    }

    private byte[] crypt(int mode, byte[] nonce, byte[] in, int offset, WrapContext context) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG * Byte.SIZE, nonce));
            cipher.updateAAD(context.toBytes());
            return cipher.doFinal(in, offset, in.length - offset);
        } catch (AEADBadTagException e) {
            throw failure(Code.INVALID_CIPHERTEXT, "unwrap", "did not make this ciphertext for this context", e);
        } catch (GeneralSecurityException e) {
            throw failure(Code.INTERNAL, "AES-GCM", "failed", e);
        }
    }

    private KmsException failure(Code code, String operation, String problem, Exception cause) {
        return new KmsException(code, operation + ": the KEK " + version.identity() + " " + problem, cause);
    }
}
