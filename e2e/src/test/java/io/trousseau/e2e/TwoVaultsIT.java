package io.trousseau.e2e;

import io.trousseau.testkit.vault.OpenBao;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A keyring over two Vaults behind a kube-apiserver")
class TwoVaultsIT {
    @Test
    @DisplayName(
            "needs one of them: either is killed and returned, at start, in steady state and at rotation, and nothing"
                    + " fails; what was written meanwhile is found and rewritten")
    void eitherIsKilled() {
        Path workspace = Workspace.fresh("two-vaults");
        try (VaultKek eu = VaultKek.start("vault-eu", workspace);
                VaultKek us = VaultKek.start("vault-us", workspace)) {
            new MembersComeAndGo("10 two Vaults", 1, 1, List.of(killable("vault-eu", eu), killable("vault-us", us)))
                    .run(Distribution.built(), workspace);
        }
    }

    private static ComingAndGoing killable(String name, VaultKek kek) {
        OpenBao server = kek.server();
        return new ComingAndGoing() {
            @Override
            public Plugin.NamedMember member() {
                return kek.member().named(name);
            }

            @Override
            public void takeAway() {
                server.kill();
            }

            @Override
            public void giveBack() {
                server.start();
                server.unseal();
            }

            @Override
            public void rotate() {
                kek.rotate();
            }
        };
    }
}
