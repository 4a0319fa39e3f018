package io.trousseau.provider.azure;

import io.trousseau.testkit.azure.FakeKeyVault;

class AzureRsaKekTest extends AzureKekContract {
    @Override
    String algorithm() {
        return "RSA-OAEP-256";
    }

    @Override
    FakeKeyVault where(FakeAzure azure) {
        return azure.vault;
    }

    @Override
    void create(FakeKeyVault where, String key) {
        where.createRsaKey(key, 2048);
    }
}
