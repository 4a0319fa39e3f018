package io.trousseau.provider.local;

import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.testkit.KmsProviderContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

class LocalKmsProviderTest extends KmsProviderContract {
    @TempDir
    Path folder;

    @Override
    protected KmsProvider provider() {
        return new LocalKmsProvider();
    }

    @Override
    protected ProviderConfig usableConfig() throws IOException {
        return config(keyFile("kek"));
    }

    @Override
    protected Map<String, ProviderConfig> unusableConfigs() throws IOException {
        Path open = keyFile("open");
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
        return Map.of(
                "a key file that is not there", config(folder.resolve("missing")),
                "a key file that others may read", config(open));
    }

    private Path keyFile(String name) throws IOException {
        KeyFile file = KeyFile.at(folder.resolve(name));
        file.create(InstantSource.system());
        return file.path();
    }

    private static ProviderConfig config(Path keyFile) {
        return ProviderConfig.of(Map.of("keyFile", keyFile));
    }
}
