package io.trousseau.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DecryptRequest;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.EncryptResponse;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.KeyState;
import software.amazon.awssdk.services.kms.model.KmsException;

/**
 * What this provider takes for granted of KMS, asked with the SDK alone. Run against the fake it proves the fake; run
 * against LocalStack or a real account, it proves what the fake is modelled on.
 */
abstract class AwsKmsContract {
    private static final Map<String, String> CONTEXT = Map.of("keyring", "contract", "k", "1");
    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** What a test does to keys; a real account is left alone. */
    interface Admin {
        String createKey();

        String createSigningKey();

        void alias(String alias, String key);

        void rotate(String key);

        void disable(String key);

        void scheduleDeletion(String key);

        void cancelDeletion(String key);
    }

    protected abstract KmsClient client();

    /** The ARN of an enabled symmetric key. */
    protected abstract String key();

    /** Whether the service names key material, as the real one does. */
    protected abstract boolean namesMaterial();

    protected Admin admin() {
        return Assumptions.abort("keys may not be changed here");
    }

    @Test
    @DisplayName("Encrypt and Decrypt answer the key's ARN, and a ciphertext of at most 512 bytes that comes back")
    void roundTrip() {
        EncryptResponse encrypted = encrypt(key());
        assertThat(encrypted.keyId()).isEqualTo(key());
        assertThat(encrypted.ciphertextBlob().asByteArray()).hasSizeBetween(60, 512);
        DecryptResponse decrypted = decrypt(encrypted.ciphertextBlob(), asked -> {});
        assertThat(decrypted.keyId()).isEqualTo(key());
        assertThat(decrypted.plaintext().asByteArray()).isEqualTo(SECRET);
    }

    @Test
    @DisplayName("Decrypt and DescribeKey name the same key material")
    void material() {
        KeyMetadata metadata = client().describeKey(asked -> asked.keyId(key())).keyMetadata();
        assertThat(metadata.arn()).isEqualTo(key());
        assertThat(metadata.keyState()).isEqualTo(KeyState.ENABLED);
        String named = decrypt(encrypt(key()).ciphertextBlob(), asked -> {}).keyMaterialId();
        assertThat(named).isEqualTo(metadata.currentKeyMaterialId());
        if (namesMaterial()) {
            assertThat(named).matches("[0-9a-f]{64}");
        } else {
            assertThat(named).isNull();
        }
    }

    @Test
    @DisplayName("another context is InvalidCiphertextException: wrong, missing, more")
    void context() {
        SdkBytes ciphertext = encrypt(key()).ciphertextBlob();
        for (Map<String, String> other : List.of(
                Map.<String, String>of(),
                Map.of("keyring", "contract"),
                Map.of("keyring", "contract", "k", "2"),
                Map.of("keyring", "contract", "k", "1", "more", ""))) {
            assertError(
                    "InvalidCiphertextException", () -> decrypt(ciphertext, asked -> asked.encryptionContext(other)));
        }
    }

    @Test
    @DisplayName("a ciphertext that was changed at its end or cut is InvalidCiphertextException")
    void tampered() {
        byte[] ciphertext = encrypt(key()).ciphertextBlob().asByteArray();
        byte[] changed = ciphertext.clone();
        changed[changed.length - 1] ^= 1;
        assertError("InvalidCiphertextException", () -> decrypt(SdkBytes.fromByteArray(changed), asked -> {}));
        byte[] cut = Arrays.copyOf(ciphertext, ciphertext.length - 1);
        assertError("InvalidCiphertextException", () -> decrypt(SdkBytes.fromByteArray(cut), asked -> {}));
    }

    @Test
    @DisplayName("a plaintext of 4097 bytes is a ValidationException, one of 4096 is not")
    void sizes() {
        SdkBytes largest = SdkBytes.fromByteArray(new byte[4096]);
        assertThat(client().encrypt(asked -> asked.keyId(key()).plaintext(largest))
                        .ciphertextBlob())
                .isNotNull();
        SdkBytes more = SdkBytes.fromByteArray(new byte[4097]);
        assertError(
                "ValidationException",
                () -> client().encrypt(asked -> asked.keyId(key()).plaintext(more)));
    }

