package io.trousseau.provider.vault;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import io.trousseau.provider.vault.auth.Session;
import io.trousseau.provider.vault.http.Transport;
import io.trousseau.provider.vault.transit.TransitKek;
import java.util.ArrayList;
import java.util.List;
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
        List<Problem> problems = new ArrayList<>();
        Optional<Transport> transport = Optional.empty();
        try {
            transport = Optional.of(new Transport(context.member(), settings.cluster(), context.logger()));
        } catch (ConfigException e) {
            problems.addAll(e.problems());
        }
        problems.addAll(settings.login().problems());
        if (transport.isEmpty() || !problems.isEmpty()) {
            transport.ifPresent(Transport::close);
            throw new ConfigException(problems);
        }
        Session session = new Session(context.member(), transport.get(), settings.login(), context.logger());
        return new TransitKek(settings.address(), settings.keyType(), session, context);
    }
}
