package io.trousseau.provider.vault;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import io.trousseau.provider.vault.http.Transport;
import io.trousseau.provider.vault.transit.TransitKek;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The provider {@code vault}: KEKs in the Transit engine of HashiCorp Vault and OpenBao. */
@ProviderName("vault")
public final class VaultKmsProvider implements KmsProvider {
    /** Does nothing. */
    public VaultKmsProvider() {}

    @Override
    public ConfigSchema schema() {
        return VaultSchema.SCHEMA;
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        VaultSettings.Checked settings = VaultSettings.check(config);
        Path tokenFile = config.file("tokenFile");
        if (!Files.isReadable(tokenFile)) {
            throw new ConfigException("tokenFile", tokenFile + " cannot be read");
        }
        Transport transport = new Transport(context.member(), settings.cluster(), context.logger());
        return new TransitKek(
                settings.address(),
                settings.keyType(),
                (request, deadline) -> {
                    try {
                        return transport.call(
                                request, Optional.of(Files.readString(tokenFile).strip()), deadline);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                transport::close,
                context);
    }
}
