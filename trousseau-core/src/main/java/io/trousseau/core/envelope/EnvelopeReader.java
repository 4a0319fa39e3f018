package io.trousseau.core.envelope;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Reads the parts of the format from hostile bytes: nothing is read or allocated beyond what is there. */
final class EnvelopeReader {
    private final ByteBuffer in;

    EnvelopeReader(byte[] bytes) {
        this.in = ByteBuffer.wrap(bytes);
    }

    int position() {
        return in.position();
    }

    int remaining() {
        return in.remaining();
    }

    int u8(String what) throws MalformedEnvelopeException {
        need(what, 1);
        return in.get() & 0xff;
    }

    int u16(String what) throws MalformedEnvelopeException {
        need(what, 2);
        return in.getShort() & 0xffff;
    }

    int u32(String what) throws MalformedEnvelopeException {
        need(what, 4);
        return in.getInt();
    }

    byte[] bytes(String what, int length) throws MalformedEnvelopeException {
        need(what, length);
        byte[] value = new byte[length];
        in.get(value);
        return value;
    }

    String shortText(String what, int maxBytes) throws MalformedEnvelopeException {
        return text(what, u8(what), maxBytes);
    }

    String longText(String what, int maxBytes) throws MalformedEnvelopeException {
        return text(what, u16(what), maxBytes);
    }

    void end(String what) throws MalformedEnvelopeException {
        if (in.hasRemaining()) {
            throw new MalformedEnvelopeException(in.remaining() + " bytes follow the " + what);
        }
    }

    private String text(String what, int length, int maxBytes) throws MalformedEnvelopeException {
        if (length > maxBytes) {
            throw new MalformedEnvelopeException(what + " has " + length + " bytes, at most " + maxBytes);
        }
        int at = position();
        try {
            // A decoder of one's own: the String constructor replaces what is not UTF-8, which is not canonical.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes(what, length)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedEnvelopeException(what + " at byte " + at + " is not UTF-8");
        }
    }

    private void need(String what, int length) throws MalformedEnvelopeException {
        if (in.remaining() < length) {
            throw new MalformedEnvelopeException(
                    what + " at byte " + position() + " needs " + length + " bytes, there are " + in.remaining());
        }
    }
}
