package io.trousseau.provider.aws;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import io.trousseau.provider.aws.credentials.CredentialSource;
import io.trousseau.provider.aws.credentials.Sources;
import io.trousseau.provider.aws.credentials.Sts;
import io.trousseau.provider.aws.sdk.SdkClients;
import io.trousseau.provider.aws.sdk.Workers;
import java.util.List;

/** The provider {@code aws}: KEKs in AWS KMS. */
@ProviderName("aws")
public final class AwsKmsProvider implements KmsProvider {
    /** Does nothing. */
    public AwsKmsProvider() {}

    @Override
    public ConfigSchema schema() {
        return AwsSchema.SCHEMA;
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        AwsSettings.Checked settings = AwsSettings.check(config);
        SdkClients clients = new SdkClients();
        Workers workers = new Workers(context.member());
        List<KmsRegion> regions = settings.endpoints().stream()
                .map(endpoints -> new KmsRegion(endpoints.region().id(), clients.kms(endpoints)))
                .toList();
        Sts sts = new Sts(settings.endpoints().stream().map(clients::sts).toList(), workers);
        CredentialSource credentials = new Sources(settings.credentials(), sts, workers, context.wallClock()).open();
        CallerIdentity identity = new CallerIdentity(sts, workers, context);
        return new AwsKek(
                settings.key(),
                new KmsCaller(settings.partition(), regions, credentials, identity, workers, clients),
                context.wallClock());
    }
}
