package io.trousseau.provider.aws.sdk;

import io.trousseau.api.Deadline;
import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.ProxyConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * Makes clients that do what they are told and no more: one attempt, no retries, nothing taken from the environment or
 * from {@code ~/.aws}, credentials and time-out given with each request.
 */
public final class SdkClients implements AutoCloseable {
    /** How long a worker that was left behind can hang at a host that takes no connection. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    /** The last resort: each request's own time-out ends it sooner. */
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(30);

    private final SdkHttpClient http;

    /** Clients over HTTP. */
    public SdkClients() {
        this(UrlConnectionHttpClient.builder()
                .connectionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(READ_TIMEOUT)
                .proxyConfiguration(ProxyConfiguration.builder()
                        .useEnvironmentVariablesValues(false)
                        .useSystemPropertyValues(false)
                        .build())
                .build());
    }

    SdkClients(SdkHttpClient http) {
        this.http = http;
    }

    /** A client of KMS. */
    public KmsClient kms(Endpoints endpoints) {
        return client(KmsClient.builder(), endpoints.region(), endpoints.kms());
    }

    /** A client of STS. */
    public StsClient sts(Endpoints endpoints) {
        return client(StsClient.builder(), endpoints.region(), endpoints.sts());
    }

    private <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(
            B builder, Region region, URI endpoint) {
        return builder.region(region)
                .endpointOverride(endpoint)
                .dualstackEnabled(false)
                .fipsEnabled(false)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .httpClient(http)
                .overrideConfiguration(SdkClients::tame)
                .build();
    }

    private static void tame(ClientOverrideConfiguration.Builder configuration) {
        configuration
                .retryStrategy(AwsRetryStrategy.doNotRetry())
                .defaultProfileFile(ProfileFile.aggregator().build())
                .defaultProfileName("none");
    }

    /** What a request needs to end by the deadline. */
    public static Consumer<AwsRequestOverrideConfiguration.Builder> until(Deadline deadline) {
        // Zero would mean no time-out at all.
        Duration left = deadline.remaining().plusMillis(1);
        return request -> request.apiCallTimeout(left);
    }

    /** What a request needs to be signed with the credentials and to end by the deadline. */
    public static Consumer<AwsRequestOverrideConfiguration.Builder> signed(
            AwsCredentials credentials, Deadline deadline) {
        return until(deadline)
                .andThen(request -> request.credentialsProvider(StaticCredentialsProvider.create(credentials)));
    }

    @Override
    public void close() {
        http.close();
    }
}
