package io.trousseau.testkit.vault;

import java.io.ByteArrayOutputStream;
import java.util.Base64;

/** Standard base64 as Go's decoder reads it: line breaks are skipped, and an error names the offending byte. */
final class GoBase64 {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /** What is not base64. */
    static final class Corrupt extends Exception {
        private static final long serialVersionUID = 1L;

        Corrupt(int offset) {
            super("illegal base64 data at input byte " + offset, null, false, false);
        }
    }

    private GoBase64() {}

    static byte[] decode(String text) throws Corrupt {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() * 3 / 4);
        int at = 0;
        int bits = 0;
        int sextets = 0;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '\n' || c == '\r') {
                continue;
            }
            int value = ALPHABET.indexOf(c);
            if (value >= 0) {
                bits = bits << 6 | value;
                if (++sextets == 4) {
                    out.write(bits >> 16);
                    out.write(bits >> 8);
                    out.write(bits);
                    bits = 0;
                    sextets = 0;
                }
                continue;
            }
            if (c != '=' || sextets < 2) {
                throw new Corrupt(at - 1);
            }
            if (sextets == 2) {
                at = afterLineBreaks(text, at);
                if (at == text.length()) {
                    throw new Corrupt(text.length());
                }
                if (text.charAt(at) != '=') {
                    throw new Corrupt(at - 1);
                }
                at++;
            }
            at = afterLineBreaks(text, at);
            if (at < text.length()) {
                throw new Corrupt(at);
            }
            if (sextets == 2) {
                out.write(bits >> 4);
            } else {
                out.write(bits >> 10);
                out.write(bits >> 2);
            }
            return out.toByteArray();
        }
        if (sextets != 0) {
            throw new Corrupt(at - sextets);
        }
        return out.toByteArray();
    }

    static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static int afterLineBreaks(String text, int at) {
        int next = at;
        while (next < text.length() && (text.charAt(next) == '\n' || text.charAt(next) == '\r')) {
            next++;
        }
        return next;
    }
}
