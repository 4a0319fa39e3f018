package io.trousseau.server.kms;

import static io.trousseau.server.kms.KmsV2Test.refusal;
import static io.trousseau.server.kms.Seeds.bytes;
import static io.trousseau.server.kms.Seeds.seed;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.trousseau.server.kms.v1beta1.DecryptRequest;
import io.trousseau.server.kms.v1beta1.EncryptRequest;
import io.trousseau.server.kms.v1beta1.VersionRequest;
import io.trousseau.server.kms.v1beta1.VersionResponse;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.testkit.kek.InMemoryKek;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KmsV1Test {
    private TestNode node;
    private KmsClient client;

    @BeforeEach
    void serve(@TempDir Path directory) {
        node = TestNode.quiet(directory.resolve("kms.sock"), InMemoryKek.create("kek-a"), new KmsProtocol("v2", true));
        client = node.connect();
    }

    @AfterEach
    void stop() {
        client.close();
        node.close();
    }

    @Test
    @DisplayName("Version answers v1beta1")
    void version() {
        VersionResponse version = client.v1()
                .version(VersionRequest.newBuilder().setVersion("v1beta1").build());

        assertThat(version.getVersion()).isEqualTo("v1beta1");
        assertThat(version.getRuntimeName()).isEqualTo("trousseau");
        assertThat(version.getRuntimeVersion()).matches("[0-9]+\\.[0-9]+\\.[0-9]+.*");
    }

    @Test
    @DisplayName("the health check's ping comes back, as the first call after a cold start")
    void ping() {
        byte[] ping = "ping".getBytes(StandardCharsets.US_ASCII);
        assertThat(decrypt(encrypt(ping))).isEqualTo(ping);
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {1, 16, 24, 32, 4096, 60_000})
    @DisplayName("plaintexts come back in their length")
    void lengths(int length) {
        assertThat(decrypt(encrypt(bytes(length, 1)))).isEqualTo(bytes(length, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "%2Frun%2Fk.sock", "/run/k.sock", "@x"})
    @DisplayName("authority matrix: whatever the client calls the server")
    void authority(String authority) {
        try (KmsClient named = new KmsClient(node.socket(), authority)) {
            assertThat(decrypt(named, encrypt(named, seed(1)))).isEqualTo(seed(1));
        }
    }

    @Test
    @DisplayName("a cipher that would not come back in an inbound message is refused")
    void tooLong() {
        assertThat(refusal(() -> encrypt(bytes(65_400, 1))).getCode()).isEqualTo(Status.Code.INTERNAL);
    }

    @Test
    @DisplayName("what v1 encrypted is refused by v2, and the other way round")
    void apart() {
        client.status();
        ByteString v1 = encrypt(seed(1));
        EncryptResponse v2 = client.encrypt(seed(1));

        assertThat(refusal(() -> client.decrypt(v2.toBuilder().setCiphertext(v1).build()))
                        .getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal(() -> decrypt(v2.getCiphertext())).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    @DisplayName("a flipped byte, an empty plaintext or cipher, and another version are INVALID_ARGUMENT")
    void invalid() {
        byte[] damaged = encrypt(seed(1)).toByteArray();
        damaged[damaged.length - 1] ^= 1;
        EncryptRequest otherVersion = EncryptRequest.newBuilder()
                .setVersion("v2")
                .setPlain(ByteString.copyFrom(seed(1)))
                .build();

        assertThat(refusal(() -> decrypt(ByteString.copyFrom(damaged))).getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal(() -> decrypt(ByteString.EMPTY)).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal(() -> encrypt(new byte[0])).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal(() -> client.v1().encrypt(otherVersion)).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    private ByteString encrypt(byte[] plain) {
        return encrypt(client, plain);
    }

    private static ByteString encrypt(KmsClient client, byte[] plain) {
        return client.v1()
                .encrypt(EncryptRequest.newBuilder()
                        .setVersion("v1beta1")
                        .setPlain(ByteString.copyFrom(plain))
                        .build())
                .getCipher();
    }

    private byte[] decrypt(ByteString cipher) {
        return decrypt(client, cipher);
    }

    private static byte[] decrypt(KmsClient client, ByteString cipher) {
        return client.v1()
                .decrypt(DecryptRequest.newBuilder()
                        .setVersion("v1beta1")
                        .setCipher(cipher)
                        .build())
                .getPlain()
                .toByteArray();
    }
}
