package io.trousseau.provider.vault;

import io.trousseau.testkit.vault.OpenBao;
import io.trousseau.testkit.vault.VaultServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("At a real OpenBao, a key of type")
class VaultKekIT extends EveryKeyTypeContract {
    private static OpenBao bao;

    @BeforeAll
    static void start() {
        bao = OpenBao.dev();
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
}
