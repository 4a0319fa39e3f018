package io.trousseau.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import com.azure.security.keyvault.keys.KeyClient;
import com.azure.security.keyvault.keys.cryptography.CryptographyClient;
import com.azure.security.keyvault.keys.cryptography.models.KeyWrapAlgorithm;
import com.azure.security.keyvault.keys.cryptography.models.UnwrapResult;
import com.azure.security.keyvault.keys.cryptography.models.WrapResult;
import com.azure.security.keyvault.keys.models.CreateRsaKeyOptions;
import com.azure.security.keyvault.keys.models.DeletedKey;
import com.azure.security.keyvault.keys.models.KeyOperation;
import com.azure.security.keyvault.keys.models.KeyProperties;
import com.azure.security.keyvault.keys.models.KeyType;
import com.azure.security.keyvault.keys.models.KeyVaultKey;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What a key vault does, as far as this provider and its tests rely on it, asked by the official client with its own way to
 * log in, its own policy for the challenge, and no part of this provider. The stand-in holds it, and a real vault should: see
 * {@link RealKeyVaultIT}.
 */
abstract class KeyVaultContract {
    private static final byte[] SECRET = "thirty-two bytes for a local key".getBytes(StandardCharsets.US_ASCII);

    private final String name = "trousseau-contract-" + UUID.randomUUID();
    private final List<String> made = new ArrayList<>();

    abstract KeyClient keys();

    abstract CryptographyClient cryptography(String keyId);

    /** What sends requests without a token. */
    abstract HttpClient http();

    /** The errors' inner code is not documented for everything; whether it is looked at. */
    abstract boolean looksAtInnerCodes();

    /** Ends what the subclass began. */
    abstract void stop();

    @AfterEach
    void deleteWhatWasMade() {
        try {
            for (String key : made) {
                try {
                    keys().beginDeleteKey(key).waitForCompletion(Duration.ofMinutes(1));
                } catch (HttpResponseException alreadyDeleted) {
                    continue;
                }
            }
        } finally {
            stop();
        }
    }

    private KeyVaultKey create(String name, KeyOperation... operations) {
        CreateRsaKeyOptions options = new CreateRsaKeyOptions(name).setKeySize(2048);
        if (operations.length > 0) {
            options.setKeyOperations(operations);
        }
        made.add(name);
        return keys().createRsaKey(options);
    }

    private WrapResult wrap(String keyId) {
        return cryptography(keyId).wrapKey(KeyWrapAlgorithm.RSA_OAEP_256, SECRET);
    }

    private UnwrapResult unwrap(String keyId, byte[] wrapped) {
        return cryptography(keyId).unwrapKey(KeyWrapAlgorithm.RSA_OAEP_256, wrapped);
    }

    private interface Call {
        void make();
    }

    private static HttpResponseException refusal(Call call) {
        HttpResponseException refusal = catchThrowableOfType(HttpResponseException.class, call::make);
        assertThat(refusal).as("a refusal").isNotNull();
        return refusal;
    }

    private void assertRefused(int status, String inner, Call call) {
        HttpResponseException refusal = refusal(call);
        assertThat(refusal.getResponse().getStatusCode()).as("%s", refusal).isEqualTo(status);
        assertThat(refusal.getResponse().getHeaders().getValue(HttpHeaderName.fromString("x-ms-request-id")))
                .isNotBlank();
        if (looksAtInnerCodes()) {
            assertThat(refusal.getResponse().getBodyAsString().block()).contains(inner);
        }
    }

    @Test
    @DisplayName("A request without a token is answered with 401 and a challenge that names a login and a resource")
    void challenge() {
        create(name);
        HttpRequest request =
                new HttpRequest(HttpMethod.GET, keys().getVaultUrl() + "/keys/" + name + "?api-version=7.4");
        try (HttpResponse response = http().sendSync(request, Context.NONE)) {
            assertThat(response.getStatusCode()).isEqualTo(401);
            assertThat(response.getHeaders().getValue(HttpHeaderName.WWW_AUTHENTICATE))
                    .startsWith("Bearer ")
                    .containsPattern("authorization=\"https://[^\"]+/[0-9a-f-]{36}\"")
                    .containsPattern("resource=\"https://[^\"]+\"");
        }
        try (HttpResponse response =
                http().sendSync(request.setHeader(HttpHeaderName.AUTHORIZATION, "Bearer junk"), Context.NONE)) {
            assertThat(response.getStatusCode()).isEqualTo(401);
        }
    }

    @Test
    @DisplayName("A key is described with its version, type, operations and state")
    void describes() {
        KeyVaultKey created = create(name);
        KeyVaultKey read = keys().getKey(name);
        assertThat(read.getId())
                .isEqualTo(created.getId())
                .endsWith(read.getProperties().getVersion());
        assertThat(read.getProperties().getVersion()).matches("[0-9a-f]{32}");
        assertThat(read.getKeyType()).isIn(KeyType.RSA, KeyType.RSA_HSM);
        assertThat(read.getKey().getN()).hasSize(256);
        assertThat(read.getKeyOperations()).contains(KeyOperation.WRAP_KEY, KeyOperation.UNWRAP_KEY);
        assertThat(read.getProperties().isEnabled()).isTrue();
        assertThat(read.getProperties().getRecoveryLevel()).isNotBlank();
        assertThat(keys().getKey(name.toUpperCase(Locale.ROOT)).getId()).isEqualToIgnoringCase(created.getId());
    }

