package io.trousseau.provider.gcp;

import com.google.cloud.kms.v1.CryptoKey;
import com.google.cloud.kms.v1.CryptoKey.CryptoKeyPurpose;
import com.google.cloud.kms.v1.CryptoKeyVersion;
import com.google.cloud.kms.v1.DecryptRequest;
import com.google.cloud.kms.v1.DecryptResponse;
import com.google.cloud.kms.v1.EncryptRequest;
import com.google.cloud.kms.v1.EncryptResponse;
import com.google.cloud.kms.v1.GetCryptoKeyRequest;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A KEK that is a CryptoKey.
 *
 * <p>Both ways carry checksums, and a call whose checksums do not fit is made once more, as Google's guidelines ask.
 */
final class GcpKek implements KekHandle {
    /** Half of what a key on an HSM takes, which counts the context in. */
    private static final int MAX_PLAINTEXT_BYTES = 4096;

    /** Google's own are 145 bytes for 64; those of external key managers may be longer, and theirs nobody limits. */
    private static final int MAX_WRAPPED_BYTES = 512;

    private static final KekTraits TRAITS = new KekTraits(
            Set.of(Capability.BINDS_CONTEXT, Capability.AUTHENTICATED, Capability.NAMES_VERSION_ON_WRAP),
            MAX_PLAINTEXT_BYTES,
            MAX_WRAPPED_BYTES);

    private final CryptoKeyName key;
    private final Endpoint endpoint;
    private final Service service;
    private final Threads threads;

    /** Takes {@code service} and {@code threads} over. */
    GcpKek(CryptoKeyName key, Endpoint endpoint, Service service, Threads threads) {
        this.key = key;
        this.endpoint = endpoint;
        this.service = service;
        this.threads = threads;
    }

    @Override
    public KekTraits traits() {
        return TRAITS;
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        Operation operation = new Operation("wrap", key.text());
        if (plaintext.length == 0 || plaintext.length > MAX_PLAINTEXT_BYTES) {
            throw operation.failure(
                    Code.INVALID_ARGUMENT, "takes 1 to " + MAX_PLAINTEXT_BYTES + " bytes, not " + plaintext.length);
        }
        ByteString aad = UnsafeByteOperations.unsafeWrap(context.toBytes());
        byte[] copy = plaintext.clone();
        try {
            ByteString payload = UnsafeByteOperations.unsafeWrap(copy);
            EncryptRequest request = EncryptRequest.newBuilder()
                    .setName(key.text())
                    .setPlaintext(payload)
                    .setPlaintextCrc32C(Checksum.of(payload))
                    .setAdditionalAuthenticatedData(aad)
                    .setAdditionalAuthenticatedDataCrc32C(Checksum.of(aad))
                    .build();
            return twiceIfDamaged(deadline, remaining -> wrapped(operation, service.encrypt(request, remaining)));
        } finally {
            Arrays.fill(copy, (byte) 0);
        }
    }

    private WrapResult wrapped(Operation operation, EncryptResponse answer) {
        ByteString ciphertext = answer.getCiphertext();
        if (ciphertext.isEmpty()) {
            throw operation.failure(Code.BAD_ANSWER, "the answer has no ciphertext");
        }
        if (!answer.getVerifiedPlaintextCrc32C() || !answer.getVerifiedAdditionalAuthenticatedDataCrc32C()) {
            throw operation.failure(
                    Code.BAD_ANSWER,
                    "Cloud KMS did not verify the checksums that were sent, so it may have sealed" + " something else");
        }
        if (!Checksum.confirms(ciphertext, answer.hasCiphertextCrc32C(), answer.getCiphertextCrc32C())) {
            throw operation.failure(Code.BAD_ANSWER, "the answer's checksum is missing or does not fit");
        }
        KekVersion version = key.version(answer.getName())
                .orElseThrow(() -> operation.failure(
                        Code.BAD_ANSWER,
                        "the answer names a version of another key; write the key in the"
                                + " configuration as Cloud KMS names it, with the project's id"));
        return new WrapResult(ciphertext.toByteArray(), Optional.of(version));
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        Operation operation = new Operation("unwrap", key.text());
        ByteString aad = UnsafeByteOperations.unsafeWrap(context.toBytes());
        String identity = wrapped.version().identity();
        if (!identity.equals(key.text())) {
            service.requireUsable(operation, deadline);
            throw operation.failure(
                    Code.KEY_NOT_FOUND, "what is to be unwrapped is recorded under another key, " + identity);
        }
        ByteString ciphertext = UnsafeByteOperations.unsafeWrap(wrapped.ciphertext());
        if (ciphertext.isEmpty()) {
            service.requireUsable(operation, deadline);
            throw operation.failure(Code.INVALID_CIPHERTEXT, "the ciphertext is empty");
        }
        DecryptRequest request = DecryptRequest.newBuilder()
                .setName(key.text())
                .setCiphertext(ciphertext)
                .setCiphertextCrc32C(Checksum.of(ciphertext))
                .setAdditionalAuthenticatedData(aad)
                .setAdditionalAuthenticatedDataCrc32C(Checksum.of(aad))
                .build();
        return twiceIfDamaged(deadline, remaining -> unwrapped(operation, service.decrypt(request, remaining)));
    }

