package io.trousseau.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.WrapContext;
import io.trousseau.provider.aws.credentials.CredentialSource;
import io.trousseau.provider.aws.credentials.Issued;
import io.trousseau.provider.aws.credentials.Sts;
import io.trousseau.provider.aws.sdk.SdkClients;
import io.trousseau.provider.aws.sdk.Workers;
import io.trousseau.testkit.RecordingLogger;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.EncryptRequest;
import software.amazon.awssdk.services.kms.model.EncryptResponse;

@DisplayName("The copy of a plaintext that is given to the SDK")
class PlaintextTest {
    private static final String KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    private static final byte[] SECRET = {1, 2, 3, 4};

    @Test
    @DisplayName("is what was given while the call lasts, and wiped when it ends, well or not")
    void wiped() {
        List<SdkBytes> given = new ArrayList<>();
        for (boolean works : new boolean[] {true, false}) {
            KmsClient client = (KmsClient) Proxy.newProxyInstance(
                    KmsClient.class.getClassLoader(), new Class<?>[] {KmsClient.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("close")) {
                            return null;
                        }
                        SdkBytes plaintext = ((EncryptRequest) arguments[0]).plaintext();
                        assertThat(plaintext.asByteArray()).isEqualTo(SECRET);
                        given.add(plaintext);
                        if (works) {
                            return EncryptResponse.builder()
                                    .keyId(KEY)
                                    .ciphertextBlob(SdkBytes.fromByteArray(new byte[152]))
                                    .build();
                        }
                        throw SdkClientException.create("no");
                    });
            byte[] plaintext = SECRET.clone();
            try (KekHandle kek = open(client)) {
                if (works) {
                    kek.wrap(plaintext, WrapContext.empty(), soon());
                } else {
                    assertThatExceptionOfType(KmsException.class)
                            .isThrownBy(() -> kek.wrap(plaintext, WrapContext.empty(), soon()));
                }
            }
            assertThat(plaintext).isEqualTo(SECRET);
        }
        assertThat(given)
                .hasSize(2)
                .allSatisfy(copy -> assertThat(copy.asByteArray()).containsOnly(0));
    }

    private static KekHandle open(KmsClient client) {
        ProviderContext context = new ProviderContext("m", new RecordingLogger(), InstantSource.system());
        Workers workers = new Workers("m");
        CredentialSource credentials = deadline -> new Issued(
                AwsBasicCredentials.create("id", "none"), "a test", Optional.of("arn:test"), Optional.empty());
        return new AwsKek(
                KeyName.parse(KEY).orElseThrow(),
                new KmsCaller(
                        "aws",
                        List.of(new KmsRegion("eu-central-1", client)),
                        credentials,
                        new CallerIdentity(new Sts(List.of(), workers), workers, context),
                        workers,
                        new SdkClients()),
                context.wallClock());
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(8));
    }
}
