package io.trousseau.provider.aws;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/**
 * The real KMS, for who has an account: {@code ./mvnw verify -Pe2e -pl provider-aws -am -Dtrousseau.it.aws.key=ARN}, with the
 * SDK's default credentials. Encrypts, decrypts and describes; changes nothing.
 */
@DisplayName("The real KMS")
@EnabledIfSystemProperty(named = "trousseau.it.aws.key", matches = "arn:.*", disabledReason = "it needs an account")
class RealAccountKmsIT extends AwsKmsContract {
    private final KmsClient client = KmsClient.builder()
            .region(Region.of(key().split(":")[3]))
            .httpClient(UrlConnectionHttpClient.create())
            .build();

    @AfterEach
    void stop() {
        client.close();
    }

    @Override
    protected KmsClient client() {
        return client;
    }

    @Override
    protected String key() {
        return System.getProperty("trousseau.it.aws.key");
    }

    @Override
    protected boolean namesMaterial() {
        return true;
    }
}
