package io.trousseau.core.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Feeds the parsers with envelopes that were changed at random, and with such as a hostile writer would compose.
 *
 * <p>{@code -Dtrousseau.fuzz.inputs=10000000} makes it a long run; {@code -Dtrousseau.fuzz.seed=…} makes it another one.
 */
@DisplayName("Whatever bytes are stored")
class EnvelopeMutationTest {
    private static final long INPUTS = Long.getLong("trousseau.fuzz.inputs", 200_000);
    private static final long SEED = Long.getLong("trousseau.fuzz.seed", 3);
    private static final int[] TELLING = {0, 1, 2, 0x7f, 0x80, 0xc0, 0xc3, 0xed, 0xf4, 0xff};
    private static final List<String> GOLDEN = List.of("k1n1", "k1n2", "k1n3", "k1n5", "k2n3", "k3n5");

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<byte[]> corpus = new ArrayList<>();
    private long headers;
    private long envelopes;

    @ParameterizedTest
    @ValueSource(strings = {"header", "envelope"})
    @DisplayName("that a fuzzer once came upon, the parsers go on holding their rules")
    void corpus(String parser) throws IOException, URISyntaxException {
        URL directory = getClass().getResource("EnvelopeFuzzTestInputs/" + parser);
        try (Stream<Path> files = Files.list(Path.of(directory.toURI()))) {
            List<byte[]> inputs = files.map(EnvelopeMutationTest::read).toList();
            assertThat(inputs).isNotEmpty().allSatisfy(input -> {
                ParserRules.acceptsHeader(input);
                ParserRules.acceptsEnvelope(input);
            });
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName("the parsers accept one canonical encoding, or throw their one exception")
    void parsersHold() throws IOException {
        for (String name : GOLDEN) {
            try (InputStream in = getClass().getResourceAsStream("/golden/v1/" + name + ".bin")) {
                byte[] blob = in.readAllBytes();
                corpus.add(blob);
                corpus.add(
                        Arrays.copyOfRange(blob, 6, 6 + (ByteBuffer.wrap(blob).getShort(4) & 0xffff)));
            }
        }
        long composed = 0;
        for (long i = 0; i < INPUTS; i++) {
            byte[] input;
            if (random.nextInt(4) == 0) {
                input = compose();
                composed++;
            } else {
                input = corpus.get(random.nextInt(corpus.size())).clone();
            }
            int changes = random.nextInt(4);
            for (int change = 0; change < changes; change++) {
                input = change(input);
            }
            headers += ParserRules.acceptsHeader(input) ? 1 : 0;
            envelopes += ParserRules.acceptsEnvelope(input) ? 1 : 0;
        }
        System.out.printf(
                "fuzzed %,d inputs (seed %d, %,d composed): %,d were headers, %,d envelopes, the rest was refused%n",
                INPUTS, SEED, composed, headers, envelopes);
        // Else the inputs would be too wild to reach what lies behind the first checks, or too tame to be refused.
        assertThat(headers).isBetween(INPUTS / 20, INPUTS / 2);
        assertThat(envelopes).isBetween(INPUTS / 20, INPUTS / 2);
    }

    private byte[] change(byte[] input) {
        if (input.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = random.nextInt(input.length);
        byte[] changed = input.clone();
        switch (random.nextInt(9)) {
            case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> changed[at] = (byte) TELLING[random.nextInt(TELLING.length)];
            case 2 -> changed[at] += (byte) (random.nextInt(9) - 4);
            case 3 -> {
                return Arrays.copyOf(input, at);
            }
            case 4 -> {
                return splice(input, at, at, randomBytes(1 + random.nextInt(4)));
            }
            case 5 -> {
                return splice(input, at, Math.min(input.length, at + 1 + random.nextInt(8)), new byte[0]);
            }
            case 6 -> {
                int end = Math.min(input.length, at + 1 + random.nextInt(64));
                return splice(input, at, at, Arrays.copyOfRange(input, at, end));
            }
            case 7 -> {
                byte[] other = corpus.get(random.nextInt(corpus.size()));
                int from = random.nextInt(other.length);
                int to = Math.min(other.length, from + 1 + random.nextInt(200));
                return splice(input, at, Math.min(input.length, at + to - from), Arrays.copyOfRange(other, from, to));
            }
            default -> {
                if (at + 1 < input.length) {
                    ByteBuffer.wrap(changed)
                            .putShort(at, (short) (ByteBuffer.wrap(changed).getShort(at) + random.nextInt(5) - 2));
                }
            }
        }
        return changed;
    }

    private static byte[] splice(byte[] input, int from, int to, byte[] between) {
        byte[] result = new byte[input.length - (to - from) + between.length];
        System.arraycopy(input, 0, result, 0, from);
        System.arraycopy(between, 0, result, from, between.length);
        System.arraycopy(input, to, result, from + between.length, input.length - to);
        return result;
    }

    /** A header or an envelope, each part of which is as it must be or nearly so. */
    private byte[] compose() {
        int count = odd() ? random.nextInt(20) : 1 + random.nextInt(4);
        List<byte[]> keks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keks.add(RawHeader.kek(
                    text(63, "abz019-"), text(KekVersion.MAX_IDENTITY_BYTES, "az/:é🔑\u0001"), text(255, "19@v")));
        }
        if (!odd()) {
            keks.sort(Arrays::compareUnsigned);
        }
        RawHeader header = RawHeader.of(keks.toArray(byte[][]::new));
        header.keyring = text(63, "abz019-");
        header.epoch = odd() ? random.nextInt() : random.nextInt(100);
        header.threshold(odd() ? random.nextInt(256) : 1 + random.nextInt(Math.max(1, count)));
        header.count = odd() ? random.nextInt(256) : count;
        header.format = odd() ? random.nextInt(256) : 1;
        header.commitment = randomBytes(odd() ? random.nextInt(40) : 32);
        if (odd()) {
            header.shares.forEach(share -> share[0] = (byte) random.nextInt());
        }
        byte[] head = header.bytes();
        if (random.nextBoolean()) {
            return head;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0xd4, (byte) 0xd2, (byte) 0xcf, (byte) 0xd5});
        out.writeBytes(u16(odd() ? random.nextInt(0x10000) : head.length));
        out.writeBytes(head);
        for (int i = 0; i < (odd() ? random.nextInt(20) : count); i++) {
            byte[] copy =
                    randomBytes(odd() ? random.nextInt(KekTraits.LARGEST_WRAPPED_BYTES + 2) : 1 + random.nextInt(100));
            out.writeBytes(u16(odd() ? random.nextInt(0x10000) : copy.length));
            out.writeBytes(copy);
        }
        out.write(odd() ? random.nextInt(256) : 1);
        out.writeBytes(randomBytes(odd() ? random.nextInt(60) : 60));
        return out.toByteArray();
    }

    private boolean odd() {
        return random.nextInt(40) == 0;
    }

    private byte[] text(int longest, String alphabet) {
        int[] characters = alphabet.codePoints().toArray();
        // The last character is an awkward one.
        int usual = characters.length - (odd() ? 0 : 1);
        int length = odd() ? random.nextInt(longest + 3) : 1 + random.nextInt(12);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(characters[random.nextInt(usual)]);
        }
        byte[] utf8 = RawHeader.utf8(text.toString());
        if (odd() && utf8.length > 0) {
            utf8[random.nextInt(utf8.length)] = (byte) TELLING[random.nextInt(TELLING.length)];
        }
        return utf8;
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static byte[] u16(int value) {
        return new byte[] {(byte) (value >>> 8), (byte) value};
    }
}
