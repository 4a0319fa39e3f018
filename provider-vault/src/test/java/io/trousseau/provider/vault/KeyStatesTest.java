package io.trousseau.provider.vault;

import io.trousseau.testkit.vault.FakeVault;
import io.trousseau.testkit.vault.VaultServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("At a Vault in the JVM")
class KeyStatesTest extends KeyStatesContract {
    private static FakeVault vault;

    @BeforeAll
    static void start() {
        vault = FakeVault.start();
        vault.root().enableEngine("transit", "transit");
    }

    @AfterAll
    static void stop() {
        vault.close();
    }

    @Override
    VaultServer server() {
        return vault;
    }
}
