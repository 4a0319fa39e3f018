package io.trousseau.provider.aws;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.aws.FakeAwsCredentials;
import io.trousseau.testkit.aws.FakeAwsKms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A fake AWS with a user whose keys are in a file, and settings that lead there. */
final class AwsFixture implements AutoCloseable {
    static final String REGION = "eu-central-1";

    private final FakeAwsKms aws;
    private final List<String> regions;
    private final FakeAwsCredentials user;
    private final Path credentialsFile;

    AwsFixture(Path folder, FakeAwsKms aws, String... regions) {
        this.aws = aws;
        this.regions = List.of(regions);
        this.user = aws.iam().addUser("trousseau");
        this.credentialsFile = folder.resolve("credentials");
        write(user);
    }

    static AwsFixture start(Path folder) {
        return new AwsFixture(folder, FakeAwsKms.start(REGION), REGION);
    }

    void write(FakeAwsCredentials credentials) {
        try {
            Files.writeString(
                    credentialsFile,
                    "[default]\naws_access_key_id = " + credentials.accessKeyId() + "\naws_secret_access_key = "
                            + credentials.secretAccessKey()
                            + credentials
                                    .sessionToken()
                                    .map(token -> "\naws_session_token = " + token)
                                    .orElse("")
                            + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FakeAwsKms aws() {
        return aws;
    }

    FakeAwsCredentials user() {
        return user;
    }

    Path credentialsFile() {
        return credentialsFile;
    }

    /** Settings that lead to the fake and to the user's credentials. */
    Map<String, Object> settings(String key) {
        Map<String, Object> settings = new HashMap<>(bare(key));
        settings.put("credentials", "profile");
        settings.put("credentialsFile", credentialsFile);
        return settings;
    }

    /** Settings that lead to the fake, and to no credentials. */
    Map<String, Object> bare(String key) {
        List<String> endpoints = regions.stream()
                .map(region -> aws.region(region).endpoint().toString())
                .toList();
        return Map.of("key", key, "regions", regions, "endpoints", endpoints, "stsEndpoints", endpoints);
    }

    KekHandle open(String key, ProviderContext context) {
        return new AwsKmsProvider().open(ProviderConfig.of(settings(key)), context);
    }

    /** What must stand nowhere. */
    List<String> secrets() {
        return Stream.concat(Stream.of(user.secretAccessKey()), user.sessionToken().stream())
                .toList();
    }

    @Override
    public void close() {
        aws.close();
    }
}
