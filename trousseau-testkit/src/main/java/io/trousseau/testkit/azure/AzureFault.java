package io.trousseau.testkit.azure;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** What happens to a request instead of its answer. Immutable, but for what a latch is. */
public sealed interface AzureFault {
    /** An answer of the service's own kind. */
    record Status(int status, String code, String inner, Map<String, String> headers) implements AzureFault {
        /** Copies the headers. */
        public Status {
            headers = Map.copyOf(headers);
        }
    }

    /** Any answer at all. */
    record Raw(int status, String contentType, String body) implements AzureFault {}

    /** The right answer, of which only the first half of the body comes before the connection ends. */
    record Truncated() implements AzureFault {}

    /** The connection ends without an answer. */
    record Dropped() implements AzureFault {}

    /** The right answer, late. */
    record Late(Duration delay) implements AzureFault {}

    /** The right answer, once the latch is open. */
    record Held(CountDownLatch until) implements AzureFault {}

    /** An error without an inner code. */
    static AzureFault status(int status, String code) {
        return new Status(status, code, "", Map.of());
    }

    /** An error with an inner code, as those of HTTP 403 have. */
    static AzureFault status(int status, String code, String inner) {
        return new Status(status, code, inner, Map.of());
    }

    /** Throttling that says when to come back. */
    static AzureFault throttled(int seconds) {
        return new Status(429, "Throttled", "", Map.of("Retry-After", Integer.toString(seconds)));
    }
}
