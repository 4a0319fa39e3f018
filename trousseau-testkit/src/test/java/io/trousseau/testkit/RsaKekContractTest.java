package io.trousseau.testkit;

import static io.trousseau.api.Capability.NAMES_VERSION_ON_UNWRAP;
import static io.trousseau.api.Capability.NAMES_VERSION_ON_WRAP;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.kek.FaultyKek;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Cipher;

/** RSA-OAEP, the kind of KEK under which anyone can wrap: correct, and not authenticated. */
class RsaKekContractTest extends KekHandleContract {
    private static final KeyPair KEY = pair();
    private static final KeyPair OTHER_KEY = pair();

    private final List<FaultyKek> handles = new ArrayList<>();

    @Override
    protected KekHandle openKek(ProviderContext context) {
        FaultyKek handle = new FaultyKek(new RsaKek("rsa-a", KEY));
        handles.add(handle);
        return handle;
    }

    @Override
    protected Stall stallKms() {
        return StalledFaultyKeks.of(handles);
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) {
        return new RsaKek("rsa-b", OTHER_KEY);
    }

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class RsaKek implements KekHandle {
        private static final int MAX_BYTES = 2048 / 8 - 42;

        private final KekVersion version;
        private final KeyPair key;
        private volatile boolean closed;

        RsaKek(String identity, KeyPair key) {
            this.version = new KekVersion(identity, "1");
            this.key = key;
        }

        @Override
        public KekTraits traits() {
            return new KekTraits(Set.of(NAMES_VERSION_ON_WRAP, NAMES_VERSION_ON_UNWRAP), MAX_BYTES, 2048 / 8);
        }

        @Override
        public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
            Objects.requireNonNull(context);
            if (plaintext.length == 0 || plaintext.length > MAX_BYTES) {
                throw new KmsException(Code.INVALID_ARGUMENT, "wrap: " + plaintext.length + " bytes");
            }
            admit(deadline);
            try {
                return new WrapResult(cipher(Cipher.ENCRYPT_MODE).doFinal(plaintext), Optional.of(version));
            } catch (GeneralSecurityException e) {
                throw new KmsException(Code.INTERNAL, "wrap: RSA failed", e);
            }
        }

        @Override
        public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
            Objects.requireNonNull(context);
            boolean unknown = !wrapped.version().equals(version);
            admit(deadline);
            if (unknown) {
                throw new KmsException(Code.KEY_NOT_FOUND, "unwrap: there is no " + wrapped.version());
            }
            try {
                byte[] plaintext = cipher(Cipher.DECRYPT_MODE).doFinal(wrapped.ciphertext());
                return new UnwrapResult(plaintext, Optional.of(version));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new KmsException(Code.INVALID_CIPHERTEXT, "unwrap: the ciphertext was refused");
            }
        }

        @Override
        public KekDescription describe(Deadline deadline) {
            admit(deadline);
            return new KekDescription(version, KekDescription.State.ENABLED, "RSA-OAEP-2048", Optional.empty());
        }

        @Override
        public void close() {
            closed = true;
        }

        private Cipher cipher(int mode) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(mode, mode == Cipher.ENCRYPT_MODE ? key.getPublic() : key.getPrivate());
            return cipher;
        }

        private void admit(Deadline deadline) {
            if (closed) {
                throw new KmsException(Code.CLOSED, "the handle is closed");
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new KmsException(Code.INTERRUPTED, "interrupted");
            }
            if (deadline.hasPassed()) {
                throw new KmsException(Code.TIMEOUT, "the deadline has passed");
            }
        }
    }
}
