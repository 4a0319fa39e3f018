package io.trousseau.provider.azure;

import com.azure.core.util.Context;
import com.azure.security.keyvault.keys.cryptography.CryptographyClient;
import com.azure.security.keyvault.keys.cryptography.models.DecryptParameters;
import com.azure.security.keyvault.keys.cryptography.models.DecryptResult;
import com.azure.security.keyvault.keys.cryptography.models.EncryptParameters;
import com.azure.security.keyvault.keys.cryptography.models.EncryptResult;
import com.azure.security.keyvault.keys.cryptography.models.KeyWrapAlgorithm;
import com.azure.security.keyvault.keys.models.KeyOperation;
import com.azure.security.keyvault.keys.models.KeyType;
import io.trousseau.api.Capability;
import io.trousseau.api.KekTraits;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How a key wraps: which operations of the service that is, what they give, and what the ciphertext looks like. */
@SuppressWarnings("ImmutableEnumChecker") // what the fields hold is immutable and not annotated so
enum KeyAlgorithm {
    /** RSAES-OAEP with SHA-256 and MGF1 with SHA-256. Whoever has the public key can wrap; the context is not bound. */
    RSA_OAEP_256("RSA-OAEP-256", Set.of(), 512, KeyOperation.WRAP_KEY, KeyOperation.UNWRAP_KEY) {
        @Override
        boolean fits(KeyType type) {
            return type.equals(KeyType.RSA) || type.equals(KeyType.RSA_HSM);
        }

        @Override
        Answer wrap(CryptographyClient key, byte[] plaintext, byte[] context, Context call) {
            return Answer.of(key.wrapKey(KeyWrapAlgorithm.RSA_OAEP_256, plaintext, call));
        }

        @Override
        Answer unwrap(CryptographyClient key, byte[] ciphertext, byte[] context, Context call) throws RefusedException {
            if (ciphertext.length < SMALLEST_RSA_BYTES || ciphertext.length > LARGEST_RSA_BYTES) {
                throw new RefusedException();
            }
            return Answer.of(key.unwrapKey(KeyWrapAlgorithm.RSA_OAEP_256, ciphertext, call));
        }
    },

    /**
     * AES key wrap (RFC 3394) with a 256-bit key. It takes multiples of 8 bytes and gives equal results for equal inputs, so
     * what it wraps is a {@link KeyWrapFrame}. Its integrity check is 64 bits; the context is not bound.
     */
    A256KW(
            "A256KW",
            Set.of(Capability.AUTHENTICATED),
            KeyWrapFrame.wrappedBytes(64),
            KeyOperation.WRAP_KEY,
            KeyOperation.UNWRAP_KEY) {
        @Override
        boolean fits(KeyType type) {
            return type.equals(KeyType.OCT_HSM);
        }

        @Override
        Answer wrap(CryptographyClient key, byte[] plaintext, byte[] context, Context call) {
            byte[] frame = KeyWrapFrame.around(plaintext);
            try {
                return Answer.of(key.wrapKey(KeyWrapAlgorithm.A256KW, frame, call));
            } finally {
                Arrays.fill(frame, (byte) 0);
            }
        }

        @Override
        Answer unwrap(CryptographyClient key, byte[] ciphertext, byte[] context, Context call) throws RefusedException {
            if (!KeyWrapFrame.canBeWrapped(ciphertext.length)) {
                throw new RefusedException();
            }
            Answer framed = Answer.of(key.unwrapKey(KeyWrapAlgorithm.A256KW, ciphertext, call));
            byte @Nullable [] frame = framed.bytes();
            if (frame == null) {
                return framed;
            }
            try {
                byte @Nullable [] plaintext = KeyWrapFrame.within(frame);
                if (plaintext == null) {
                    throw new RefusedException();
                }
                return new Answer(framed.kid(), plaintext);
            } finally {
                Arrays.fill(frame, (byte) 0);
            }
        }
    },

