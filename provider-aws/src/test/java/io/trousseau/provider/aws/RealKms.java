package io.trousseau.provider.aws;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.aws.LocalStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/** KMS outside this JVM, for tests that make and spoil keys: LocalStack. */
final class RealKms implements AutoCloseable {
    private final LocalStack localStack;
    private final KmsClient admin;
    private final Path credentialsFile;

    private RealKms(LocalStack localStack, Path credentialsFile) {
        this.localStack = localStack;
        this.credentialsFile = credentialsFile;
        this.admin = KmsClient.builder()
                .region(Region.of(AwsFixture.REGION))
                .endpointOverride(localStack.endpoint())
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }

    static RealKms localStack(Path folder) {
        try {
            Path file = folder.resolve("credentials");
            Files.writeString(file, "[default]\naws_access_key_id = test\naws_secret_access_key = test\n");
            return new RealKms(LocalStack.start(), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    KmsClient admin() {
        return admin;
    }

    LocalStack server() {
        return localStack;
    }

    String createKey() {
        return admin.createKey().keyMetadata().arn();
    }

    KekHandle open(String key, ProviderContext context) {
        String endpoint = localStack.endpoint().toString();
        Map<String, Object> settings = new HashMap<>();
        settings.put("key", key);
        settings.put("regions", List.of(AwsFixture.REGION));
        settings.put("endpoints", List.of(endpoint));
        settings.put("stsEndpoints", List.of(endpoint));
        settings.put("credentials", "profile");
        settings.put("credentialsFile", credentialsFile);
        return new AwsKmsProvider().open(ProviderConfig.of(settings), context);
    }

    @Override
    public void close() {
        admin.close();
        localStack.close();
    }
}
