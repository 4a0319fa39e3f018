package io.trousseau.e2e;

import org.junit.jupiter.api.DisplayName;

@DisplayName("A Secret created with kubectl, the member a Vault")
class VaultSecretIT extends SecretIT {
    @Override
    Kek.Kms kms() {
        return Kek.Kms.VAULT;
    }
}