    @Test
    @DisplayName(
            "What a version wrapped it unwraps, and the answers name it; JCA's RSA-OAEP with SHA-256 twice is the same")
    void wraps() throws Exception {
        KeyVaultKey key = create(name);
        WrapResult wrapped = wrap(key.getId());
        assertThat(wrapped.getKeyId()).isEqualTo(key.getId());
        assertThat(wrapped.getEncryptedKey()).hasSize(256);
        UnwrapResult unwrapped = unwrap(key.getId(), wrapped.getEncryptedKey());
        assertThat(unwrapped.getKeyId()).isEqualTo(key.getId());
        assertThat(unwrapped.getKey()).isEqualTo(SECRET);

        PublicKey publicKey = KeyFactory.getInstance("RSA")
                .generatePublic(new RSAPublicKeySpec(
                        new BigInteger(1, key.getKey().getN()),
                        new BigInteger(1, key.getKey().getE())));
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
        cipher.init(
                Cipher.ENCRYPT_MODE,
                publicKey,
                new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
        assertThat(unwrap(key.getId(), cipher.doFinal(SECRET)).getKey()).isEqualTo(SECRET);
    }

    @Test
    @DisplayName("A ciphertext that is changed, cut, or of another version is answered with 400")
    void refusesCiphertexts() {
        KeyVaultKey key = create(name);
        byte[] wrapped = wrap(key.getId()).getEncryptedKey();
        byte[] changed = wrapped.clone();
        changed[100] ^= 1;
        assertRefused(400, "BadParameter", () -> unwrap(key.getId(), changed));
        assertRefused(400, "BadParameter", () -> unwrap(key.getId(), java.util.Arrays.copyOf(wrapped, 255)));
        KeyVaultKey rotated = keys().createRsaKey(new CreateRsaKeyOptions(name).setKeySize(2048));
        assertRefused(400, "BadParameter", () -> unwrap(rotated.getId(), wrapped));
        assertThat(unwrap(key.getId(), wrapped).getKey()).isEqualTo(SECRET);
    }

    @Test
    @DisplayName("A rotated key has a new current version, and both are listed")
    void rotates() {
        KeyVaultKey first = create(name);
        KeyVaultKey second = keys().rotateKey(name);
        assertThat(second.getId()).isNotEqualTo(first.getId());
        assertThat(keys().getKey(name).getId()).isEqualTo(second.getId());
        assertThat(keys().listPropertiesOfKeyVersions(name).stream()
                        .map(KeyProperties::getId)
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(first.getId(), second.getId());
    }

    @Test
    @DisplayName("A key or version that is unknown is answered with 404")
    void unknown() {
        assertRefused(404, "KeyNotFound", () -> keys().getKey(name));
        KeyVaultKey key = create(name);
        byte[] wrapped = wrap(key.getId()).getEncryptedKey();
        String other = key.getId().substring(0, key.getId().length() - 32) + "0123456789abcdef0123456789abcdef";
        assertRefused(404, "KeyNotFound", () -> unwrap(other, wrapped));
    }

    @Test
    @DisplayName("A disabled version refuses to unwrap with 403 KeyDisabled, until it is enabled")
    void disabled() {
        KeyVaultKey key = create(name);
        byte[] wrapped = wrap(key.getId()).getEncryptedKey();
        keys().updateKeyProperties(key.getProperties().setEnabled(false));
        assertRefused(403, "KeyDisabled", () -> unwrap(key.getId(), wrapped));
        keys().updateKeyProperties(key.getProperties().setEnabled(true));
        assertThat(unwrap(key.getId(), wrapped).getKey()).isEqualTo(SECRET);
    }

    @Test
    @DisplayName("An expired version refuses to wrap with 403 and goes on unwrapping")
    void expired() {
        KeyVaultKey key = create(name);
        byte[] wrapped = wrap(key.getId()).getEncryptedKey();
        keys().updateKeyProperties(
                        key.getProperties().setExpiresOn(OffsetDateTime.now().minusMinutes(5)));
        assertRefused(403, "Forbidden", () -> wrap(key.getId()));
        assertThat(unwrap(key.getId(), wrapped).getKey()).isEqualTo(SECRET);
    }

    @Test
    @DisplayName("A key whose operations lack wrapKey refuses it with 403")
    void operations() {
        KeyVaultKey key = create(name, KeyOperation.SIGN, KeyOperation.VERIFY, KeyOperation.UNWRAP_KEY);
        assertRefused(403, "Forbidden", () -> wrap(key.getId()));
    }

    @Test
    @DisplayName("A deleted key is unknown, has a day of its end, cannot be made again, and comes back as it was")
    void deletes() {
        KeyVaultKey key = create(name);
        byte[] wrapped = wrap(key.getId()).getEncryptedKey();
        keys().beginDeleteKey(name).waitForCompletion(Duration.ofMinutes(1));
        assertRefused(404, "KeyNotFound", () -> keys().getKey(name));
        assertRefused(404, "KeyNotFound", () -> unwrap(key.getId(), wrapped));
        DeletedKey deleted = keys().getDeletedKey(name);
        assertThat(deleted.getId()).isEqualTo(key.getId());
        assertThat(deleted.getScheduledPurgeDate()).isAfter(OffsetDateTime.now());
        assertRefused(409, "Conflict", () -> keys().createRsaKey(new CreateRsaKeyOptions(name)));
        keys().beginRecoverDeletedKey(name).waitForCompletion(Duration.ofMinutes(1));
        await().atMost(Duration.ofMinutes(1))
                .ignoreException(com.azure.core.exception.ResourceNotFoundException.class)
                .untilAsserted(
                        () -> assertThat(unwrap(key.getId(), wrapped).getKey()).isEqualTo(SECRET));
    }
}
