package io.trousseau.testkit.vault;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;

@DisplayName("FakeVault answers what OpenBao answers")
class FakeVaultContractTest extends VaultContract {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

    @Override
    VaultServer newServer() {
        return FakeVault.start(now::get);
    }

    @Override
    void passTime() {
        now.updateAndGet(time -> time.plus(Duration.ofSeconds(1)));
    }
}
