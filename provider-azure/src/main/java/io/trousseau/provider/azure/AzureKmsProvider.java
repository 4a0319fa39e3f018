package io.trousseau.provider.azure;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import io.trousseau.provider.azure.http.Http;
import io.trousseau.provider.azure.login.AccessTokens;
import io.trousseau.provider.azure.login.Entra;

/** The provider {@code azure}: KEKs in Azure Key Vault and in Managed HSM. */
@ProviderName("azure")
public final class AzureKmsProvider implements KmsProvider {
    /** Does nothing. */
    public AzureKmsProvider() {}

    @Override
    public ConfigSchema schema() {
        return AzureSettings.SCHEMA;
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        AzureSettings settings = AzureSettings.check(config, System.getenv());
        Http http = new Http(context.member(), settings.trust(), settings.proxy());
        AccessTokens tokens = new AccessTokens(
                context.member(),
                settings.login(),
                Entra.through(http, settings.authorityHost()),
                settings.resource() + "/.default",
                context.wallClock(),
                context.logger());
        return new AzureKek(settings.key(), settings.restoredFrom(), settings.algorithm(), http, tokens, context);
    }
}
