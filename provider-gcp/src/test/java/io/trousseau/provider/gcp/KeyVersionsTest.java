package io.trousseau.provider.gcp;

import static io.trousseau.provider.gcp.OpenKek.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.kms.v1.CryptoKey.CryptoKeyPurpose;
import com.google.cloud.kms.v1.ProtectionLevel;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekDescription.State;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import io.trousseau.testkit.gcp.GoogleFault;
import io.trousseau.testkit.gcp.GoogleOperation;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A CryptoKey's versions")
class KeyVersionsTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

    private Instant now = NOW;
    private FakeGoogleKms kms;
    private OpenKek kek;

    @BeforeEach
    void start() {
        kms = FakeGoogleKms.start(() -> now);
        kms.createKey(KEY);
        kek = OpenKek.on(kms);
    }

    @AfterEach
    void stop() {
        kek.close();
        kms.close();
    }

    @Test
    @DisplayName("are told by number, under the key's name as identity")
    void names() {
        assertThat(kek.wrap().version()).isEqualTo(new KekVersion(KEY, "1"));
        assertThat(kek.current()).isEqualTo(new KekVersion(KEY, "1"));
    }

    @Test
    @DisplayName("change with a rotation at once, and each unwraps what it wrapped")
    void rotation() {
        WrappedKey first = kek.wrap();
        kms.rotate(KEY);
        WrappedKey second = kek.wrap();
        assertThat(second.version()).isEqualTo(new KekVersion(KEY, "2"));
        assertThat(kek.current()).isEqualTo(new KekVersion(KEY, "2"));
        assertThat(kek.unwrap(first)).isEqualTo(OpenKek.PLAINTEXT);
        assertThat(kek.unwrap(second)).isEqualTo(OpenKek.PLAINTEXT);
    }

    @Test
    @DisplayName("set back to an older primary are told as they are")
    void setBack() {
        kms.rotate(KEY);
        WrappedKey second = kek.wrap();
        kms.setPrimary(KEY, 1);
        assertThat(kek.current()).isEqualTo(new KekVersion(KEY, "1"));
        assertThat(kek.wrap().version()).isEqualTo(new KekVersion(KEY, "1"));
        assertThat(kek.unwrap(second)).isEqualTo(OpenKek.PLAINTEXT);
    }

    @Test
    @DisplayName("disabled: the old one refuses what it wrapped, and the key goes on with the new one")
    void disabledOld() {
        WrappedKey first = kek.wrap();
        kms.rotate(KEY);
        kms.disable(KEY, 1);
        assertThat(OpenKek.failureOf(() -> kek.unwrap(first)).code()).isEqualTo(Code.KEY_DISABLED);
        assertThat(kek.unwrap(kek.wrap())).isEqualTo(OpenKek.PLAINTEXT);
        assertThat(describe().state()).isEqualTo(State.ENABLED);
        kms.enable(KEY, 1);
        assertThat(kek.unwrap(first)).isEqualTo(OpenKek.PLAINTEXT);
    }

    @Test
    @DisplayName("scheduled for destruction refuse, tell when, and come back disabled when restored")
    void destruction() {
        WrappedKey wrapped = kek.wrap();
        kms.scheduleDestruction(KEY, 1);
        assertThat(describe().state()).isEqualTo(State.DESTRUCTION_SCHEDULED);
        assertThat(describe().destructionAt()).contains(NOW.plus(Duration.ofDays(30)));
        assertThat(OpenKek.failureOf(kek::wrap).code()).isEqualTo(Code.KEY_DESTROYED);
        assertThat(OpenKek.failureOf(() -> kek.unwrap(wrapped)).code()).isEqualTo(Code.KEY_DESTROYED);
        kms.restore(KEY, 1);
        assertThat(describe().state()).isEqualTo(State.DISABLED);
        kms.enable(KEY, 1);
        assertThat(kek.unwrap(wrapped)).isEqualTo(OpenKek.PLAINTEXT);
    }

    @Test
    @DisplayName("destroyed are gone")
    void destroyed() {
        WrappedKey wrapped = kek.wrap();
        kms.scheduleDestruction(KEY, 1);
        now = NOW.plus(Duration.ofDays(30));
        assertThat(describe().state()).isEqualTo(State.DESTROYED);
        assertThat(OpenKek.failureOf(() -> kek.unwrap(wrapped)).code()).isEqualTo(Code.KEY_DESTROYED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                KEY,
                KEY + "/cryptoKeyVersions/",
                KEY + "/cryptoKeyVersions/0",
                KEY + "/cryptoKeyVersions/1/x",
                KEY + "/cryptoKeyVersions/1\n",
                KEY + "2/cryptoKeyVersions/1",
                "projects/123/locations/europe-west3/keyRings/kubernetes/cryptoKeys/secrets/cryptoKeyVersions/1"
            })
    @DisplayName("of another key in the answer of wrap are BAD_ANSWER")
    void foreignVersion(String name) {
        kms.always(GoogleOperation.ENCRYPT, GoogleFault.answerFor(name));
        assertThat(OpenKek.failureOf(kek::wrap).code()).isEqualTo(Code.BAD_ANSWER);
    }

    @Test
    @DisplayName("of another key in the answer of describe are BAD_ANSWER")
    void foreignKey() {
        kms.always(GoogleOperation.GET_CRYPTO_KEY, GoogleFault.answerFor(KEY + "2"));
        assertThat(OpenKek.failureOf(kek::current).code()).isEqualTo(Code.BAD_ANSWER);
    }

    @Test
    @DisplayName("are not asked for when what is to be unwrapped belongs to another key")
    void foreignIdentity() {
        WrappedKey wrapped = kek.wrap();
        WrappedKey foreign = new WrappedKey(wrapped.ciphertext(), new KekVersion(KEY + "2", "1"));
        assertThat(OpenKek.failureOf(() -> kek.unwrap(foreign)).code()).isEqualTo(Code.KEY_NOT_FOUND);
        assertThat(kms.calls(GoogleOperation.DECRYPT)).isZero();
    }

    @Test
    @DisplayName("decrypt is addressed to the key, by the header that routes it too")
    void addressedToTheKey() {
        kek.unwrap(kek.wrap());
        assertThat(kms.lastHeader("x-goog-request-params")).contains("name=" + KEY.replace("/", "%2F"));
    }

    @ParameterizedTest
    @EnumSource(
            value = ProtectionLevel.class,
            names = {"SOFTWARE", "HSM", "EXTERNAL", "EXTERNAL_VPC"})
    @DisplayName("of every protection level wrap the largest plaintext, and describe names the level")
    void protectionLevels(ProtectionLevel level) {
        String key = KEY + "-" + level.name().toLowerCase(java.util.Locale.ROOT);
        kms.createKey(key, CryptoKeyPurpose.ENCRYPT_DECRYPT, level);
        try (OpenKek other = OpenKek.with(Map.of("key", key, "endpoint", kms.endpoint()))) {
            byte[] largest = new byte[other.handle.traits().maxPlaintextBytes()];
            assertThat(other.handle
                            .wrap(largest, OpenKek.CONTEXT, OpenKek.soon())
                            .ciphertext())
                    .isNotEmpty();
            assertThat(other.handle.describe(OpenKek.soon()).algorithm())
                    .endsWith("SYMMETRIC_ENCRYPTION (" + level + ")");
        }
    }

    @Test
    @DisplayName("of a key for signing make it no KEK, and describe says so")
    void wrongPurpose() {
        String key = KEY + "-sign";
        kms.createKey(key, CryptoKeyPurpose.ASYMMETRIC_SIGN, ProtectionLevel.SOFTWARE);
        try (OpenKek other = OpenKek.with(Map.of("key", key, "endpoint", kms.endpoint()))) {
            assertThat(OpenKek.failureOf(other::current)).hasMessageContaining("purpose is ASYMMETRIC_SIGN");
            assertThat(OpenKek.failureOf(other::wrap)).hasMessageContaining("ENCRYPT_DECRYPT");
        }
    }

    private KekDescription describe() {
        return kek.handle.describe(OpenKek.soon());
    }
}
