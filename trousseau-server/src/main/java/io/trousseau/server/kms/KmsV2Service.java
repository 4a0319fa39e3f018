package io.trousseau.server.kms;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.keyring.KeyringStatus;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.server.kms.v2.DecryptRequest;
import io.trousseau.server.kms.v2.DecryptResponse;
import io.trousseau.server.kms.v2.EncryptRequest;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.kms.v2.KeyManagementServiceGrpc;
import io.trousseau.server.kms.v2.StatusRequest;
import io.trousseau.server.kms.v2.StatusResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.Map;

/** KMS v2. Nothing here blocks: it runs on the event loop. */
final class KmsV2Service extends KeyManagementServiceGrpc.KeyManagementServiceImplBase {
    /** What a sealed payload is for, so that nothing else passes for a seed of Kubernetes. */
    static final String PURPOSE = "kubernetes-kms-v2";

    private static final Logger LOG = System.getLogger(KmsV2Service.class.getName());
    private static final int LONGEST_HEALTH = 1000;
    private static final int LONGEST_UID = 64;

    private final String version;

    KmsV2Service(String version) {
        this.version = version;
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> call) {
        Connection connection = Connection.current();
        Answer.later(call, connection.settled().thenApply(settled -> status(connection.status())));
    }

    /**
     * With a key_id in the answer, kube-apiserver goes on using its seed whatever healthz says; with an error it stops
     * writing after three minutes. So an outage, in which sealing goes on, is the former and failing closed the latter.
     */
    private StatusResponse status(KeyringStatus status) {
        if (status.serving() == Serving.FAILED_CLOSED) {
            throw Refusal.of(Status.Code.FAILED_PRECONDITION, "the keyring has failed closed: " + status.health());
        }
        if (status.keyId().isEmpty()) {
            throw Refusal.of(
                    status.serving() == Serving.OPENING_ONLY
                            ? Status.Code.FAILED_PRECONDITION
                            : Status.Code.UNAVAILABLE,
                    status.health());
        }
        String keyId = status.keyId().get().text();
        ResponseLimits.checkKeyId(keyId);
        return StatusResponse.newBuilder()
                .setVersion(version)
                .setHealthz(OneLine.of(status.health(), LONGEST_HEALTH))
                .setKeyId(keyId)
                .build();
    }

    @Override
    public void encrypt(EncryptRequest request, StreamObserver<EncryptResponse> call) {
        Answer.now(call, () -> encrypt(Connection.current(), request));
    }

    private static EncryptResponse encrypt(Connection connection, EncryptRequest request) {
        logUid("encrypt", request.getUid());
        if (request.getPlaintext().isEmpty()) {
            throw Refusal.of(Status.Code.INVALID_ARGUMENT, "the plaintext is empty");
        }
        byte[] plaintext = request.getPlaintext().toByteArray();
        Envelope envelope;
        try {
            envelope = connection.seal(plaintext, PURPOSE);
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
        String keyId = envelope.keyId().text();
        ByteString ciphertext = AnnotatedEnvelope.ciphertext(envelope);
        Map<String, ByteString> annotations = AnnotatedEnvelope.annotations(envelope);
        ResponseLimits.checkKeyId(keyId);
        ResponseLimits.checkCiphertext(ciphertext);
        ResponseLimits.checkAnnotations(annotations);
        return EncryptResponse.newBuilder()
                .setCiphertext(ciphertext)
                .setKeyId(keyId)
                .putAllAnnotations(annotations)
                .build();
    }

    @Override
    public void decrypt(DecryptRequest request, StreamObserver<DecryptResponse> call) {
        logUid("decrypt", request.getUid());
        Envelope envelope;
        try {
            if (request.getCiphertext().isEmpty()) {
                throw Refusal.of(Status.Code.INVALID_ARGUMENT, "the ciphertext is empty");
            }
            envelope = AnnotatedEnvelope.read(request.getCiphertext(), request.getAnnotationsMap());
        } catch (MalformedEnvelopeException | RuntimeException e) {
            call.onError(Refusal.of(e));
            return;
        }
        Answer.later(
                call,
                Connection.current()
                        .open(envelope, request.getKeyId(), PURPOSE, CallDeadline.current())
                        .thenApply(KmsV2Service::opened));
    }

    private static DecryptResponse opened(byte[] plaintext) {
        try {
            return DecryptResponse.newBuilder()
                    .setPlaintext(ByteString.copyFrom(plaintext))
                    .build();
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
    }

    private static void logUid(String operation, String uid) {
        if (LOG.isLoggable(Level.DEBUG)) {
            LOG.log(Level.DEBUG, "{0}, uid {1}", operation, OneLine.of(uid, LONGEST_UID));
        }
    }
}
