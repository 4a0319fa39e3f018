package io.trousseau.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.cloud.kms.v1.EncryptRequest;
import com.google.cloud.kms.v1.KeyManagementServiceGrpc;
import com.google.cloud.kms.v1.KeyManagementServiceGrpc.KeyManagementServiceBlockingStub;
import com.google.cloud.kms.v1.ListKeyRingsRequest;
import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import io.trousseau.testkit.gcp.GoogleOperation;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The fake of Google Cloud KMS")
class FakeGoogleKmsTest extends GoogleKmsContract {
    private Instant now = Instant.parse("2026-11-24T12:00:10Z");
    private FakeGoogleKms kms;
    private ManagedChannel channel;

    @BeforeEach
    void start() {
        kms = FakeGoogleKms.start(() -> now);
        kms.createKey(OpenKek.KEY);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", kms.port())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        kms.close();
    }

    @Override
    KeyManagementServiceBlockingStub stub() {
        return KeyManagementServiceGrpc.newBlockingStub(channel);
    }

    @Override
    String key() {
        return OpenKek.KEY;
    }

    @Override
    boolean mayChangeVersions() {
        return true;
    }

    @Test
    @DisplayName("refuses loudly what it does not model")
    void unmodelled() {
        StatusRuntimeException failure = catchThrowableOfType(
                StatusRuntimeException.class, () -> stub().listKeyRings(ListKeyRingsRequest.getDefaultInstance()));
        assertThat(failure.getStatus().getCode()).isEqualTo(Code.UNIMPLEMENTED);
    }

    @Test
    @DisplayName("has a quota of each minute, and says when the next begins")
    void quota() {
        kms.setQuota(2);
        encryptOnce();
        encryptOnce();
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, this::encryptOnce);
        assertThat(failure.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
        try (OpenKek kek = OpenKek.on(kms)) {
            assertThat(OpenKek.failureOf(kek::wrap).retryAfter()).contains(java.time.Duration.ofSeconds(50));
        }
        now = now.plusSeconds(50);
        encryptOnce();
        assertThat(kms.calls(GoogleOperation.ENCRYPT)).isEqualTo(5);
    }

    @Test
    @DisplayName("serves only who has an accepted token, once there are any")
    void tokens() {
        kms.acceptTokens("t0ken");
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, this::encryptOnce);
        assertThat(failure.getStatus().getCode()).isEqualTo(Code.UNAUTHENTICATED);
        kms.acceptTokens();
        encryptOnce();
    }

    @Test
    @DisplayName("never gives a name away twice, nor takes one of another form")
    void names() {
        assertThatIllegalArgumentException().isThrownBy(() -> kms.createKey(OpenKek.KEY));
        assertThatIllegalArgumentException().isThrownBy(() -> kms.createKey("secrets"));
    }

    private void encryptOnce() {
        assertThat(stub().encrypt(EncryptRequest.newBuilder()
                                .setName(OpenKek.KEY)
                                .setPlaintext(ByteString.copyFromUtf8("x"))
                                .build())
                        .getCiphertext()
                        .isEmpty())
                .isFalse();
    }
}
