package io.trousseau.provider.vault;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.RecordingLogger;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Opens handles as a configuration would, and closes them after the test. */
final class OpenKeks implements AutoCloseable {
    private final Path folder;
    private final List<KekHandle> opened = new ArrayList<>();
    private final RecordingLogger log = new RecordingLogger();

    OpenKeks(Path folder) {
        this.folder = folder;
    }

    /** A handle with a token, and further settings. */
    KekHandle open(URI address, String token, Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.putIfAbsent("addresses", List.of(address.toString()));
        settings.putIfAbsent("key", "payments");
        settings.put("tokenFile", tokenFile(token));
        KekHandle kek = new VaultKmsProvider()
                .open(ProviderConfig.of(settings), new ProviderContext("test", log, InstantSource.system()));
        opened.add(kek);
        return kek;
    }

    private Path tokenFile(String token) {
        try {
            Path file = Files.createTempFile(folder, "token", "");
            return Files.writeString(file, token + "\n");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the handles have logged. */
    List<String> logged() {
        return log.lines();
    }

    @Override
    public void close() {
        opened.forEach(KekHandle::close);
    }
}
