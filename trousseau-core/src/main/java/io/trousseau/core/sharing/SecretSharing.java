package io.trousseau.core.sharing;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Shamir's secret sharing over GF(2^8) (Shamir, "How to share a secret", CACM 22(11), 1979), byte by byte, in the field of
 * AES (FIPS 197, section 4: x^8 + x^4 + x^3 + x + 1).
 *
 * <p>Any k shares give the secret; k − 1 shares say nothing about it. There is no check here whether shares belong
 * together: callers prove each share and the result by hashes. Field arithmetic has no branches and no table look-ups that
 * depend on secrets. Stateless.
 */
public final class SecretSharing {
    private SecretSharing() {}

    /**
     * Splits a secret.
     *
     * @param secret 1 or more bytes; not kept
     * @param threshold k, 1 to {@code shares}
     * @param shares n, 1 to 255
     * @param random for the coefficients
     * @return n shares by their x, which are 1 to n; each as long as the secret; the caller wipes them
     * @throws IllegalArgumentException if a number is out of its range
     */
    public static Map<Integer, byte[]> split(byte[] secret, int threshold, int shares, SecureRandom random) {
        if (secret.length == 0) {
            throw new IllegalArgumentException("the secret is empty");
        }
        if (shares < 1 || shares > 255 || threshold < 1 || threshold > shares) {
            throw new IllegalArgumentException("threshold " + threshold + " of " + shares + " shares is not possible");
        }
        // coefficients[j] are the coefficients of x^(j+1), one byte per byte of the secret.
        byte[][] coefficients = new byte[threshold - 1][secret.length];
        try {
            for (byte[] coefficient : coefficients) {
                random.nextBytes(coefficient);
            }
            Map<Integer, byte[]> result = new LinkedHashMap<>();
            for (int x = 1; x <= shares; x++) {
                result.put(x, evaluate(secret, coefficients, x));
            }
            return result;
        } finally {
            for (byte[] coefficient : coefficients) {
                Arrays.fill(coefficient, (byte) 0);
            }
        }
    }

    /**
     * Joins shares: the polynomial's value at 0, by Lagrange.
     *
     * @param shares by their x, at least as many as the threshold was (fewer give a wrong secret, as do wrong shares);
     *     all of one length; not kept
     * @return a fresh array, which the caller wipes
     * @throws IllegalArgumentException if there are none, lengths differ, or an x is not 1 to 255
     */
    public static byte[] join(Map<Integer, byte[]> shares) {
        if (shares.isEmpty()) {
            throw new IllegalArgumentException("no shares");
        }
        int length = shares.values().iterator().next().length;
        shares.forEach((x, share) -> {
            if (x < 1 || x > 255) {
                throw new IllegalArgumentException("a share has x = " + x + ", must be 1 to 255");
            }
            if (share.length != length || length == 0) {
                throw new IllegalArgumentException("the shares have different lengths");
            }
        });
        byte[] secret = new byte[length];
        shares.forEach((x, share) -> {
            int weight = 1;
            for (int other : shares.keySet()) {
                if (other != x) {
                    weight = multiply(weight, multiply(other, invert(other ^ x)));
                }
            }
            for (int i = 0; i < length; i++) {
                secret[i] ^= (byte) multiply(weight, share[i] & 0xff);
            }
        });
        return secret;
    }

    private static byte[] evaluate(byte[] secret, byte[][] coefficients, int x) {
        byte[] value = new byte[secret.length];
        for (int i = 0; i < secret.length; i++) {
            int sum = 0;
            for (int j = coefficients.length - 1; j >= 0; j--) {
                sum = multiply(sum ^ (coefficients[j][i] & 0xff), x);
            }
            value[i] = (byte) (sum ^ secret[i]);
        }
        return value;
    }

    /** The product in GF(2^8), by shift and add without branches. */
    static int multiply(int a, int b) {
        int product = 0;
        for (int bit = 0; bit < 8; bit++) {
            product ^= a & -(b >>> bit & 1);
            a = (a << 1) ^ (0x11b & -(a >>> 7 & 1));
        }
        return product;
    }

    /** The inverse in GF(2^8): a^254, by square and multiply. */
    static int invert(int a) {
        int square = multiply(a, a);
        int result = square;
        for (int i = 0; i < 6; i++) {
            square = multiply(square, square);
            result = multiply(result, square);
        }
        return result;
    }
}
