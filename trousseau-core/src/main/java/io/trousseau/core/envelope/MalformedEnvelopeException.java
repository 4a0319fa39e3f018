package io.trousseau.core.envelope;

/**
 * Bytes that are not an envelope, or not the one canonical encoding of it.
 *
 * <p>The only exception that the parsers of this package throw, whatever the input. The message says what is wrong and
 * where; it holds lengths, positions and counts, never the bytes themselves.
 */
public final class MalformedEnvelopeException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedEnvelopeException(String message) {
        super(message);
    }
}