    @Test
    @DisplayName("a key is known by id, ARN, alias and alias ARN, and an unknown one is NotFoundException")
    void names() {
        Admin admin = admin();
        String key = admin.createKey();
        String alias = "alias/contract-" + key.substring(key.lastIndexOf('/') + 1);
        admin.alias(alias, key);
        String id = key.substring(key.lastIndexOf('/') + 1);
        for (String name : new String[] {id, key, alias, key.replace("key/" + id, alias)}) {
            assertThat(encrypt(name).keyId()).as(name).isEqualTo(key);
            assertThat(client().describeKey(asked -> asked.keyId(name))
                            .keyMetadata()
                            .arn())
                    .as(name)
                    .isEqualTo(key);
        }
        for (String unknown : new String[] {
            "00000000-0000-0000-0000-000000000000", key.replace(id, "00000000-0000-0000-0000-000000000000"), "alias/no"
        }) {
            assertError("NotFoundException", () -> encrypt(unknown));
            assertError("NotFoundException", () -> client().describeKey(asked -> asked.keyId(unknown)));
        }
    }

    @Test
    @DisplayName("Decrypt under a key that did not encrypt is IncorrectKeyException")
    void otherKey() {
        String other = admin().createKey();
        SdkBytes ciphertext = encrypt(key()).ciphertextBlob();
        assertError("IncorrectKeyException", () -> decrypt(ciphertext, asked -> asked.keyId(other)));
    }

    @Test
    @DisplayName("a disabled key is DisabledException and described as Disabled")
    void disabled() {
        Admin admin = admin();
        String key = admin.createKey();
        SdkBytes ciphertext = encrypt(key).ciphertextBlob();
        admin.disable(key);
        assertError("DisabledException", () -> encrypt(key));
        assertError("DisabledException", () -> decrypt(ciphertext, asked -> asked.keyId(key)));
        assertThat(stateOf(key)).isEqualTo(KeyState.DISABLED);
    }

    @Test
    @DisplayName(
            "a key that will be deleted is KMSInvalidStateException, has a date, and is disabled when that is called off")
    void pendingDeletion() {
        Admin admin = admin();
        String key = admin.createKey();
        SdkBytes ciphertext = encrypt(key).ciphertextBlob();
        admin.scheduleDeletion(key);
        assertError("KMSInvalidStateException", () -> encrypt(key));
        assertError("KMSInvalidStateException", () -> decrypt(ciphertext, asked -> asked.keyId(key)));
        KeyMetadata metadata = client().describeKey(asked -> asked.keyId(key)).keyMetadata();
        assertThat(metadata.keyState()).isEqualTo(KeyState.PENDING_DELETION);
        assertThat(metadata.deletionDate()).isNotNull();
        admin.cancelDeletion(key);
        assertThat(stateOf(key)).isEqualTo(KeyState.DISABLED);
    }

    @Test
    @DisplayName("a key that signs is InvalidKeyUsageException")
    void signingKey() {
        String key = admin().createSigningKey();
        assertError("InvalidKeyUsageException", () -> encrypt(key));
    }

    @Test
    @DisplayName("what was encrypted before a rotation decrypts after it, each with the material that encrypted it")
    void rotation() {
        Admin admin = admin();
        String key = admin.createKey();
        SdkBytes old = encrypt(key).ciphertextBlob();
        String before = decrypt(old, asked -> asked.keyId(key)).keyMaterialId();
        admin.rotate(key);
        SdkBytes young = encrypt(key).ciphertextBlob();
        DecryptResponse oldAgain = decrypt(old, asked -> asked.keyId(key));
        DecryptResponse youngBack = decrypt(young, asked -> asked.keyId(key));
        assertThat(oldAgain.plaintext().asByteArray()).isEqualTo(SECRET);
        assertThat(youngBack.plaintext().asByteArray()).isEqualTo(SECRET);
        if (namesMaterial()) {
            assertThat(oldAgain.keyMaterialId()).isEqualTo(before);
            assertThat(youngBack.keyMaterialId()).isNotEqualTo(before);
            assertThat(client().listKeyRotations(asked -> asked.keyId(key)).rotations())
                    .singleElement()
                    .satisfies(rotation -> assertThat(rotation.keyMaterialId()).isEqualTo(youngBack.keyMaterialId()));
        }
    }

    private KeyState stateOf(String key) {
        return client().describeKey(asked -> asked.keyId(key)).keyMetadata().keyState();
    }

    private EncryptResponse encrypt(String key) {
        return client().encrypt(asked ->
                asked.keyId(key).plaintext(SdkBytes.fromByteArray(SECRET)).encryptionContext(CONTEXT));
    }

    private DecryptResponse decrypt(SdkBytes ciphertext, Consumer<DecryptRequest.Builder> change) {
        return client().decrypt(asked ->
                change.accept(asked.keyId(key()).ciphertextBlob(ciphertext).encryptionContext(CONTEXT)));
    }

    private static void assertError(String code, ThrowingCallable call) {
        assertThatExceptionOfType(KmsException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code));
    }
}
