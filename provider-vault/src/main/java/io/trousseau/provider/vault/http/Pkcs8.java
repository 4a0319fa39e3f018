package io.trousseau.provider.vault.http;

import java.util.Arrays;

/** Puts private keys of older forms into the one form that the JDK reads, PKCS #8 (RFC 5958). */
final class Pkcs8 {
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final int PARAMETERS = 0xA0;
    private static final int LONG_LENGTH = 0x80;
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    // AlgorithmIdentifier of rsaEncryption, 1.2.840.113549.1.1.1, with NULL.
    private static final byte[] RSA = {
        0x30, 0x0D, 0x06, 0x09, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    // Object identifier id-ecPublicKey, 1.2.840.10045.2.1.
    private static final byte[] EC = {0x06, 0x07, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x02, 0x01};

    private Pkcs8() {}

    /** Of an {@code RSAPrivateKey} of PKCS #1. The caller wipes the result. */
    static byte[] ofRsa(byte[] pkcs1) {
        return wrap(RSA, pkcs1);
    }

    /**
     * Of an {@code ECPrivateKey} of SEC 1 (RFC 5915) that names its curve. The caller wipes the result.
     *
     * @throws IllegalArgumentException if it is no such key
     */
    static byte[] ofEc(byte[] sec1) {
        return wrap(der(SEQUENCE, EC, curve(sec1)), sec1);
    }

    private static byte[] wrap(byte[] algorithm, byte[] key) {
        byte[] octets = der(OCTET_STRING, key);
        try {
            return der(SEQUENCE, VERSION_0, algorithm, octets);
        } finally {
            Arrays.fill(octets, (byte) 0);
        }
    }

    /** The value of {@code parameters [0]}, which comes after the version and the private octets. */
    private static byte[] curve(byte[] sec1) {
        int at = content(sec1, 0, SEQUENCE);
        at = end(sec1, at);
        at = end(sec1, at);
        int start = content(sec1, at, PARAMETERS);
        return Arrays.copyOfRange(sec1, start, end(sec1, at));
    }

    private static int content(byte[] der, int at, int tag) {
        if (at + 1 >= der.length || (der[at] & 0xFF) != tag) {
            throw new IllegalArgumentException("no field of tag " + tag);
        }
        int first = der[at + 1] & 0xFF;
        return at + 2 + (first < LONG_LENGTH ? 0 : first - LONG_LENGTH);
    }

    private static int end(byte[] der, int at) {
        if (at >= der.length) {
            throw new IllegalArgumentException("cut short");
        }
        int content = content(der, at, der[at] & 0xFF);
        int length = content == at + 2 ? der[at + 1] : 0;
        for (int i = at + 2; i < content; i++) {
            if (i - at > 3 || i >= der.length) {
                throw new IllegalArgumentException("a length that no key has");
            }
            length = (length << 8) | (der[i] & 0xFF);
        }
        if (length > der.length - content) {
            throw new IllegalArgumentException("cut short");
        }
        return content + length;
    }

    private static byte[] der(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        int header = length < LONG_LENGTH ? 2 : length <= 0xFF ? 3 : 4;
        byte[] der = new byte[header + length];
        der[0] = (byte) tag;
        if (header == 2) {
            der[1] = (byte) length;
        } else if (header == 3) {
            der[1] = (byte) (LONG_LENGTH + 1);
            der[2] = (byte) length;
        } else {
            der[1] = (byte) (LONG_LENGTH + 2);
            der[2] = (byte) (length >> 8);
            der[3] = (byte) length;
        }
        int at = header;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, der, at, part.length);
            at += part.length;
        }
        return der;
    }
}
