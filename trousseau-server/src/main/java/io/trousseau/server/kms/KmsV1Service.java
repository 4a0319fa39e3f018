package io.trousseau.server.kms;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.settings.Quoted;
import io.trousseau.server.kms.v1beta1.DecryptRequest;
import io.trousseau.server.kms.v1beta1.DecryptResponse;
import io.trousseau.server.kms.v1beta1.EncryptRequest;
import io.trousseau.server.kms.v1beta1.EncryptResponse;
import io.trousseau.server.kms.v1beta1.KeyManagementServiceGrpc;
import io.trousseau.server.kms.v1beta1.VersionRequest;
import io.trousseau.server.kms.v1beta1.VersionResponse;
import java.util.Arrays;

/** KMS v1, for clusters on their way to v2. Nothing here blocks: it runs on the event loop. */
final class KmsV1Service extends KeyManagementServiceGrpc.KeyManagementServiceImplBase {
    /** What a sealed payload is for, so that nothing else passes for a data key of Kubernetes. */
    static final String PURPOSE = "kubernetes-kms-v1";

    private static final String VERSION = "v1beta1";

    private final String runtimeVersion;

    KmsV1Service(String runtimeVersion) {
        this.runtimeVersion = runtimeVersion;
    }

    @Override
    public void version(VersionRequest request, StreamObserver<VersionResponse> call) {
        Answer.now(call, () -> {
            checkVersion(request.getVersion());
            return VersionResponse.newBuilder()
                    .setVersion(VERSION)
                    .setRuntimeName("trousseau")
                    .setRuntimeVersion(runtimeVersion)
                    .build();
        });
    }

    /** Waits for the first key_id, since v1 has no Status that could. */
    @Override
    public void encrypt(EncryptRequest request, StreamObserver<EncryptResponse> call) {
        Connection connection = Connection.current();
        Answer.later(call, connection.settled().thenApply(settled -> encrypt(connection, request)));
    }

    private static EncryptResponse encrypt(Connection connection, EncryptRequest request) {
        checkVersion(request.getVersion());
        if (request.getPlain().isEmpty()) {
            throw Refusal.of(Status.Code.INVALID_ARGUMENT, "the plaintext is empty");
        }
        byte[] plaintext = request.getPlain().toByteArray();
        ByteString cipher;
        try {
            cipher = ByteString.copyFrom(connection.seal(plaintext, PURPOSE).toBytes());
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
        ResponseLimits.checkV1Cipher(cipher);
        return EncryptResponse.newBuilder().setCipher(cipher).build();
    }

    @Override
    public void decrypt(DecryptRequest request, StreamObserver<DecryptResponse> call) {
        Envelope envelope;
        try {
            checkVersion(request.getVersion());
            if (request.getCipher().isEmpty()) {
                throw Refusal.of(Status.Code.INVALID_ARGUMENT, "the ciphertext is empty");
            }
            envelope = Envelope.parse(request.getCipher().toByteArray());
        } catch (MalformedEnvelopeException | RuntimeException e) {
            call.onError(Refusal.of(e));
            return;
        }
        // v1 stores no key_id beside the envelope, so there is none to compare with.
        Answer.later(
                call,
                Connection.current()
                        .open(envelope, envelope.keyId().text(), PURPOSE, CallDeadline.current())
                        .thenApply(KmsV1Service::opened));
    }

    private static DecryptResponse opened(byte[] plaintext) {
        try {
            return DecryptResponse.newBuilder()
                    .setPlain(ByteString.copyFrom(plaintext))
                    .build();
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
    }

    private static void checkVersion(String version) {
        if (!version.equals(VERSION)) {
            throw Refusal.of(
                    Status.Code.INVALID_ARGUMENT,
                    "the request is of version " + Quoted.of(version) + "; this service speaks " + VERSION);
        }
    }
}
