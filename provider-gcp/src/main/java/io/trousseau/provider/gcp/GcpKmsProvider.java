package io.trousseau.provider.gcp;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import java.nio.file.Path;
import java.util.Map;

/** The provider {@code gcp}: KEKs in Google Cloud KMS. */
@ProviderName("gcp")
public final class GcpKmsProvider implements KmsProvider {
    private final Map<String, String> environment;
    private final Path home;

    /** Does nothing. */
    public GcpKmsProvider() {
        this(System.getenv(), Path.of(System.getProperty("user.home", "/")));
    }

    /** With another environment and another user's folder, in which application default credentials are looked for. */
    GcpKmsProvider(Map<String, String> environment, Path home) {
        this.environment = environment;
        this.home = home;
    }

    @Override
    public ConfigSchema schema() {
        return GcpSettings.SCHEMA;
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        GcpSettings settings = GcpSettings.read(config, environment, home);
        Threads threads = new Threads(context.member());
        Authorization authorization = settings.credentials()
                .<Authorization>map(source -> new BearerTokens(
                        source,
                        settings.loaded(),
                        settings.impersonate(),
                        settings.quotaProject(),
                        settings.universeDomain(),
                        settings.http(),
                        threads.waiting(),
                        context))
                .orElse(Authorization.NONE);
        Connection connection = new Connection(settings.endpoint(), settings.proxy(), settings.tls(), threads);
        return new GcpKek(
                settings.key(), settings.endpoint(), new Service(connection, authorization, threads), threads);
    }
}
