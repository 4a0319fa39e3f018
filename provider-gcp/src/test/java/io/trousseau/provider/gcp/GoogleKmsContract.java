package io.trousseau.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.cloud.kms.v1.CreateCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.CryptoKey;
import com.google.cloud.kms.v1.CryptoKey.CryptoKeyPurpose;
import com.google.cloud.kms.v1.CryptoKeyVersion;
import com.google.cloud.kms.v1.CryptoKeyVersion.CryptoKeyVersionState;
import com.google.cloud.kms.v1.DecryptRequest;
import com.google.cloud.kms.v1.DecryptResponse;
import com.google.cloud.kms.v1.DestroyCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.EncryptRequest;
import com.google.cloud.kms.v1.EncryptResponse;
import com.google.cloud.kms.v1.GetCryptoKeyRequest;
import com.google.cloud.kms.v1.KeyManagementServiceGrpc.KeyManagementServiceBlockingStub;
import com.google.cloud.kms.v1.RestoreCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.UpdateCryptoKeyPrimaryVersionRequest;
import com.google.cloud.kms.v1.UpdateCryptoKeyVersionRequest;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Int64Value;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.PreconditionFailure;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * How Cloud KMS behaves, so far as the provider relies on it: what the fake and the real service must both hold. It uses
 * the stubs alone, none of our code.
 */
abstract class GoogleKmsContract {
    private static final ByteString PLAINTEXT = ByteString.copyFromUtf8("0123456789abcdef0123456789abcdef");
    private static final ByteString AAD = ByteString.copyFromUtf8("context");

    /** The service, with credentials. */
    abstract KeyManagementServiceBlockingStub stub();

    /** A symmetric key whose primary version is enabled. */
    abstract String key();

    /** Whether the tests may make, disable and destroy versions of the key. */
    abstract boolean mayChangeVersions();