    /** AES-GCM with a 256-bit key and an IV that the HSM chooses; the context is associated data. Stored: IV, value, tag. */
    A256GCM(
            "A256GCM",
            Set.of(Capability.AUTHENTICATED, Capability.BINDS_CONTEXT),
            64 + 12 + 16,
            KeyOperation.ENCRYPT,
            KeyOperation.DECRYPT) {
        @Override
        boolean fits(KeyType type) {
            return type.equals(KeyType.OCT_HSM);
        }

        @Override
        Answer wrap(CryptographyClient key, byte[] plaintext, byte[] context, Context call) {
            EncryptResult result = key.encrypt(EncryptParameters.createA256GcmParameters(plaintext, context), call);
            byte @Nullable [] iv = result.getIv();
            byte @Nullable [] value = result.getCipherText();
            byte @Nullable [] tag = result.getAuthenticationTag();
            if (iv == null
                    || iv.length != GCM_IV_BYTES
                    || tag == null
                    || tag.length != GCM_TAG_BYTES
                    || value == null
                    || value.length != plaintext.length) {
                return new Answer(result.getKeyId(), null);
            }
            byte[] stored = Arrays.copyOf(iv, iv.length + value.length + tag.length);
            System.arraycopy(value, 0, stored, iv.length, value.length);
            System.arraycopy(tag, 0, stored, iv.length + value.length, tag.length);
            return new Answer(result.getKeyId(), stored);
        }

        @Override
        Answer unwrap(CryptographyClient key, byte[] ciphertext, byte[] context, Context call) throws RefusedException {
            int valueBytes = ciphertext.length - GCM_IV_BYTES - GCM_TAG_BYTES;
            if (valueBytes < 1 || valueBytes > MAX_PLAINTEXT_BYTES) {
                throw new RefusedException();
            }
            int tagAt = GCM_IV_BYTES + valueBytes;
            DecryptResult result = key.decrypt(
                    DecryptParameters.createA256GcmParameters(
                            Arrays.copyOfRange(ciphertext, GCM_IV_BYTES, tagAt),
                            Arrays.copyOf(ciphertext, GCM_IV_BYTES),
                            Arrays.copyOfRange(ciphertext, tagAt, ciphertext.length),
                            context),
                    call);
            return new Answer(result.getKeyId(), result.getPlainText());
        }
    };

    /** What RSA-OAEP-256 takes under the smallest key that Azure makes, 2048 bits: 256 - 2 * 32 - 2. */
    static final int MAX_PLAINTEXT_BYTES = 190;

    private static final int SMALLEST_RSA_BYTES = 256;
    private static final int LARGEST_RSA_BYTES = 512;
    private static final int GCM_IV_BYTES = 12;
    private static final int GCM_TAG_BYTES = 16;

    private final String label;
    private final KekTraits traits;
    private final KeyOperation wrapOperation;
    private final KeyOperation unwrapOperation;

    KeyAlgorithm(
            String label,
            Set<Capability> capabilities,
            int maxWrappedBytes,
            KeyOperation wrapOperation,
            KeyOperation unwrapOperation) {
        this.label = label;
        Set<Capability> all = new LinkedHashSet<>(capabilities);
        // Every answer names the version, and is refused if it is not the one that was asked.
        all.add(Capability.NAMES_VERSION_ON_WRAP);
        all.add(Capability.NAMES_VERSION_ON_UNWRAP);
        this.traits = new KekTraits(all, 190, maxWrappedBytes);
        this.wrapOperation = wrapOperation;
        this.unwrapOperation = unwrapOperation;
    }

    /** A ciphertext that cannot be one, told without asking. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /**
     * What the service answered.
     *
     * @param kid the URL of the key version that it says it used
     * @param bytes the result; the receiver's own
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares answers
    record Answer(@Nullable String kid, byte @Nullable [] bytes) {
        static Answer of(com.azure.security.keyvault.keys.cryptography.models.WrapResult result) {
            return new Answer(result.getKeyId(), result.getEncryptedKey());
        }

        static Answer of(com.azure.security.keyvault.keys.cryptography.models.UnwrapResult result) {
            return new Answer(result.getKeyId(), result.getKey());
        }

        /** The version's URL; never the bytes. */
        @Override
        public String toString() {
            return "Answer[" + kid + "]";
        }
    }

    static KeyAlgorithm labelled(String label) {
        return Arrays.stream(values())
                .filter(algorithm -> algorithm.label.equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such algorithm: " + label));
    }

    static Set<String> labels() {
        return Arrays.stream(values()).map(KeyAlgorithm::label).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Azure's name of it. */
    String label() {
        return label;
    }

    KekTraits traits() {
        return traits;
    }

    /** What a key must permit to wrap. */
    KeyOperation wrapOperation() {
        return wrapOperation;
    }

    /** What a key must permit to unwrap. */
    KeyOperation unwrapOperation() {
        return unwrapOperation;
    }

    /** Whether keys of this type have it. */
    abstract boolean fits(KeyType type);

    abstract Answer wrap(CryptographyClient key, byte[] plaintext, byte[] context, Context call);

    abstract Answer unwrap(CryptographyClient key, byte[] ciphertext, byte[] context, Context call)
            throws RefusedException;
}
