package io.trousseau.provider.gcp;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What gives out tokens was not reached, or failed. The message names the host and holds nothing secret. Unchecked, so that
 * Google's library passes it on.
 */
final class NoTokenServerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    private NoTokenServerException(String message, @Nullable Throwable cause, int status) {
        super(message, cause);
        this.status = status;
    }

    static NoTokenServerException unreached(String host, IOException cause) {
        return new NoTokenServerException(
                host + " was not reached (" + cause.getClass().getSimpleName() + ")", cause, 0);
    }

    static NoTokenServerException brokenOff(String host, IOException cause) {
        return new NoTokenServerException(
                host + " broke off its answer (" + cause.getClass().getSimpleName() + ")", cause, 0);
    }

    static NoTokenServerException failing(String host, int status) {
        return new NoTokenServerException(host + " answered with HTTP status " + status, null, status);
    }

    /** The one in the chain of causes. */
    static Optional<NoTokenServerException> in(Throwable failure) {
        @Nullable Throwable next = failure;
        for (int depth = 0; next != null && depth < 16; depth++) {
            if (next instanceof NoTokenServerException found) {
                return Optional.of(found);
            }
            next = next.getCause();
        }
        return Optional.empty();
    }

    boolean isThrottling() {
        return status == 429;
    }
}
