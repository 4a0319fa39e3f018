package io.trousseau.e2e.faulty;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Type;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import io.trousseau.provider.local.LocalKmsProvider;
import java.util.Map;

/** The local provider, behind an order that is read from a file at each call and a log of the calls. */
@ProviderName("faulty")
public final class FaultyProvider implements KmsProvider {
    private static final ConfigSchema SCHEMA = ConfigSchema.builder()
            .required("keyFile", Type.FILE, "The local provider's key file.")
            .required(
                    "order",
                    Type.FILE,
                    "What to do at each call: \"hang\", \"fail\" and a code of KmsException, or nothing; it may be absent.")
            .required("log", Type.FILE, "Where each call is written down.")
            .build();

    private final LocalKmsProvider local = new LocalKmsProvider();

    /** Does nothing. */
    public FaultyProvider() {}

    @Override
    public ConfigSchema schema() {
        return SCHEMA;
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        KekHandle kek = local.open(ProviderConfig.of(Map.of("keyFile", config.file("keyFile"))), context);
        return new FaultyKek(kek, config.file("order"), config.file("log"));
    }
}
