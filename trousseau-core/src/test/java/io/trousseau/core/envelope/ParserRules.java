package io.trousseau.core.envelope;

import java.util.Arrays;
import java.util.HexFormat;

/** What must hold for the parsers whatever the input is: one canonical encoding, one exception, nothing else. */
final class ParserRules {
    private ParserRules() {}

    /** Whether the input is a header; an {@link AssertionError} with the input if a rule is broken. */
    static boolean acceptsHeader(byte[] input) {
        return hold("header", input, bytes -> {
            Header header = Header.parse(bytes);
            return Arrays.equals(header.toBytes(), input)
                    && header.keyId().hash().length() == 71;
        });
    }

    /** Whether the input is an envelope; an {@link AssertionError} with the input if a rule is broken. */
    static boolean acceptsEnvelope(byte[] input) {
        return hold("envelope", input, bytes -> {
            Envelope envelope = Envelope.parse(bytes);
            Header again = Header.parse(envelope.header().toBytes());
            return Arrays.equals(envelope.toBytes(), input)
                    && Envelope.of(again, envelope.copies(), envelope.sealed()).equals(envelope);
        });
    }

    private interface Parse {
        boolean isCanonical(byte[] input) throws MalformedEnvelopeException;
    }

    private static boolean hold(String what, byte[] input, Parse parse) {
        byte[] given = input.clone();
        boolean accepted;
        try {
            accepted = parse.isCanonical(given);
            if (!accepted) {
                throw broken("another encoding was accepted", what, input, null);
            }
        } catch (MalformedEnvelopeException e) {
            String message = e.getMessage();
            if (message == null || message.isEmpty() || message.length() > 1000) {
                throw broken("no fit message", what, input, e);
            }
            accepted = false;
        } catch (RuntimeException e) {
            throw broken("an exception that is not documented", what, input, e);
        }
        if (!Arrays.equals(given, input)) {
            throw broken("the input was changed", what, input, null);
        }
        return accepted;
    }

    private static AssertionError broken(String rule, String what, byte[] input, Exception cause) {
        return new AssertionError(
                rule + " for the " + what + " " + HexFormat.of().formatHex(input), cause);
    }
}
