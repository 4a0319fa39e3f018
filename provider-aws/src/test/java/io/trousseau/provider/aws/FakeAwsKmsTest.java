package io.trousseau.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.trousseau.testkit.aws.FakeAwsCredentials;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsKms;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.KmsException;

@DisplayName("The fake KMS")
class FakeAwsKmsTest extends AwsKmsContract {
    private static final String REGION = "eu-central-1";

    private final Map<String, FakeAwsKey> keys = new HashMap<>();
    private FakeAwsKms aws;
    private FakeAwsCredentials user;
    private KmsClient client;
    private String key;

    @BeforeEach
    void start() {
        aws = FakeAwsKms.start(REGION, "eu-west-1");
        user = aws.iam().addUser("u");
        client = client(AwsBasicCredentials.create(user.accessKeyId(), user.secretAccessKey()), REGION);
        key = admin().createKey();
    }

    @AfterEach
    void stop() {
        client.close();
        aws.close();
    }

    private KmsClient client(AwsCredentials credentials, String region) {
        return KmsClient.builder()
                .region(Region.of(region))
                .endpointOverride(aws.region(REGION).endpoint())
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }

    @Override
    protected KmsClient client() {
        return client;
    }

    @Override
    protected String key() {
        return key;
    }

    @Override
    protected boolean namesMaterial() {
        return true;
    }

    @Override
    protected Admin admin() {
        return new Admin() {
            @Override
            public String createKey() {
                return add(aws.createKey(REGION));
            }

            @Override
            public String createSigningKey() {
                return add(aws.createSigningKey(REGION));
            }

            private String add(FakeAwsKey made) {
                keys.put(made.arn(), made);
                return made.arn();
            }

            @Override
            public void alias(String alias, String named) {
                aws.alias(REGION, alias, keys.get(named));
            }

            @Override
            public void rotate(String named) {
                keys.get(named).rotate();
            }

            @Override
            public void disable(String named) {
                keys.get(named).disable();
            }

            @Override
            public void scheduleDeletion(String named) {
                keys.get(named).scheduleDeletion(Instant.now().plus(Duration.ofDays(7)));
            }

            @Override
            public void cancelDeletion(String named) {
                keys.get(named).cancelDeletion();
            }
        };
    }

    @Test
    @DisplayName(
            "refuses a signature by another secret, for another region, by nobody it knows, or by a session that lacks its token")
    void signatures() {
        assertRefused("InvalidSignatureException", AwsBasicCredentials.create(user.accessKeyId(), "wrong"), REGION);
        assertRefused(
                "InvalidSignatureException",
                AwsBasicCredentials.create(user.accessKeyId(), user.secretAccessKey()),
                "eu-west-1");
        assertRefused("UnrecognizedClientException", AwsBasicCredentials.create("AKIANOBODY", "x"), REGION);
        FakeAwsCredentials session = aws.iam().issueSession("role", "session", Duration.ofHours(1));
        assertRefused(
                "UnrecognizedClientException",
                AwsBasicCredentials.create(session.accessKeyId(), session.secretAccessKey()),
                REGION);
        assertRefused(
                "UnrecognizedClientException",
                AwsSessionCredentials.create(session.accessKeyId(), session.secretAccessKey(), "wrong"),
                REGION);
        FakeAwsCredentials over = aws.iam().issueSession("role", "session", Duration.ZERO);
        assertRefused(
                "ExpiredTokenException",
                AwsSessionCredentials.create(
                        over.accessKeyId(),
                        over.secretAccessKey(),
                        over.sessionToken().orElseThrow()),
                REGION);
        aws.iam().revoke(user);
        assertRefused(
                "UnrecognizedClientException",
                AwsBasicCredentials.create(user.accessKeyId(), user.secretAccessKey()),
                REGION);
    }

    private void assertRefused(String code, AwsCredentials credentials, String region) {
        try (KmsClient stranger = client(credentials, region)) {
            assertThatExceptionOfType(KmsException.class)
                    .isThrownBy(() -> stranger.describeKey(asked -> asked.keyId(key)))
                    .satisfies(e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code));
        }
    }

    @Test
    @DisplayName("is loud about what it does not model: at the call, and when it is closed")
    void notModelled() {
        assertThatExceptionOfType(KmsException.class)
                .isThrownBy(() -> client.listGrants(asked -> asked.keyId(key)))
                .matches(e -> e.statusCode() == 501);
        assertThatIllegalStateException().isThrownBy(aws::close).withMessageContaining("ListGrants");
    }
}
