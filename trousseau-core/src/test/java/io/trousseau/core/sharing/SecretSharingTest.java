package io.trousseau.core.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("Secret sharing")
class SecretSharingTest {
    private static final HexFormat HEX = HexFormat.of();

    /** The random source of a test: the same numbers every time. */
    private static final class Seeded extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final Random random;

        Seeded(long seed) {
            this.random = new Random(seed);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            random.nextBytes(bytes);
        }
    }

    /** The random source of a test: the coefficients that it is given, in order. */
    private static final class Scripted extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final byte[][] coefficients;
        private int next;

        Scripted(byte[]... coefficients) {
            this.coefficients = coefficients;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            byte[] given = coefficients[next++];
            assertThat(bytes).hasSameSizeAs(given);
            System.arraycopy(given, 0, bytes, 0, bytes.length);
        }
    }

    @Nested
    @DisplayName("computes in the field of AES:")
    class Field {
        @Test
        @DisplayName("products are those of FIPS 197, sections 4.2 and 4.2.1")
        void fips197() {
            assertThat(SecretSharing.multiply(0x57, 0x83)).isEqualTo(0xc1);
            assertThat(SecretSharing.multiply(0x57, 0x02)).isEqualTo(0xae);
            assertThat(SecretSharing.multiply(0x57, 0x04)).isEqualTo(0x47);
            assertThat(SecretSharing.multiply(0x57, 0x08)).isEqualTo(0x8e);
            assertThat(SecretSharing.multiply(0x57, 0x10)).isEqualTo(0x07);
            assertThat(SecretSharing.multiply(0x57, 0x13)).isEqualTo(0xfe);
        }

        @Test
        @DisplayName("every product is that of polynomials, divided by x^8 + x^4 + x^3 + x + 1")
        void allProducts() {
            for (int a = 0; a < 256; a++) {
                for (int b = 0; b < 256; b++) {
                    assertThat(SecretSharing.multiply(a, b)).isEqualTo(remainder(product(a, b)));
                }
            }
        }

        private int product(int a, int b) {
            int product = 0;
            for (int bit = 0; bit < 8; bit++) {
                if ((b >>> bit & 1) == 1) {
                    product ^= a << bit;
                }
            }
            return product;
        }

        private int remainder(int dividend) {
            int rest = dividend;
            for (int bit = 15; bit >= 8; bit--) {
                if ((rest >>> bit & 1) == 1) {
                    rest ^= 0x11b << bit - 8;
                }
            }
            return rest;
        }

        @Test
        @DisplayName("every number but 0 has its inverse; that of 53 is ca (FIPS 197, section 5.1.1)")
        void inverses() {
            for (int a = 1; a < 256; a++) {
                int inverse = SecretSharing.invert(a);
                assertThat(inverse).isBetween(1, 255);
                assertThat(SecretSharing.multiply(a, inverse)).isEqualTo(1);
            }
            assertThat(SecretSharing.invert(0x53)).isEqualTo(0xca);
            assertThat(SecretSharing.invert(0)).isZero();
        }
    }

    @Nested
    @DisplayName("agrees with published and with independent results:")
    class Vectors {
        @Test
        @DisplayName("the test case of draft-mcgrew-tss-03, section 9")
        void mcgrew() {
            byte[] secret = HEX.parseHex("7465737400");
            byte[] first = HEX.parseHex("b9fa07e185");
            byte[] second = HEX.parseHex("f5409b4511");

            assertThat(SecretSharing.join(Map.of(1, first, 2, second))).containsExactly(secret);

            // With two shares the one coefficient is the difference of the first share and the secret.
            byte[] coefficient = new byte[secret.length];
            for (int i = 0; i < secret.length; i++) {
                coefficient[i] = (byte) (first[i] ^ secret[i]);
            }
            Map<Integer, byte[]> shares = SecretSharing.split(secret, 2, 2, new Scripted(coefficient));
            assertThat(shares.get(1)).containsExactly(first);
            assertThat(shares.get(2)).containsExactly(second);
        }

        /** Computed by a program that multiplies by logarithms to the base 3 and evaluates term by term. */
        @Test
        @DisplayName("three of five, and places up to 255")
        void threeOfFive() {
            byte[] secret = "trousseau: five members, three!!".getBytes(StandardCharsets.US_ASCII);
            byte[] linear = new byte[32];
            byte[] quadratic = new byte[32];
            for (int i = 0; i < 32; i++) {
                linear[i] = (byte) (i * 7 + 1);
                quadratic[i] = (byte) (i * 29 + 5);
            }

            Map<Integer, byte[]> shares = SecretSharing.split(secret, 3, 5, new Scripted(linear, quadratic));

            assertThat(shares).containsOnlyKeys(1, 2, 3, 4, 5);
            assertThat(HEX.formatHex(shares.get(1)))
                    .isEqualTo("70585f3f17c1fd83a170406c5d549df2c9ef1dc8a1806b2e341e28d891e79973");
            assertThat(HEX.formatHex(shares.get(2)))
                    .isEqualTo("62ea8d32b655c9689e9232f15c2df922f670afc55bc264c5ab4aec4530c52b98");
            assertThat(HEX.formatHex(shares.get(3)))
                    .isEqualTo("66c0bd78d2e7518a4ad852fb680f01f052fadf6f9f307cc7bf20acefc44793ca");
            assertThat(HEX.formatHex(shares.get(4)))
                    .isEqualTo("20448e9ad6400c06c38161696cbc81e64d277aba9b2ec17c978d6be761f4aa3c");
            assertThat(HEX.formatHex(shares.get(5)))
                    .isEqualTo("246ebed0b2f294e417cb0163589e7934e9ad0a105fdcd97e83e72b4d9576126e");
            assertThat(SecretSharing.join(Map.of(
                            128,
                            HEX.parseHex("30f75c9665c91cc8f6e4eda38146479dd61fc5f1942646f515cfc0e73bb2edd0"),
                            3,
                            shares.get(3),
                            255,
                            HEX.parseHex("d4bb817bd7721ffbf63b7bb478ebd7b70d6cfab1b03faa6b28d09646ff89df15"))))
                    .containsExactly(secret);
        }
    }

    @Test
    @DisplayName("gives the secret back from every choice of at least k of n shares, for all n up to 6")
    void everyChoice() {
        for (int n = 1; n <= 6; n++) {
            for (int k = 1; k <= n; k++) {
                byte[] secret = new byte[32];
                new Random(31L * n + k).nextBytes(secret);
                Map<Integer, byte[]> shares = SecretSharing.split(secret, k, n, new SecureRandom());
                for (int choice = 1; choice < 1 << n; choice++) {
                    if (Integer.bitCount(choice) >= k) {
                        assertThat(SecretSharing.join(chosen(shares, choice)))
                                .as("k = %d, n = %d, choice %s", k, n, Integer.toBinaryString(choice))
                                .containsExactly(secret);
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("does not give the secret from k - 1 shares")
    void tooFew() {
        for (int n = 2; n <= 6; n++) {
            for (int k = 2; k <= n; k++) {
                byte[] secret = new byte[32];
                new Random(17L * n + k).nextBytes(secret);
                Map<Integer, byte[]> shares = SecretSharing.split(secret, k, n, new Seeded(n * 100L + k));
                for (int choice = 1; choice < 1 << n; choice++) {
                    if (Integer.bitCount(choice) == k - 1) {
                        assertThat(SecretSharing.join(chosen(shares, choice))).isNotEqualTo(secret);
                    }
                }
            }
        }
    }

    private static Map<Integer, byte[]> chosen(Map<Integer, byte[]> shares, int choice) {
        Map<Integer, byte[]> some = new LinkedHashMap<>(shares);
        some.keySet().removeIf(x -> (choice >>> x - 1 & 1) == 0);
        return some;
    }

    @Test
    @DisplayName("works up to 255 of 255 shares, and with one")
    void extremes() {
        byte[] secret = {1, 0, -1};

        Map<Integer, byte[]> all = SecretSharing.split(secret, 255, 255, new Seeded(1));
        assertThat(all).hasSize(255);
        assertThat(SecretSharing.join(all)).containsExactly(secret);
        assertThat(SecretSharing.split(secret, 1, 1, new Seeded(1)).get(1)).containsExactly(secret);
    }

    /**
     * For k = 3, pairs of shares of two very different secrets: each of the 65,536 pairs of values must be as likely for the
     * one as for the other. Exactly so in fact: over all coefficients, each pair occurs once.
     */
    @Test
    @DisplayName(
            "k - 1 shares say nothing: over all coefficients each pair of shares occurs exactly once, whatever the secret")
    void perfectSecrecy() {
        for (int secret : new int[] {0x00, 0x01, 0xa7, 0xff}) {
            boolean[] seen = new boolean[65536];
            for (int a = 0; a < 256; a++) {
                for (int b = 0; b < 256; b++) {
                    Map<Integer, byte[]> shares = SecretSharing.split(
                            new byte[] {(byte) secret}, 3, 5, new Scripted(new byte[] {(byte) a}, new byte[] {(byte) b
                            }));
                    int pair = (shares.get(2)[0] & 0xff) << 8 | shares.get(5)[0] & 0xff;
                    assertThat(seen[pair]).isFalse();
                    seen[pair] = true;
                }
            }
        }
    }

    @Test
    @DisplayName(
            "draws fresh coefficients for every byte, evenly from the whole field: a share of zeros is evenly spread")
    void evenlySpread() {
        int[] counts = new int[256];
        byte[] zeros = new byte[256];
        Seeded random = new Seeded(20);
        int rounds = 400;
        for (int round = 0; round < rounds; round++) {
            for (byte value : SecretSharing.split(zeros, 3, 3, random).get(2)) {
                counts[value & 0xff]++;
            }
        }
        double expected = rounds * zeros.length / 256.0;
        double chiSquare = Arrays.stream(counts)
                .mapToDouble(count -> (count - expected) * (count - expected) / expected)
                .sum();
        // 255 degrees of freedom: 99.9 % of honest sources stay below 330, and this one is seeded.
        assertThat(chiSquare).isBetween(180.0, 330.0);
    }

    @Nested
    @DisplayName("refuses")
    class Refusals {
        private final SecureRandom random = new SecureRandom();

        @Test
        @DisplayName("to split an empty secret, or into numbers of shares that cannot be")
        void split() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SecretSharing.split(new byte[0], 1, 1, random))
                    .withMessage("the secret is empty");
            int[][] impossible = {{0, 1}, {1, 0}, {3, 2}, {-1, 2}, {1, 256}, {256, 256}};
            for (int[] numbers : impossible) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> SecretSharing.split(new byte[1], numbers[0], numbers[1], random))
                        .withMessage("threshold " + numbers[0] + " of " + numbers[1] + " shares is not possible");
            }
        }

        @Test
        @DisplayName("to join no shares, empty ones, some of different lengths, or a place that is none")
        void join() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SecretSharing.join(Map.of()))
                    .withMessage("no shares");
            assertThatIllegalArgumentException().isThrownBy(() -> SecretSharing.join(Map.of(1, new byte[0])));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SecretSharing.join(Map.of(1, new byte[2], 2, new byte[3])))
                    .withMessage("the shares have different lengths");
            for (int x : new int[] {-1, 0, 256}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> SecretSharing.join(Map.of(x, new byte[2])))
                        .withMessage("a share has x = " + x + ", must be 1 to 255");
            }
        }
    }

    @Test
    @DisplayName("leaves what it is given as it was")
    void leavesItsInputs() {
        byte[] secret = {1, 2, 3};
        Map<Integer, byte[]> shares = SecretSharing.split(secret, 2, 2, new Seeded(5));
        byte[] first = shares.get(1).clone();

        SecretSharing.join(shares);

        assertThat(secret).containsExactly(1, 2, 3);
        assertThat(shares.get(1)).containsExactly(first);
    }
}
