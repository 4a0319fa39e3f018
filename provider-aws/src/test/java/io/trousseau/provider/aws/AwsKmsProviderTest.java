package io.trousseau.provider.aws;

import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.testkit.KmsProviderContract;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class AwsKmsProviderTest extends KmsProviderContract {
    private static final String ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    @Override
    protected KmsProvider provider() {
        return new AwsKmsProvider();
    }

    @Override
    protected ProviderConfig usableConfig() {
        return config(Map.of());
    }

    @Override
    protected Map<String, ProviderConfig> unusableConfigs() {
        Map<String, ProviderConfig> unusable = new HashMap<>();
        unusable.put("a key in no form of KMS", config(Map.of("key", "projects/p/locations/l")));
        unusable.put("a key id without a region", config(Map.of("key", "1234abcd-12ab-34cd-56ef-1234567890ab")));
        unusable.put("a region that does not exist", config(Map.of("regions", List.of("frankfurt"))));
        unusable.put("a region that is not the ARN's", config(Map.of("regions", List.of("eu-west-1"))));
        unusable.put(
                "several regions of a key that has one",
                config(Map.of("regions", List.of("eu-central-1", "eu-west-1"))));
        unusable.put(
                "regions of two partitions",
                config(Map.of("key", "alias/trousseau", "regions", List.of("eu-central-1", "cn-north-1"))));
        unusable.put("an endpoint without TLS", config(Map.of("endpoints", List.of("http://kms.example.com"))));
        unusable.put("an endpoint that is no URL", config(Map.of("endpoints", List.of("kms.example.com"))));
        unusable.put("two endpoints for one region", config(Map.of("endpoints", List.of("https://a", "https://b"))));
        unusable.put(
                "a credentials file that is not there",
                config(Map.of("credentials", "profile", "credentialsFile", Path.of("/nonexistent/credentials"))));
        unusable.put("a profile with other credentials", config(Map.of("credentials", "instance", "profile", "p")));
        unusable.put("an external id without a role", config(Map.of("externalId", "id-1")));
        unusable.put("a role that is none", config(Map.of("roleArn", "trousseau")));
        unusable.put("a role of another partition", config(Map.of("roleArn", "arn:aws-cn:iam::111122223333:role/kms")));
        unusable.put(
                "a web identity token without a role",
                config(Map.of("credentials", "web-identity", "webIdentityTokenFile", Path.of("/dev/null"))));
        unusable.put(
                "FIPS at endpoints of one's own",
                config(Map.of(
                        "fips",
                        true,
                        "endpoints",
                        List.of("https://kms.example.com"),
                        "stsEndpoints",
                        List.of("https://sts.example.com"))));
        return unusable;
    }

    private static ProviderConfig config(Map<String, ?> changes) {
        Map<String, Object> settings = new HashMap<>(Map.of("key", ARN));
        settings.putAll(changes);
        return ProviderConfig.of(settings);
    }
}
