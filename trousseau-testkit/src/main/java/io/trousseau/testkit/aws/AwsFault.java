package io.trousseau.testkit.aws;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What goes wrong with one request, for {@link FakeAwsRegion#next} and {@link FakeAwsRegion#always}. */
public sealed interface AwsFault {
    /**
     * The request is answered as it should be, later.
     *
     * @param time how much later
     */
    record Delay(Duration time) implements AwsFault {}

    /** The request is held until {@link FakeAwsRegion#heal}, then answered as it should be. */
    record Hold() implements AwsFault {}

    /**
     * An answer of the fault's own.
     *
     * @param status the HTTP status
     * @param contentType of the body
     * @param body the whole body
     */
    record Answer(int status, String contentType, String body) implements AwsFault {}

    /** The right answer, of which the second half is missing: the connection ends there. */
    record Truncate() implements AwsFault {}

    /** The connection is closed without an answer. */
    record Drop() implements AwsFault {}

    /** See {@link Delay}. */
    static AwsFault delay(Duration time) {
        return new Delay(time);
    }

    /** See {@link Hold}. */
    static AwsFault hold() {
        return new Hold();
    }

    /**
     * An error in the form of the JSON protocol.
     *
     * @param status the HTTP status
     * @param type {@code ThrottlingException}, for example
     */
    static AwsFault error(int status, String type) {
        return new Answer(
                status,
                KmsProtocol.CONTENT_TYPE,
                new String(KmsProtocol.error(type, "scripted"), StandardCharsets.UTF_8));
    }

    /** What the service answers whom it throttles. */
    static AwsFault throttle() {
        return error(400, "ThrottlingException");
    }

    /** See {@link Answer}. */
    static AwsFault answer(int status, String contentType, String body) {
        return new Answer(status, contentType, body);
    }

    /** See {@link Truncate}. */
    static AwsFault truncate() {
        return new Truncate();
    }

    /** See {@link Drop}. */
    static AwsFault drop() {
        return new Drop();
    }
}