    private KeyManagementServiceBlockingStub kms() {
        return stub().withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("Encrypt verifies both checksums, sends one, and names the version that it used, which is the primary")
    void encrypt() {
        EncryptResponse answer = encrypted();
        assertThat(answer.getVerifiedPlaintextCrc32C()).isTrue();
        assertThat(answer.getVerifiedAdditionalAuthenticatedDataCrc32C()).isTrue();
        assertThat(answer.getCiphertextCrc32C()).isEqualTo(Checksum.of(answer.getCiphertext()));
        assertThat(answer.getName()).isEqualTo(described().getPrimary().getName());
        assertThat(answer.getName()).matches(java.util.regex.Pattern.quote(key()) + "/cryptoKeyVersions/[1-9][0-9]*");
    }

    @Test
    @DisplayName("Encrypt without checksums says that it verified none")
    void encryptWithoutChecksums() {
        EncryptResponse answer = kms().encrypt(EncryptRequest.newBuilder()
                .setName(key())
                .setPlaintext(PLAINTEXT)
                .build());
        assertThat(answer.getVerifiedPlaintextCrc32C()).isFalse();
        assertThat(answer.getVerifiedAdditionalAuthenticatedDataCrc32C()).isFalse();
    }

    @Test
    @DisplayName("an empty context with the checksum of nothing is verified")
    void emptyContext() {
        EncryptResponse answer = kms().encrypt(EncryptRequest.newBuilder()
                .setName(key())
                .setPlaintext(PLAINTEXT)
                .setPlaintextCrc32C(Checksum.of(PLAINTEXT))
                .setAdditionalAuthenticatedDataCrc32C(Checksum.of(ByteString.EMPTY))
                .build());
        assertThat(answer.getVerifiedAdditionalAuthenticatedDataCrc32C()).isTrue();
    }

    @Test
    @DisplayName("the ciphertext of 64 bytes is no longer than the provider declares")
    void ciphertextLength() {
        EncryptResponse answer = kms().encrypt(EncryptRequest.newBuilder()
                .setName(key())
                .setPlaintext(ByteString.copyFrom(new byte[64]))
                .build());
        assertThat(answer.getCiphertext().size()).isLessThanOrEqualTo(512);
    }

    @Test
    @DisplayName("Decrypt by the key's name gives the plaintext and its checksum")
    void decrypt() {
        DecryptResponse answer = kms().decrypt(decrypting(encrypted().getCiphertext()));
        assertThat(answer.getPlaintext()).isEqualTo(PLAINTEXT);
        assertThat(answer.getPlaintextCrc32C()).isEqualTo(Checksum.of(PLAINTEXT));
        assertThat(answer.getUsedPrimary()).isTrue();
    }

    @Test
    @DisplayName("Decrypt of a changed or cut ciphertext, or with another context, is INVALID_ARGUMENT")
    void refused() {
        ByteString ciphertext = encrypted().getCiphertext();
        byte[] changed = ciphertext.toByteArray();
        changed[changed.length - 1] ^= 1;
        assertFails(Code.INVALID_ARGUMENT, () -> kms().decrypt(decrypting(ByteString.copyFrom(changed))));
        assertFails(
                Code.INVALID_ARGUMENT, () -> kms().decrypt(decrypting(ciphertext.substring(0, ciphertext.size() - 1))));
        assertFails(
                Code.INVALID_ARGUMENT,
                () -> kms().decrypt(decrypting(ciphertext).toBuilder()
                        .clearAdditionalAuthenticatedData()
                        .build()));
    }

    @Test
    @DisplayName("a checksum that does not fit is INVALID_ARGUMENT, with a text that names the field")
    void wrongChecksums() {
        Int64Value wrong = Int64Value.of(1);
        assertThat(assertFails(
                                Code.INVALID_ARGUMENT,
                                () -> kms().encrypt(encrypting().toBuilder()
                                        .setPlaintextCrc32C(wrong)
                                        .build()))
                        .getMessage())
                .containsIgnoringCase("crc32c");
        assertThat(assertFails(
                                Code.INVALID_ARGUMENT,
                                () -> kms().decrypt(decrypting(encrypted().getCiphertext()).toBuilder()
                                        .setCiphertextCrc32C(wrong)
                                        .build()))
                        .getMessage())
                .containsIgnoringCase("crc32c");
    }

    @Test
    @DisplayName("more than 64 KiB are INVALID_ARGUMENT")
    void tooLong() {
        assertFails(
                Code.INVALID_ARGUMENT,
                () -> kms().encrypt(EncryptRequest.newBuilder()
                        .setName(key())
                        .setPlaintext(ByteString.copyFrom(new byte[64 * 1024 + 1]))
                        .build()));
    }

    @Test
    @DisplayName("a key that is not there is NOT_FOUND or PERMISSION_DENIED")
    void unknownKey() {
        StatusRuntimeException failure = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> kms().encrypt(encrypting().toBuilder()
                        .setName(key() + "-none")
                        .build()));
        assertThat(failure.getStatus().getCode()).isIn(Code.NOT_FOUND, Code.PERMISSION_DENIED);
    }

    @Test
    @DisplayName("GetCryptoKey tells purpose, primary version, state, algorithm and protection level")
    void describe() {
        CryptoKey answer = described();
        assertThat(answer.getName()).isEqualTo(key());
        assertThat(answer.getPurpose()).isEqualTo(CryptoKeyPurpose.ENCRYPT_DECRYPT);
        assertThat(answer.getPrimary().getState()).isEqualTo(CryptoKeyVersionState.ENABLED);
        assertThat(answer.getPrimary().getAlgorithm().getNumber()).isPositive();
        assertThat(answer.getPrimary().getProtectionLevel().getNumber()).isPositive();
    }

    @Test
    @DisplayName("a rotation is seen in the next answer, and the old version decrypts what it encrypted")
    void rotation() {
        Assumptions.assumeTrue(mayChangeVersions(), "the tests may not change versions");
        EncryptResponse before = encrypted();
        String fresh = newPrimary();
        try {
            assertThat(encrypted().getName()).isEqualTo(fresh);
            DecryptResponse old = kms().decrypt(decrypting(before.getCiphertext()));
            assertThat(old.getPlaintext()).isEqualTo(PLAINTEXT);
            assertThat(old.getUsedPrimary()).isFalse();
        } finally {
            setPrimary(before.getName());
        }
        assertThat(described().getPrimary().getName()).isEqualTo(before.getName());
    }

