package io.trousseau.provider.azure;

import io.trousseau.testkit.azure.FakeKeyVault;

class AzureKeyWrapKekTest extends AzureKekContract {
    @Override
    String algorithm() {
        return "A256KW";
    }

    @Override
    FakeKeyVault where(FakeAzure azure) {
        return azure.hsm;
    }

    @Override
    void create(FakeKeyVault where, String key) {
        where.createOctKey(key);
    }
}
