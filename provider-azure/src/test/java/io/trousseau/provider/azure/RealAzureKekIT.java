package io.trousseau.provider.azure;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.KekHandleContract;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What every KEK handle must hold, of a real key, for who has one:
 * {@code -Dtrousseau.it.azure.key=https://VAULT.vault.azure.net/keys/NAME}, with {@code -Dtrousseau.it.azure.algorithm} and
 * {@code -Dtrousseau.it.azure.auth} where they are not RSA-OAEP-256 and azure-cli. It only wraps, unwraps and reads, a few
 * thousand times.
 */
@EnabledIfSystemProperty(
        named = "trousseau.it.azure.key",
        matches = ".+",
        disabledReason = "needs a real account: -Dtrousseau.it.azure.key=https://VAULT.vault.azure.net/keys/NAME")
class RealAzureKekIT extends KekHandleContract {
    private static final String KEY = System.getProperty("trousseau.it.azure.key", "");

    @Override
    protected KekHandle openKek(ProviderContext context) {
        return new AzureKmsProvider()
                .open(
                        ProviderConfig.of(Map.of(
                                "key", KEY,
                                "algorithm", System.getProperty("trousseau.it.azure.algorithm", "RSA-OAEP-256"),
                                "cloud", System.getProperty("trousseau.it.azure.cloud", "public"),
                                "auth", System.getProperty("trousseau.it.azure.auth", "azure-cli"))),
                        context);
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }
}