    private static UnwrapResult unwrapped(Operation operation, DecryptResponse answer) {
        if (answer.getPlaintext().isEmpty()) {
            throw operation.failure(Code.BAD_ANSWER, "the answer has no plaintext");
        }
        if (!Checksum.confirms(answer.getPlaintext(), answer.hasPlaintextCrc32C(), answer.getPlaintextCrc32C())) {
            throw operation.failure(Code.BAD_ANSWER, "the answer's checksum is missing or does not fit");
        }
        byte[] plaintext = answer.getPlaintext().toByteArray();
        try {
            return new UnwrapResult(plaintext, Optional.empty());
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        Operation operation = new Operation("describe", key.text());
        CryptoKey answer = service.getCryptoKey(
                GetCryptoKeyRequest.newBuilder().setName(key.text()).build(), deadline);
        return description(operation, answer);
    }

    private KekDescription description(Operation operation, CryptoKey answer) {
        if (!answer.getName().equals(key.text())) {
            throw operation.failure(
                    Code.BAD_ANSWER,
                    "the answer is about another key; write the key in the configuration as Cloud KMS"
                            + " names it, with the project's id");
        }
        if (answer.getPurpose() != CryptoKeyPurpose.ENCRYPT_DECRYPT) {
            throw operation.failure(
                    Code.KEY_NOT_FOUND,
                    "the key's purpose is " + answer.getPurpose() + "; a KEK needs a key of purpose ENCRYPT_DECRYPT");
        }
        if (!answer.hasPrimary()) {
            throw operation.failure(
                    Code.KEY_NOT_FOUND, "the key has no primary version; make one and set it as primary");
        }
        CryptoKeyVersion primary = answer.getPrimary();
        KekVersion version = key.version(primary.getName())
                .orElseThrow(() -> operation.failure(Code.BAD_ANSWER, "the primary version is one of another key"));
        Optional<Instant> destruction = primary.hasDestroyTime()
                ? Optional.of(Instant.ofEpochSecond(
                        primary.getDestroyTime().getSeconds(),
                        primary.getDestroyTime().getNanos()))
                : Optional.empty();
        return new KekDescription(
                version,
                state(operation, primary),
                primary.getAlgorithm() + " (" + primary.getProtectionLevel() + ")",
                destruction);
    }

    private static KekDescription.State state(Operation operation, CryptoKeyVersion version) {
        return switch (version.getState()) {
            case ENABLED -> KekDescription.State.ENABLED;
            case DISABLED, IMPORT_FAILED, GENERATION_FAILED -> KekDescription.State.DISABLED;
            case DESTROY_SCHEDULED, PENDING_EXTERNAL_DESTRUCTION -> KekDescription.State.DESTRUCTION_SCHEDULED;
            case DESTROYED, EXTERNAL_DESTRUCTION_FAILED -> KekDescription.State.DESTROYED;
            case PENDING_GENERATION, PENDING_IMPORT ->
                throw operation.failure(Code.UNAVAILABLE, "the primary version is not ready: " + version.getState());
            case CRYPTO_KEY_VERSION_STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw operation.failure(
                        Code.BAD_ANSWER, "the primary version is in the unknown state " + version.getStateValue());
        };
    }

    private static <T> T twiceIfDamaged(Deadline deadline, Function<Deadline, T> attempt) {
        try {
            return attempt.apply(deadline);
        } catch (KmsException e) {
            if (e.code() != Code.BAD_ANSWER || deadline.hasPassed()) {
                throw e;
            }
            return attempt.apply(deadline);
        }
    }

    @Override
    public List<Finding> examine(Deadline deadline) {
        return new Examination(this, key, service, endpoint, deadline).findings();
    }

    @Override
    public void close() {
        service.close();
        threads.close();
    }

    /** The key and the endpoint. */
    @Override
    public String toString() {
        return "GcpKek[" + key + " at " + endpoint + "]";
    }
}
