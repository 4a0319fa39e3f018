package io.trousseau.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.vault.OpenBao;
import io.trousseau.testkit.vault.VaultServer;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("At a real OpenBao")
class KeyStatesIT extends KeyStatesContract {
    private static OpenBao bao;

    @BeforeAll
    static void start() {
        bao = OpenBao.durable();
        bao.root().enableEngine("transit", "transit");
    }

    @AfterAll
    static void stop() {
        bao.close();
    }

    @Override
    VaultServer server() {
        return bao;
    }

    @Test
    @DisplayName(
            "A Vault that is down is UNAVAILABLE, sealed too when it is back, and the same handle serves once unsealed")
    void restarted() {
        KekHandle kek = open();
        WrappedKey old = wrap(kek);
        bao.stop();
        assertThat(failure(() -> unwrap(kek, old)).code()).isEqualTo(Code.UNAVAILABLE);
        bao.start();
        assertThat(failure(() -> wrap(kek)).code()).isEqualTo(Code.UNAVAILABLE);
        bao.unseal();
        assertServes(kek, old);
    }

    @Test
    @DisplayName("A killed Vault is UNAVAILABLE, and the same handle serves once it is back")
    void killed() {
        KekHandle kek = open();
        WrappedKey old = wrap(kek);
        bao.kill();
        assertThat(failure(() -> wrap(kek)).code()).isEqualTo(Code.UNAVAILABLE);
        bao.start();
        bao.unseal();
        assertServes(kek, old);
    }

    @Test
    @DisplayName("A trimmed key says KEY_DESTROYED for the versions that are gone")
    void trimmed() {
        KekHandle kek = open();
        WrappedKey old = wrap(kek);
        root().rotateKey(name);
        root().configureKey(name, Map.of("min_decryption_version", 2, "min_encryption_version", 2));
        root().must("POST", "transit/keys/" + name + "/trim", Map.of("min_available_version", 2));
        assertThat(failure(() -> unwrap(open(), old)))
                .matches(e -> e.code() == Code.KEY_DESTROYED)
                .hasMessageContaining("trimmed");
        assertThat(unwrap(kek, wrap(kek))).isEqualTo(SECRET);
    }

    @Test
    @DisplayName("A key that is lost and restored from a backup is the same KEK")
    void restored() {
        root().configureKey(name, Map.of("exportable", true, "allow_plaintext_backup", true));
        KekHandle kek = open();
        WrappedKey old = wrap(kek);
        String backup = root().must("GET", "transit/backup/" + name)
                .data()
                .path("backup")
                .asText();
        root().deleteKey(name);
        assertThat(failure(() -> unwrap(kek, old)).code()).isEqualTo(Code.KEY_NOT_FOUND);
        root().must("POST", "transit/restore/" + name, Map.of("backup", backup));
        assertServes(kek, old);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa-p256"})
    @DisplayName("A key of a type that does not encrypt is refused, with the way out")
    void doesNotEncrypt(String type) {
        root().deleteKey(name);
        root().createKey(name, type);
        KekHandle kek = open();
        assertThat(failure(() -> wrap(kek)))
                .matches(e -> e.code() == Code.KEY_DISABLED)
                .hasMessageContaining("does not encrypt");
    }
}
