package io.trousseau.server.kms;

import java.util.Random;

/** Plaintexts of kube-apiserver, and others. */
final class Seeds {
    private Seeds() {}

    /** A seed as v2 has it: 32 bytes, a different one for each number. */
    static byte[] seed(int number) {
        return bytes(32, number);
    }

    static byte[] bytes(int length, int number) {
        byte[] bytes = new byte[length];
        new Random(number).nextBytes(bytes);
        return bytes;
    }
}
