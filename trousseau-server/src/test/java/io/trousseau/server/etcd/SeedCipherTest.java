package io.trousseau.server.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SeedCipherTest {
    private static final byte[] SEED = new byte[32];
    private static final byte[] DATA = "a Secret".getBytes(UTF_8);
    private static final byte[] PATH = "/registry/secrets/default/a".getBytes(UTF_8);

    @Test
    @DisplayName("an object's key is HKDF-Expand of RFC 5869")
    void rfc5869() {
        HexFormat hex = HexFormat.of();
        byte[] seed = hex.parseHex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        byte[] info = hex.parseHex("f0f1f2f3f4f5f6f7f8f9");
        assertThat(hex.formatHex(SeedCipher.expand(seed, info)))
                .isEqualTo("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }

    @Test
    @DisplayName("info, nonce, ciphertext and tag are stored, and decrypt under the same seed and path")
    void roundTrip() throws GeneralSecurityException {
        byte[] stored = SeedCipher.encrypt(SEED, DATA, PATH);
        assertThat(stored).hasSize(32 + 12 + DATA.length + 16).isNotEqualTo(SeedCipher.encrypt(SEED, DATA, PATH));
        assertThat(SeedCipher.decrypt(SEED, stored, PATH)).isEqualTo(DATA);
    }

    @Test
    @DisplayName("another seed, another path, a changed byte or a part of it do not decrypt")
    void refused() {
        byte[] stored = SeedCipher.encrypt(SEED, DATA, PATH);
        byte[] otherSeed = new byte[32];
        otherSeed[0] = 1;
        assertThatThrownBy(() -> SeedCipher.decrypt(otherSeed, stored, PATH))
                .isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> SeedCipher.decrypt(SEED, stored, "/registry/secrets/default/b".getBytes(UTF_8)))
                .isInstanceOf(GeneralSecurityException.class);
        for (int i = 0; i < stored.length; i++) {
            byte[] changed = stored.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> SeedCipher.decrypt(SEED, changed, PATH))
                    .isInstanceOf(GeneralSecurityException.class);
            byte[] part = Arrays.copyOf(stored, i);
            assertThatThrownBy(() -> SeedCipher.decrypt(SEED, part, PATH)).isInstanceOf(GeneralSecurityException.class);
        }
    }
}
