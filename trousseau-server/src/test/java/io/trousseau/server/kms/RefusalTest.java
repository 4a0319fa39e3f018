package io.trousseau.server.kms;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.keyring.KeyringException;
import io.trousseau.core.keyring.KeyringException.Code;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RefusalTest {
    @Test
    @DisplayName("every failure of a keyring has its gRPC code")
    void codes() {
        Map<Code, Status.Code> expected = new EnumMap<>(Code.class);
        expected.put(Code.INVALID_ARGUMENT, Status.Code.INVALID_ARGUMENT);
        expected.put(Code.FOREIGN_KEYRING, Status.Code.NOT_FOUND);
        expected.put(Code.KEY_ID_MISMATCH, Status.Code.INVALID_ARGUMENT);
        expected.put(Code.POLICY_REFUSED, Status.Code.FAILED_PRECONDITION);
        expected.put(Code.UNKNOWN_KEK, Status.Code.NOT_FOUND);
        expected.put(Code.NOT_AUTHENTIC, Status.Code.INVALID_ARGUMENT);
        expected.put(Code.DENIED, Status.Code.PERMISSION_DENIED);
        expected.put(Code.KEK_GONE, Status.Code.FAILED_PRECONDITION);
        expected.put(Code.UNAVAILABLE, Status.Code.UNAVAILABLE);
        expected.put(Code.TIMEOUT, Status.Code.DEADLINE_EXCEEDED);
        expected.put(Code.NOT_READY, Status.Code.UNAVAILABLE);
        expected.put(Code.SEALING_STOPPED, Status.Code.FAILED_PRECONDITION);
        expected.put(Code.FAILED_CLOSED, Status.Code.FAILED_PRECONDITION);
        expected.put(Code.INTERRUPTED, Status.Code.UNAVAILABLE);
        expected.put(Code.CLOSED, Status.Code.UNAVAILABLE);

        Map<Code, Status.Code> actual = new EnumMap<>(Code.class);
        for (Code code : Code.values()) {
            actual.put(code, Refusal.codeOf(code));
        }
        assertThat(actual).isEqualTo(expected);
    }

    @Test
    @DisplayName("a failure that nobody has foreseen tells the client nothing of itself")
    void unforeseen() {
        StatusRuntimeException answer = Refusal.of(new IllegalStateException("key 0xdeadbeef"));

        assertThat(answer.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(answer.getStatus().getDescription()).doesNotContain("deadbeef");
        assertThat(answer.getStatus().getCause()).isNull();
    }

    @Test
    @DisplayName("a failure of a future is the failure within")
    void ofFuture() {
        assertThat(Refusal.of(new CompletionException(new CancellationException()))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.CANCELLED);
    }

    @Test
    @DisplayName("bytes that are no envelope are INVALID_ARGUMENT and say so")
    void malformed() {
        StatusRuntimeException answer = Refusal.of(malformedEnvelope());

        assertThat(answer.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(answer.getStatus().getDescription()).contains("not encrypted by Trousseau");
    }

    private static Exception malformedEnvelope() {
        try {
            Envelope.parse(new byte[100]);
        } catch (MalformedEnvelopeException | KeyringException e) {
            return e;
        }
        throw new AssertionError("100 zeros are an envelope");
    }
}
