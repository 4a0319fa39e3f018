package io.trousseau.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.vault.OpenBao;
import io.trousseau.testkit.vault.VaultServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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
}
