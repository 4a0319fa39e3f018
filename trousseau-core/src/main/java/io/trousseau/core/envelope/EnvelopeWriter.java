package io.trousseau.core.envelope;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the big-endian, length-prefixed parts of the format. */
final class EnvelopeWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void u8(int value) {
        out.write(value);
    }

    void u16(int value) {
        out.write(value >>> 8);
        out.write(value);
    }

    void u32(int value) {
        u16(value >>> 16);
        u16(value);
    }

    void bytes(byte[] value) {
        out.writeBytes(value);
    }

    /** One length byte and UTF-8. */
    void shortText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        u8(utf8.length);
        bytes(utf8);
    }

    /** Two length bytes and UTF-8. */
    void longText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        u16(utf8.length);
        bytes(utf8);
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }
}
