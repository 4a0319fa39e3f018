package io.trousseau.testkit.gcp;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.Status;
import java.time.Duration;
import java.util.List;

/** What a {@link FakeGoogleKms} does to one call, or to all, instead of or before answering it rightly. Immutable. */
public sealed interface GoogleFault {
    /** The call waits this long and is then answered rightly. */
    static GoogleFault delay(Duration time) {
        return new Delay(time);
    }

    /**
     * The call fails.
     *
     * @param code a code of {@code google.rpc}
     * @param message the text for people
     * @param details error details, each packed
     */
    static GoogleFault status(Code code, String message, Any... details) {
        return new Failure(Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(message)
                .addAllDetails(List.of(details))
                .build());
    }

    /** The connection is closed without an answer. */
    static GoogleFault drop() {
        return Wire.DROP;
    }

    /** One bit of the request's payload changes on its way, so that its checksum is wrong when it arrives. */
    static GoogleFault damageRequest() {
        return Wire.DAMAGE_REQUEST;
    }

    /** One bit of the answer's payload changes on its way, and its checksum stays. */
    static GoogleFault damageAnswer() {
        return Wire.DAMAGE_ANSWER;
    }

    /** The answer has no checksum. */
    static GoogleFault leaveOutChecksum() {
        return Wire.NO_CHECKSUM;
    }

    /** Encrypt says that it did not verify the plaintext's checksum. */
    static GoogleFault leavePlaintextUnverified() {
        return Wire.PLAINTEXT_UNVERIFIED;
    }

    /** Encrypt says that it did not verify the checksum of the additional authenticated data. */
    static GoogleFault leaveContextUnverified() {
        return Wire.CONTEXT_UNVERIFIED;
    }

    /** The answer is a success without content. */
    static GoogleFault emptyAnswer() {
        return Wire.EMPTY_ANSWER;
    }

    /** The answer names another resource than the one that answered. */
    static GoogleFault answerFor(String name) {
        return new OtherName(name);
    }

    /** See {@link #delay}. */
    record Delay(Duration time) implements GoogleFault {}

    /** See {@link #status}. */
    record Failure(Status status) implements GoogleFault {}

    /** See {@link #answerFor}. */
    record OtherName(String name) implements GoogleFault {}

    /** The faults that have no parameter, each described at its method. */
    enum Wire implements GoogleFault {
        /** See {@link GoogleFault#drop}. */
        DROP,
        /** See {@link GoogleFault#damageRequest}. */
        DAMAGE_REQUEST,
        /** See {@link GoogleFault#damageAnswer}. */
        DAMAGE_ANSWER,
        /** See {@link GoogleFault#leaveOutChecksum}. */
        NO_CHECKSUM,
        /** See {@link GoogleFault#leavePlaintextUnverified}. */
        PLAINTEXT_UNVERIFIED,
        /** See {@link GoogleFault#leaveContextUnverified}. */
        CONTEXT_UNVERIFIED,
        /** See {@link GoogleFault#emptyAnswer}. */
        EMPTY_ANSWER
    }
}
