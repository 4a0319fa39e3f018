package io.trousseau.provider.aws;

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
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.model.DecryptRequest;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.DescribeKeyResponse;
import software.amazon.awssdk.services.kms.model.EncryptRequest;
import software.amazon.awssdk.services.kms.model.EncryptResponse;
import software.amazon.awssdk.services.kms.model.EncryptionAlgorithmSpec;
import software.amazon.awssdk.services.kms.model.KeyMetadata;

/**
 * One KMS key.
 *
 * <h2>Names come from answers</h2>
 * The identity is the key ARN that KMS answered, the version the id of the key material that KMS says it used: a rotation
 * and an alias that points elsewhere are seen. Encrypt does not name the material; reading back does.
 *
 * <h2>Never another key</h2>
 * Decrypt is always asked under the ARN of the recorded identity, and the answer's must be the same.
 */
final class AwsKek implements KekHandle {
    /**
     * The version of a key whose material has no name: one in a custom key store, which is never rotated. An ARN is never
     * used for another key, so this is no less unique.
     */
    static final String ONLY_VERSION = "only";

    private static final int MAX_PLAINTEXT_BYTES = 4096;
    private static final int MAX_CIPHERTEXT_BYTES = 6144;

    // 152 bytes over the plaintext today; an external key store adds its own layer.
    private static final int MAX_WRAPPED_BYTES = 512;
    private static final KekTraits TRAITS = new KekTraits(
            Set.of(Capability.BINDS_CONTEXT, Capability.AUTHENTICATED, Capability.NAMES_VERSION_ON_UNWRAP),
            MAX_PLAINTEXT_BYTES,
            MAX_WRAPPED_BYTES);

    private final KeyName key;
    private final KmsCaller caller;
    private final InstantSource clock;
    private volatile @Nullable String account;
    private volatile boolean closed;

    /** Takes the caller over. */
    AwsKek(KeyName key, KmsCaller caller, InstantSource clock) {
        this.clock = clock;
        this.key = key;
        this.caller = caller;
        this.account = key.account().orElse(null);
    }

    @Override
    public KekTraits traits() {
        return TRAITS;
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        Objects.requireNonNull(context, "context");
        if (plaintext.length == 0 || plaintext.length > MAX_PLAINTEXT_BYTES) {
            throw failed(
                    Code.INVALID_ARGUMENT,
                    Operation.ENCRYPT,
                    "takes 1 to " + MAX_PLAINTEXT_BYTES + " bytes, not " + plaintext.length);
        }
        begin(Operation.ENCRYPT, deadline);
        byte[] copy = plaintext.clone();
        SdkBytes given = SdkBytes.fromByteArrayUnsafe(copy);
        try {
            return caller.call(Operation.ENCRYPT, key.text(), deadline, (region, request) -> {
                EncryptResponse answer = region.client()
                        .encrypt(EncryptRequest.builder()
                                .keyId(key.in(region.name()))
                                .plaintext(given)
                                .encryptionContext(contextOf(context))
                                .encryptionAlgorithm(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)
                                .overrideConfiguration(request)
                                .build());
                identity(Operation.ENCRYPT, region, answer.keyId());
                if (answer.ciphertextBlob() == null || answer.ciphertextBlob().asByteArrayUnsafe().length == 0) {
                    throw badAnswer(Operation.ENCRYPT, region, "without a ciphertext");
                }
                return new WrapResult(answer.ciphertextBlob().asByteArrayUnsafe(), Optional.empty());
            });
        } finally {
            // A request that was left behind may still read it; nobody takes that one's answer.
            Arrays.fill(copy, (byte) 0);
        }
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        String recorded = wrapped.version().identity();
        byte[] ciphertext = wrapped.ciphertext();
        Objects.requireNonNull(context, "context");
        begin(Operation.DECRYPT, deadline);
        KekIdentity identity = KekIdentity.parse(recorded)
                .filter(named -> mayUnwrapFor(named, deadline))
                .orElseThrow(() -> failed(
                        Code.KEY_NOT_FOUND,
                        Operation.DECRYPT,
                        "the ciphertext is recorded under " + recorded
                                + ", which is no key of this account in these regions"));
        if (ciphertext.length == 0 || ciphertext.length > MAX_CIPHERTEXT_BYTES) {
            throw failed(
                    Code.INVALID_CIPHERTEXT,
                    Operation.DECRYPT,
                    "no ciphertext of KMS has " + ciphertext.length + " bytes");
        }
        SdkBytes copy = SdkBytes.fromByteArrayUnsafe(ciphertext);
        return caller.call(Operation.DECRYPT, recorded, regionsOf(identity), deadline, (region, request) -> {
            DecryptResponse answer = region.client()
                    .decrypt(DecryptRequest.builder()
                            .keyId(identity.arnIn(region.name()))
                            .ciphertextBlob(copy)
                            .encryptionContext(contextOf(context))
                            .encryptionAlgorithm(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)
                            .overrideConfiguration(request)
                            .build());
            if (answer.plaintext() == null) {
                throw badAnswer(Operation.DECRYPT, region, "without a plaintext");
            }
            byte[] plaintext = answer.plaintext().asByteArrayUnsafe();
            try {
                if (plaintext.length == 0 || plaintext.length > MAX_PLAINTEXT_BYTES) {
                    throw badAnswer(Operation.DECRYPT, region, "with a plaintext of " + plaintext.length + " bytes");
                }
                if (answer.keyId() == null
                        || KekIdentity.ofArn(answer.keyId())
                                .filter(identity::equals)
                                .isEmpty()) {
                    throw badAnswer(Operation.DECRYPT, region, "names another key than " + recorded);
                }
                KekVersion version = version(Operation.DECRYPT, region, identity, answer.keyMaterialId());
                return new UnwrapResult(plaintext, Optional.of(version));
            } finally {
                Arrays.fill(plaintext, (byte) 0);
            }
        });
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        begin(Operation.DESCRIBE, deadline);
        return caller.call(Operation.DESCRIBE, key.text(), deadline, (region, request) -> {
            DescribeKeyResponse answer = region.client()
                    .describeKey(asked -> asked.keyId(key.in(region.name())).overrideConfiguration(request));
            KeyMetadata metadata = answer.keyMetadata();
            if (metadata == null) {
                throw badAnswer(Operation.DESCRIBE, region, "without a description");
            }
            KekIdentity identity = identity(Operation.DESCRIBE, region, metadata.arn());
            KeyState state = KeyState.of(metadata)
                    .orElseThrow(() -> failed(
                            Code.UNAVAILABLE,
                            Operation.DESCRIBE,
                            "the key is in the state " + KeyState.nameIn(metadata)
                                    + ": wait, or look at its custom key store"));
            if (metadata.keyUsage() == null || metadata.keySpec() == null) {
                throw badAnswer(Operation.DESCRIBE, region, "without the key's usage and spec");
            }
            KeyState.requireThatItEncrypts(metadata).ifPresent(fault -> {
                throw failed(Code.KEY_DISABLED, Operation.DESCRIBE, fault);
            });
            if (state.state() != KekDescription.State.ENABLED && !caller.isFirst(region)) {
                // As a failure, which counts only if the first region agrees.
                throw Refusals.of(
                        state.state() == KekDescription.State.DISABLED ? Code.KEY_DISABLED : Code.KEY_DESTROYED,
                        Operation.DESCRIBE,
                        key.text(),
                        region.name(),
                        "the key is in the state " + KeyState.nameIn(metadata));
            }
            return new KekDescription(
                    version(Operation.DESCRIBE, region, identity, metadata.currentKeyMaterialId()),
                    state.state(),
                    "AES-256-GCM (SYMMETRIC_DEFAULT)",
                    state.ends());
        });
    }

