package io.trousseau.server.kms;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.keyring.KeyringException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;

/**
 * What a client is told when its call fails.
 *
 * <p>kube-apiserver acts on no code: they reach its metrics and logs, and the texts reach the users of {@code kubectl}.
 * So only texts that are written for them leave.
 */
final class Refusal {
    private static final Logger LOG = System.getLogger(Refusal.class.getName());
    private static final int LONGEST_TEXT = 1000;
    private static final int SHOWN_FRAMES = 8;

    private Refusal() {}

    /** The gRPC code of each of a keyring's failures. */
    static Status.Code codeOf(KeyringException.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT, KEY_ID_MISMATCH, NOT_AUTHENTIC -> Status.Code.INVALID_ARGUMENT;
            case FOREIGN_KEYRING, UNKNOWN_KEK -> Status.Code.NOT_FOUND;
            case POLICY_REFUSED, KEK_GONE, SEALING_STOPPED, FAILED_CLOSED -> Status.Code.FAILED_PRECONDITION;
            case DENIED -> Status.Code.PERMISSION_DENIED;
            case UNAVAILABLE, NOT_READY, INTERRUPTED, CLOSED -> Status.Code.UNAVAILABLE;
            case TIMEOUT -> Status.Code.DEADLINE_EXCEEDED;
        };
    }

    /** An answer of a code and a text that is written for users. */
    static StatusRuntimeException of(Status.Code code, String text) {
        return code.toStatus().withDescription(OneLine.of(text, LONGEST_TEXT)).asRuntimeException();
    }

    /** The answer to what is no envelope. */
    static StatusRuntimeException malformed(String what) {
        return of(Status.Code.INVALID_ARGUMENT, "not encrypted by Trousseau, or damaged: " + what);
    }

    /** The answer to any failure. */
    static StatusRuntimeException of(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof StatusRuntimeException answer) {
            return answer;
        }
        if (cause instanceof KeyringException refusal) {
            return of(codeOf(refusal.code()), textOf(refusal));
        }
        if (cause instanceof MalformedEnvelopeException malformed) {
            return malformed(textOf(malformed));
        }
        if (cause instanceof CancellationException) {
            return of(Status.Code.CANCELLED, "cancelled by the client");
        }
        logUnexpected(cause);
        return of(Status.Code.INTERNAL, "internal error; the log of Trousseau says more");
    }

    private static String textOf(Exception e) {
        return String.valueOf(e.getMessage());
    }

    /** Without its message, which may hold anything. */
    private static void logUnexpected(Throwable cause) {
        StringBuilder frames = new StringBuilder();
        StackTraceElement[] trace = cause.getStackTrace();
        for (int i = 0; i < Math.min(trace.length, SHOWN_FRAMES); i++) {
            frames.append(i == 0 ? " at " : " < ").append(trace[i]);
        }
        LOG.log(Level.ERROR, "unexpected {0}{1}", cause.getClass().getName(), frames);
    }
}
