package io.trousseau.provider.azure;

import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.RecordingLogger;
import java.time.InstantSource;
import java.util.List;

/** A context whose log is kept. */
final class Recording {
    final RecordingLogger logger = new RecordingLogger();
    final List<String> lines = logger.lines();

    ProviderContext context(InstantSource clock) {
        return new ProviderContext("m", logger, clock);
    }

    static ProviderContext plain() {
        return new Recording().context(InstantSource.system());
    }
}