    @Override
    public List<Finding> examine(Deadline deadline) {
        return new Examination(key, caller, clock).of(deadline);
    }

    /** The entries in their order, which KMS does not mind and a trail is easier to read in. */
    private static Map<String, String> contextOf(WrapContext context) {
        return context.entries();
    }

    private KekIdentity identity(Operation operation, KmsRegion region, @Nullable String arn) {
        KekIdentity identity = Optional.ofNullable(arn)
                .flatMap(KekIdentity::ofArn)
                .orElseThrow(() -> badAnswer(operation, region, "without the key's ARN"));
        if (!key.fits(identity)) {
            throw badAnswer(operation, region, "names another key, " + identity);
        }
        if (!identity.multiRegion() && caller.regions().size() > 1) {
            throw failed(
                    Code.KEY_NOT_FOUND,
                    operation,
                    "the key " + identity + " is in one region only, and the setting regions names several: name a"
                            + " multi-Region key, or one region");
        }
        account = identity.account();
        return identity;
    }

    private KekVersion version(
            Operation operation, KmsRegion region, KekIdentity identity, @Nullable String materialId) {
        try {
            return new KekVersion(identity.toString(), materialId == null ? ONLY_VERSION : materialId);
        } catch (IllegalArgumentException e) {
            throw badAnswer(operation, region, "its key material id is malformed");
        }
    }

    /**
     * Whether a recorded key is one that this handle may be asked for: it, or a former one, in the same account. Which
     * former ones is the engine's to say; another account's never, whoever lets us use it.
     */
    private boolean mayUnwrapFor(KekIdentity recorded, Deadline deadline) {
        if (regionsOf(recorded).isEmpty()) {
            return false;
        }
        String own = account;
        if (own == null) {
            own = KekIdentity.parse(describe(deadline).current().identity())
                    .orElseThrow()
                    .account();
        }
        return own.equals(recorded.account()) && caller.partition().equals(recorded.partition());
    }

    private List<KmsRegion> regionsOf(KekIdentity identity) {
        return caller.regions().stream()
                .filter(region -> identity.multiRegion() || identity.region().equals(region.name()))
                .toList();
    }

    private void begin(Operation operation, Deadline deadline) {
        if (closed) {
            throw failed(Code.CLOSED, operation, "the handle is closed");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw failed(Code.INTERRUPTED, operation, "interrupted");
        }
        if (deadline.hasPassed()) {
            throw failed(Code.TIMEOUT, operation, "the deadline passed before it began");
        }
    }

    private KmsException failed(Code code, Operation operation, String what) {
        return Refusals.of(code, operation, key.text(), "", what);
    }

    private KmsException badAnswer(Operation operation, KmsRegion region, String what) {
        return Refusals.badAnswer(operation, key.text(), region.name(), what);
    }

    @Override
    public void close() {
        closed = true;
        caller.close();
    }

    /** The key and the regions. */
    @Override
    public String toString() {
        return "AwsKek[" + key + " in "
                + caller.regions().stream().map(KmsRegion::name).toList() + "]";
    }
}
