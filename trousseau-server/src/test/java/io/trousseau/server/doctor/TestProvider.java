package io.trousseau.server.doctor;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import io.trousseau.testkit.kek.InMemoryKek;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Opens KEKs that live in a test: what it was told for a name, else a good one. */
@ProviderName("memory")
final class TestProvider implements KmsProvider {
    final Map<String, InMemoryKek> keks = new ConcurrentHashMap<>();
    final Map<String, Supplier<KekHandle>> handles = new ConcurrentHashMap<>();

    InMemoryKek kek(String name) {
        return keks.computeIfAbsent(name, InMemoryKek::create);
    }

    @Override
    public ConfigSchema schema() {
        return ConfigSchema.builder()
                .required("kek", ConfigSchema.Type.STRING, "Which KEK.")
                .build();
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        String name = config.string("kek");
        if (name.equals("refused")) {
            throw new ConfigException("kek", "is refused");
        }
        return handles.getOrDefault(name, () -> kek(name).open()).get();
    }
}
