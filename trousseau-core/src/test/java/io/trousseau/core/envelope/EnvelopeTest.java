package io.trousseau.core.envelope;

import static io.trousseau.core.envelope.RawHeader.LOCAL;
import static io.trousseau.core.envelope.RawHeader.VAULT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.trousseau.api.KekTraits;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An envelope")
class EnvelopeTest {
    private static final HexFormat HEX = HexFormat.of();

    /** Composed from the description of the format by another program. */
    private static final String BLOB = "d4d2cfd5" + "004a"
            + "010470726f64000000000101056c6f63616c00146b656b2d376439663263353162386530346136330131"
            + "86af6e50e448e2e6e4d642de55bbf83373f35815bc9c5f49e6edf2f5564072fd" + "0006636f70792d61"
            + "01000000000000000000000000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private static byte[] sealed(int payloadBytes) {
        byte[] sealed = new byte[Envelope.SEAL_OVERHEAD_BYTES + payloadBytes];
        Arrays.fill(sealed, (byte) 0xaa);
        sealed[0] = Envelope.SEAL_FORMAT;
        return sealed;
    }

    private static Header header(byte[]... keks) throws MalformedEnvelopeException {
        return Header.parse(RawHeader.of(keks).bytes());
    }

    @Nested
    @DisplayName("as a blob")
    class Blob {
        @Test
        @DisplayName("is what the format says")
        void vector() throws MalformedEnvelopeException {
            Envelope envelope = Envelope.parse(HEX.parseHex(BLOB));

            assertThat(envelope.keyId().text()).isEqualTo("tr1.BNDNqCCXB4i2cj_sgQB2LWeMbiKbc5D7idLS-ZK4ed0");
            assertThat(envelope.copies()).containsExactly("copy-a".getBytes());
            assertThat(HEX.formatHex(envelope.sealed()))
                    .isEqualTo("01000000000000000000000000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
            assertThat(HEX.formatHex(envelope.toBytes())).isEqualTo(BLOB);
        }

        @Test
        @DisplayName("is refused if its magic is another")
        void magic() {
            for (int i = 0; i < 4; i++) {
                byte[] blob = HEX.parseHex(BLOB);
                blob[i] ^= 1;
                assertThatExceptionOfType(MalformedEnvelopeException.class)
                        .isThrownBy(() -> Envelope.parse(blob))
                        .withMessage("not an envelope of Trousseau: it does not start with D4 D2 CF D5");
            }
        }

        @Test
        @DisplayName("is refused if any part of its end is missing")
        void truncated() {
            byte[] blob = HEX.parseHex(BLOB);
            // One byte of payload less is another envelope, down to a payload of one byte.
            int shortest = blob.length - 3;
            for (int length = 0; length < shortest; length++) {
                byte[] start = Arrays.copyOf(blob, length);
                assertThatExceptionOfType(MalformedEnvelopeException.class)
                        .as("the first %d bytes", length)
                        .isThrownBy(() -> Envelope.parse(start));
            }
        }

        @Test
        @DisplayName("is refused if the length of its header is another")
        void headerLength() {
            for (int length : new int[] {0, 0x49, 0x4b, 0x4000, 0xffff}) {
                byte[] blob = HEX.parseHex(BLOB);
                blob[4] = (byte) (length >>> 8);
                blob[5] = (byte) length;
                assertThatExceptionOfType(MalformedEnvelopeException.class)
                        .as("length %d", length)
                        .isThrownBy(() -> Envelope.parse(blob));
            }
        }

        @Test
        @DisplayName("is refused if its header is not canonical")
        void header() {
            byte[] blob = HEX.parseHex(BLOB);
            blob[6] = 2;
            assertThatExceptionOfType(MalformedEnvelopeException.class)
                    .isThrownBy(() -> Envelope.parse(blob))
                    .withMessage("header has format 2, this version reads 1");
        }
    }

    @Nested
    @DisplayName("as parts")
    class Parts {
        @Test
        @DisplayName("is the same as the blob of them")
        void roundTrip() throws MalformedEnvelopeException {
            Header header = header(LOCAL, VAULT);
            Envelope envelope = Envelope.of(header, List.of("copy-a".getBytes(), "copy-bb".getBytes()), sealed(32));

            Envelope split =
                    Envelope.of(Header.parse(envelope.header().toBytes()), envelope.copies(), envelope.sealed());

            assertThat(split).isEqualTo(envelope).hasSameHashCodeAs(envelope);
            assertThat(Envelope.parse(envelope.toBytes())).isEqualTo(envelope);
        }

        @Test
        @DisplayName("is refused unless there is one copy for each KEK")
        void numberOfCopies() throws MalformedEnvelopeException {
            Header header = header(LOCAL, VAULT);

            for (int copies : new int[] {0, 1, 3}) {
                List<byte[]> given = java.util.Collections.nCopies(copies, new byte[1]);
                assertThatExceptionOfType(MalformedEnvelopeException.class)
                        .isThrownBy(() -> Envelope.of(header, given, sealed(1)))
                        .withMessage("there are " + copies + " copies, the header names 2");
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, KekTraits.LARGEST_WRAPPED_BYTES + 1})
        @DisplayName("is refused if a copy is empty or too long")
        void sizeOfCopies(int bytes) throws MalformedEnvelopeException {
            Header header = header(LOCAL, VAULT);

            assertThatExceptionOfType(MalformedEnvelopeException.class)
                    .isThrownBy(() -> Envelope.of(header, List.of(new byte[1], new byte[bytes]), sealed(1)))
                    .withMessage("a copy has " + bytes + " bytes, must be 1 to 4096");
        }

        @Test
        @DisplayName("may have copies and a payload of the greatest size")
        void greatest() throws MalformedEnvelopeException {
            Envelope envelope = Envelope.of(
                    header(LOCAL),
                    List.of(new byte[KekTraits.LARGEST_WRAPPED_BYTES]),
                    sealed(Envelope.MAX_PAYLOAD_BYTES));

            assertThat(Envelope.parse(envelope.toBytes())).isEqualTo(envelope);
        }

        @ParameterizedTest
        @ValueSource(ints = {-29, -1, 0, Envelope.MAX_PAYLOAD_BYTES + 1})
        @DisplayName("is refused if the payload is empty or too long")
        void sizeOfPayload(int payloadBytes) throws MalformedEnvelopeException {
            Header header = header(LOCAL);
            byte[] sealed = new byte[Envelope.SEAL_OVERHEAD_BYTES + payloadBytes];

            assertThatExceptionOfType(MalformedEnvelopeException.class)
                    .isThrownBy(() -> Envelope.of(header, List.of(new byte[1]), sealed))
                    .withMessage("sealed payload has " + sealed.length + " bytes, must be 30 to 1048605");
        }

        @ParameterizedTest
        @ValueSource(bytes = {0, 2, -1})
        @DisplayName("is refused if the sealed payload has another format")
        void sealFormat(byte format) throws MalformedEnvelopeException {
            Header header = header(LOCAL);
            byte[] sealed = sealed(1);
            sealed[0] = format;

            assertThatExceptionOfType(MalformedEnvelopeException.class)
                    .isThrownBy(() -> Envelope.of(header, List.of(new byte[1]), sealed))
                    .withMessage("sealed payload has format " + (format & 0xff) + ", this version reads 1");
        }
    }

    @Nested
    @DisplayName("has an unwrap key")
    class UnwrapKey {
        private final byte[] blob = HEX.parseHex(BLOB);

        @Test
        @DisplayName("which is the hash that the format says")
        void vector() throws MalformedEnvelopeException {
            assertThat(HEX.formatHex(Envelope.parse(blob).unwrapKey()))
                    .isEqualTo("05f3abd07e2991bad503668ceb567d699d69fb9bff71d20393aed94b1ea6c991");
        }

        @Test
        @DisplayName("that does not depend on the sealed payload")
        void notThePayload() throws MalformedEnvelopeException {
            byte[] other = blob.clone();
            other[other.length - 1] ^= 1;

            assertThat(Envelope.parse(other).unwrapKey())
                    .containsExactly(Envelope.parse(blob).unwrapKey());
        }

        @Test
        @DisplayName("that depends on the commitment and on each copy")
        void headerAndCopies() throws MalformedEnvelopeException {
            byte[] commitment = blob.clone();
            commitment[48] ^= 1;
            byte[] copy = blob.clone();
            copy[82] ^= 1;

            assertThat(List.of(
                            HEX.formatHex(Envelope.parse(blob).unwrapKey()),
                            HEX.formatHex(Envelope.parse(commitment).unwrapKey()),
                            HEX.formatHex(Envelope.parse(copy).unwrapKey())))
                    .doesNotHaveDuplicates();
        }

        @Test
        @DisplayName("that depends on where one copy ends and the next begins")
        void boundaries() throws MalformedEnvelopeException {
            Header header = header(LOCAL, VAULT);
            Envelope one = Envelope.of(header, List.of("ab".getBytes(), "c".getBytes()), sealed(1));
            Envelope other = Envelope.of(header, List.of("a".getBytes(), "bc".getBytes()), sealed(1));

            assertThat(one.unwrapKey()).isNotEqualTo(other.unwrapKey());
        }
    }

    @Test
    @DisplayName("owns its bytes")
    void ownsItsBytes() throws MalformedEnvelopeException {
        byte[] copy = "copy-a".getBytes();
        byte[] sealed = sealed(3);
        Envelope envelope = Envelope.of(header(LOCAL), List.of(copy), sealed);
        byte[] before = envelope.toBytes();

        Arrays.fill(copy, (byte) 0);
        Arrays.fill(sealed, (byte) 0);
        Arrays.fill(envelope.copies().get(0), (byte) 0);
        Arrays.fill(envelope.sealed(), (byte) 0);
        Arrays.fill(envelope.toBytes(), (byte) 0);

        assertThat(envelope.toBytes()).containsExactly(before);
    }

    @Test
    @DisplayName("prints its key_id, its local KEK and sizes, and no bytes")
    void text() throws MalformedEnvelopeException {
        assertThat(Envelope.parse(HEX.parseHex(BLOB)))
                .hasToString("Envelope[tr1.BNDNqCCXB4i2cj_sgQB2LWeMbiKbc5D7idLS-ZK4ed0, local KEK 86af6e50e448,"
                        + " 1 copies, 33 bytes sealed]");
    }
}
