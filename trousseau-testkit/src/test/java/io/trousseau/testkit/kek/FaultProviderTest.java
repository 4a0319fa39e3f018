package io.trousseau.testkit.kek;

import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.testkit.KmsProviderContract;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

class FaultProviderTest extends KmsProviderContract {
    @TempDir
    Path folder;

    @Override
    protected KmsProvider provider() {
        return new FaultProvider();
    }

    @Override
    protected ProviderConfig usableConfig() {
        return ProviderConfig.of(Map.of("key", "a", "controlFile", folder.resolve("control")));
    }

    @Override
    protected Map<String, ProviderConfig> unusableConfigs() {
        Path control = folder.resolve("control");
        return Map.of(
                "a blank key", ProviderConfig.of(Map.of("key", " ", "controlFile", control)),
                "a key that no identity can hold", ProviderConfig.of(Map.of("key", "a\nb", "controlFile", control)),
                "one file for two things",
                        ProviderConfig.of(Map.of("key", "a", "controlFile", control, "callLog", control)));
    }
}