    @Test
    @DisplayName(
            "a disabled version refuses with FAILED_PRECONDITION, KEY_DISABLED and its state, as one to be destroyed")
    void disabled() throws InvalidProtocolBufferException {
        Assumptions.assumeTrue(mayChangeVersions(), "the tests may not change versions");
        String before = described().getPrimary().getName();
        String fresh = newPrimary();
        ByteString ciphertext = encrypted().getCiphertext();
        try {
            setState(fresh, CryptoKeyVersionState.DISABLED);
            awaitFailure(() -> kms().decrypt(decrypting(ciphertext)));
            StatusRuntimeException failure =
                    assertFails(Code.FAILED_PRECONDITION, () -> kms().decrypt(decrypting(ciphertext)));
            assertThat(failure).hasMessageContaining("current state is: DISABLED");
            assertThat(violation(failure)).isEqualTo("KEY_DISABLED");
            assertFails(Code.FAILED_PRECONDITION, () -> kms().encrypt(encrypting()));
            kms().destroyCryptoKeyVersion(DestroyCryptoKeyVersionRequest.newBuilder()
                    .setName(fresh)
                    .build());
            assertThat(described().getPrimary().getState()).isEqualTo(CryptoKeyVersionState.DESTROY_SCHEDULED);
            assertThat(described().getPrimary().hasDestroyTime()).isTrue();
            assertFails(Code.FAILED_PRECONDITION, () -> setState(fresh, CryptoKeyVersionState.ENABLED));
            kms().restoreCryptoKeyVersion(RestoreCryptoKeyVersionRequest.newBuilder()
                    .setName(fresh)
                    .build());
            assertThat(described().getPrimary().getState()).isEqualTo(CryptoKeyVersionState.DISABLED);
        } finally {
            setPrimary(before);
        }
    }

    /** The real service needs up to a minute and more until a version is disabled everywhere. */
    private static void awaitFailure(Runnable call) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(5))
                .until(() -> catchThrowableOfType(StatusRuntimeException.class, call::run) != null);
    }

    private static String violation(StatusRuntimeException failure) throws InvalidProtocolBufferException {
        for (Any detail : StatusProto.fromThrowable(failure).getDetailsList()) {
            if (detail.is(PreconditionFailure.class)) {
                return detail.unpack(PreconditionFailure.class).getViolations(0).getType();
            }
        }
        return "none";
    }

    private String newPrimary() {
        String fresh = kms().createCryptoKeyVersion(CreateCryptoKeyVersionRequest.newBuilder()
                        .setParent(key())
                        .build())
                .getName();
        setPrimary(fresh);
        return fresh;
    }

    private void setPrimary(String version) {
        kms().updateCryptoKeyPrimaryVersion(UpdateCryptoKeyPrimaryVersionRequest.newBuilder()
                .setName(key())
                .setCryptoKeyVersionId(version.substring(version.lastIndexOf('/') + 1))
                .build());
    }

    private void setState(String version, CryptoKeyVersionState state) {
        CryptoKeyVersion unused = kms().updateCryptoKeyVersion(UpdateCryptoKeyVersionRequest.newBuilder()
                .setCryptoKeyVersion(
                        CryptoKeyVersion.newBuilder().setName(version).setState(state))
                .setUpdateMask(FieldMask.newBuilder().addPaths("state"))
                .build());
    }

    private CryptoKey described() {
        return kms().getCryptoKey(
                        GetCryptoKeyRequest.newBuilder().setName(key()).build());
    }

    private EncryptResponse encrypted() {
        return kms().encrypt(encrypting());
    }

    private EncryptRequest encrypting() {
        return EncryptRequest.newBuilder()
                .setName(key())
                .setPlaintext(PLAINTEXT)
                .setPlaintextCrc32C(Checksum.of(PLAINTEXT))
                .setAdditionalAuthenticatedData(AAD)
                .setAdditionalAuthenticatedDataCrc32C(Checksum.of(AAD))
                .build();
    }

    private DecryptRequest decrypting(ByteString ciphertext) {
        return DecryptRequest.newBuilder()
                .setName(key())
                .setCiphertext(ciphertext)
                .setAdditionalAuthenticatedData(AAD)
                .build();
    }

    private static StatusRuntimeException assertFails(Code code, Runnable call) {
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call::run);
        assertThat(failure).as("a failure with %s", code).isNotNull();
        assertThat(failure.getStatus().getCode()).isEqualTo(code);
        return failure;
    }
}
