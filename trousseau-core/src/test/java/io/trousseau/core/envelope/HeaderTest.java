package io.trousseau.core.envelope;

import static io.trousseau.core.envelope.RawHeader.GCP;
import static io.trousseau.core.envelope.RawHeader.LOCAL;
import static io.trousseau.core.envelope.RawHeader.VAULT;
import static io.trousseau.core.envelope.RawHeader.kek;
import static io.trousseau.core.envelope.RawHeader.share;
import static io.trousseau.core.envelope.RawHeader.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.trousseau.api.KekVersion;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A header")
class HeaderTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] LOCAL_KEK = new byte[32];

    static {
        for (int i = 0; i < LOCAL_KEK.length; i++) {
            LOCAL_KEK[i] = (byte) i;
        }
    }

    private static final MemberKek LOCAL_MEMBER = new MemberKek("local", new KekVersion("kek-7d9f2c51b8e04a63", "1"));
    private static final MemberKek VAULT_MEMBER = new MemberKek("vault", new KekVersion("transit/trousseau", "3"));
    private static final MemberKek GCP_MEMBER = new MemberKek(
            "gcp", new KekVersion("projects/p-1/locations/europe-west3/keyRings/k8s/cryptoKeys/etcd", "4"));

    /** The expected bytes were computed from the description of the format by a program that shares no code with it. */
    @Nested
    @DisplayName("is encoded as the format says")
    class Encoding {
        @Test
        @DisplayName("with one KEK")
        void oneKek() throws MalformedEnvelopeException {
            Header header =
                    new Header(new KekPart("prod", 0, 1, List.of(LOCAL_MEMBER)), Commitment.to(LOCAL_KEK), List.of());
            String expected = "010470726f64000000000101056c6f63616c00146b656b2d37643966326335316238653034613633"
                    + "0131" + "86af6e50e448e2e6e4d642de55bbf83373f35815bc9c5f49e6edf2f5564072fd";

            assertThat(HEX.formatHex(header.toBytes())).isEqualTo(expected);
            assertThat(Header.parse(HEX.parseHex(expected))).isEqualTo(header);
            assertThat(header.keyId().text()).isEqualTo("tr1.BNDNqCCXB4i2cj_sgQB2LWeMbiKbc5D7idLS-ZK4ed0");
        }

        @Test
        @DisplayName("with three KEKs of which two must agree, sorted whatever order they are given in")
        void threeKeks() throws MalformedEnvelopeException {
            Commitment commitment = Commitment.to(LOCAL_KEK);
            List<ShareMark> marks = IntStream.of(3, 1, 200)
                    .mapToObj(x -> {
                        byte[] share = new byte[32];
                        Arrays.fill(share, (byte) x);
                        return ShareMark.of(commitment, x, share);
                    })
                    .toList();
            Header header = new Header(
                    new KekPart("prod", Integer.MAX_VALUE, 2, List.of(VAULT_MEMBER, GCP_MEMBER, LOCAL_MEMBER)),
                    commitment,
                    marks);
            String expected = "010470726f647fffffff020303676370004070726f6a656374732f702d312f6c6f636174696f6e732f"
                    + "6575726f70652d77657374332f6b657952696e67732f6b38732f63727970746f4b6579732f65746364013405"
                    + "6c6f63616c00146b656b2d376439663263353162386530346136330131057661756c7400117472616e736974"
                    + "2f74726f7573736561750133"
                    + "86af6e50e448e2e6e4d642de55bbf83373f35815bc9c5f49e6edf2f5564072fd"
                    + "03662494bea9f92983207dadd6c8597005"
                    + "019b0c74fffeca682ddf579247f74cd617"
                    + "c86b14b2af36ba3bcca32c124472626e90";

            assertThat(HEX.formatHex(header.toBytes())).isEqualTo(expected);
            assertThat(Header.parse(HEX.parseHex(expected))).isEqualTo(header);
            assertThat(header.keyId().text()).isEqualTo("tr1.xmtQWZZoymvaw-W9T9Q2A0zJ9GoVE3QvmnROz4S-7fs");
        }

        @Test
        @DisplayName("with an identity outside ASCII")
        void unicode() {
            KekPart part =
                    new KekPart("k8s-eu-1", 1, 1, List.of(new MemberKek("vault", new KekVersion("trésor/clé", "7"))));

            assertThat(part.keyId().text()).isEqualTo("tr1.xPcfWUaopnctiaj7MHV2zpPwMka0XbqhI5MelRJvk1I");
        }

        @Test
        @DisplayName("and read back with all of its parts")
        void readBack() throws MalformedEnvelopeException {
            RawHeader raw = RawHeader.of(GCP, LOCAL, VAULT).threshold(2);
            raw.epoch = 7;

            Header header = Header.parse(raw.bytes());

            assertThat(header.kekPart().keyring()).isEqualTo("prod");
            assertThat(header.kekPart().epoch()).isEqualTo(7);
            assertThat(header.kekPart().decryptThreshold()).isEqualTo(2);
            assertThat(header.kekPart().keks()).containsExactly(GCP_MEMBER, LOCAL_MEMBER, VAULT_MEMBER);
            assertThat(header.commitment().bytes()).containsExactly(new byte[32]);
            assertThat(header.shares()).extracting(ShareMark::x).containsExactly(1, 2, 3);
            assertThat(header.toBytes()).containsExactly(raw.bytes());
        }

        @Test
        @DisplayName("at its largest, within the bound")
        void largest() throws MalformedEnvelopeException {
            RawHeader raw = new RawHeader();
            raw.keyring = utf8("k".repeat(63));
            for (int i = 0; i < KekPart.MAX_KEKS; i++) {
                raw.keks.add(kek(
                        "p".repeat(63),
                        (char) ('a' + i) + "i".repeat(KekVersion.MAX_IDENTITY_BYTES - 1),
                        "v".repeat(KekVersion.MAX_VERSION_BYTES)));
            }
            raw.count = KekPart.MAX_KEKS;
            raw.threshold(KekPart.MAX_KEKS);

            assertThat(Header.parse(raw.bytes()).toBytes())
                    .hasSizeLessThanOrEqualTo(Header.MAX_BYTES)
                    .containsExactly(raw.bytes());
        }
    }

    @Nested
    @DisplayName("is refused")
    class Refusals {
        @ParameterizedTest(name = "{0}")
        @MethodSource("io.trousseau.core.envelope.HeaderTest#notCanonical")
        @DisplayName("if it is not canonical:")
        void notCanonical(String what, Consumer<RawHeader> change, String message) {
            RawHeader raw = RawHeader.of(GCP, LOCAL, VAULT).threshold(2);
            change.accept(raw);

            assertThatExceptionOfType(MalformedEnvelopeException.class)
                    .isThrownBy(() -> Header.parse(raw.bytes()))
                    .withMessageContaining(message);
        }

        @Test
        @DisplayName("if anything follows it")
        void trailingBytes() {
            byte[] canonical = RawHeader.of(LOCAL).bytes();

            assertThatExceptionOfType(MalformedEnvelopeException.class)
                    .isThrownBy(() -> Header.parse(Arrays.copyOf(canonical, canonical.length + 1)))
                    .withMessage("1 bytes follow the header");
        }

        @Test
        @DisplayName("if any part of its end is missing")
        void truncated() {
            byte[] canonical = RawHeader.of(GCP, LOCAL, VAULT).threshold(3).bytes();

            for (int length = 0; length < canonical.length; length++) {
                byte[] start = Arrays.copyOf(canonical, length);
                assertThatExceptionOfType(MalformedEnvelopeException.class)
                        .as("the first %d bytes", length)
                        .isThrownBy(() -> Header.parse(start));
            }
        }

        @Test
        @DisplayName("if it is longer than any header, before anything of it is read")
        void tooLong() {
            assertThatExceptionOfType(MalformedEnvelopeException.class)
                    .isThrownBy(() -> Header.parse(new byte[Header.MAX_BYTES + 1]))
                    .withMessage("header has 16385 bytes, at most 16384");
        }

        @Test
        @DisplayName("with a message that tells where and what, and none of the bytes")
        void messageHoldsNoBytes() {
            RawHeader raw = RawHeader.of(kek(utf8("vault"), utf8("SECRET\u0007IDENTITY"), utf8("1")));

            assertThatExceptionOfType(MalformedEnvelopeException.class)
                    .isThrownBy(() -> Header.parse(raw.bytes()))
                    .withMessageContaining("KEK identity has a control character at position 6")
                    .withMessageNotContainingAny("SECRET", "IDENTITY");
            byte[] kek = kek("vault", "SECRETIDENTITY", "1");
            assertThatExceptionOfType(MalformedEnvelopeException.class)
                    .isThrownBy(() -> Header.parse(RawHeader.of(kek, kek).bytes()))
                    .withMessage("header: one KEK is there twice");
        }
    }

    static Stream<Arguments> notCanonical() {
        return Stream.of(
                change("format 0", raw -> raw.format = 0, "format 0"),
                change("format 2", raw -> raw.format = 2, "format 2"),
                change("no keyring name", raw -> raw.keyring = new byte[0], "keyring name is not a DNS label"),
                change("keyring name in capitals", raw -> raw.keyring = utf8("Prod"), "not a DNS label"),
                change("keyring name ends with a dash", raw -> raw.keyring = utf8("prod-"), "not a DNS label"),
                change("keyring name ends with a newline", raw -> raw.keyring = utf8("prod\n"), "not a DNS label"),
                change("keyring name of 64 bytes", raw -> raw.keyring = utf8("a".repeat(64)), "64 bytes, at most 63"),
                change("negative epoch", raw -> raw.epoch = -1, "epoch is negative"),
                change("least epoch", raw -> raw.epoch = Integer.MIN_VALUE, "epoch is negative"),
                change("k = 0", raw -> raw.threshold = 0, "decryptThreshold is 0"),
                change("k above n", raw -> raw.threshold = 4, "decryptThreshold is 4"),
                change("k = 255", raw -> raw.threshold = 255, "decryptThreshold is 255"),
                change("no KEKs", raw -> set(raw, 1), "there are 0 KEKs"),
                change("17 KEKs", raw -> raw.count = 17, "names 17 KEKs, at most 16"),
                change("255 KEKs", raw -> raw.count = 255, "names 255 KEKs, at most 16"),
                change("KEKs in another order", raw -> set(raw, 2, LOCAL, GCP, VAULT), "not sorted"),
                change("a KEK twice", raw -> set(raw, 2, GCP, GCP, VAULT), "there twice"),
                change(
                        "two versions of one KEK",
                        raw -> set(raw, 2, kek("gcp", "a", "1"), kek("gcp", "a", "2"), VAULT),
                        "there twice"),
                change(
                        "KEKs sorted by characters instead of by bytes",
                        raw -> set(raw, 1, kek("gcp", "ab", "1"), kek("gcp", "b", "1")),
                        "not sorted"),
                change("provider in capitals", raw -> first(raw, kek("GCP", "a", "1")), "provider is not a DNS label"),
                change("no provider", raw -> first(raw, kek("", "a", "1")), "provider is not a DNS label"),
                change("provider of 64 bytes", raw -> first(raw, kek("a".repeat(64), "a", "1")), "at most 63"),
                change("no identity", raw -> first(raw, kek("gcp", "", "1")), "KEK identity is empty"),
                change("identity of 513 bytes", raw -> first(raw, kek("gcp", "a".repeat(513), "1")), "at most 512"),
                change("identity of 65535 bytes", raw -> first(raw, kek("gcp", "a".repeat(65535), "1")), "at most"),
                change("identity with a newline", raw -> first(raw, kek("gcp", "a\nb", "1")), "control character"),
                change("identity with NEL", raw -> first(raw, kek("gcp", "a\u0085b", "1")), "control character"),
                change("no version", raw -> first(raw, kek("gcp", "a", "")), "KEK version is empty"),
                change("over-long UTF-8", raw -> first(raw, identity("c1a1")), "not UTF-8"),
                change("over-long NUL", raw -> first(raw, identity("c080")), "not UTF-8"),
                change("a surrogate in UTF-8", raw -> first(raw, identity("eda080")), "not UTF-8"),
                change("a surrogate pair in UTF-8", raw -> first(raw, identity("eda080edb080")), "not UTF-8"),
                change("half a character", raw -> first(raw, identity("61c3")), "not UTF-8"),
                change("beyond Unicode", raw -> first(raw, identity("f4908080")), "not UTF-8"),
                change("Latin-1", raw -> first(raw, identity("e9")), "not UTF-8"),
                change("x = 0", raw -> raw.shares.set(1, share(0)), "x = 0"),
                change("x twice", raw -> raw.shares.set(1, share(1)), "not distinct"),
                change("a share too few", raw -> raw.shares.remove(2), "needs 1 bytes, there are 0"),
                change("a share too many", raw -> raw.shares.add(share(9)), "17 bytes follow the header"),
                change("shares with k = 1", raw -> raw.threshold = 1, "51 bytes follow the header"),
                change("no shares with k = 2", raw -> raw.shares.clear(), "share x"));
    }

    private static Arguments change(String what, Consumer<RawHeader> change, String message) {
        return arguments(what, change, message);
    }

    private static void set(RawHeader raw, int threshold, byte[]... keks) {
        raw.keks.clear();
        raw.keks.addAll(List.of(keks));
        raw.count = keks.length;
        raw.threshold(threshold);
    }

    private static void first(RawHeader raw, byte[] kek) {
        raw.keks.set(0, kek);
    }

    private static byte[] identity(String hex) {
        return kek(utf8("gcp"), HEX.parseHex(hex), utf8("1"));
    }

    @Test
    @DisplayName("sorts by encoded bytes: a shorter identity comes first, and a byte above 7F is greater than ASCII")
    void sortedByBytes() throws MalformedEnvelopeException {
        RawHeader raw =
                RawHeader.of(kek("gcp", "b", "1"), kek("gcp", "z", "1"), kek("gcp", "ab", "1"), kek("gcp", "é", "1"));

        assertThat(Header.parse(raw.bytes()).toBytes()).containsExactly(raw.bytes());
    }

    @Test
    @DisplayName("accepts characters that are two UTF-16 units")
    void supplementaryCharacters() throws MalformedEnvelopeException {
        RawHeader raw = RawHeader.of(kek("gcp", "clef-\ud83d\udd11", "1"));

        assertThat(Header.parse(raw.bytes()).toBytes()).containsExactly(raw.bytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4})
    @DisplayName("cannot be made with another number of shares than KEKs")
    void numberOfShares(int shares) {
        KekPart part = new KekPart("prod", 0, 2, List.of(LOCAL_MEMBER, VAULT_MEMBER));
        Commitment commitment = Commitment.to(LOCAL_KEK);
        List<ShareMark> marks = IntStream.rangeClosed(1, shares)
                .mapToObj(x -> ShareMark.of(commitment, x, new byte[32]))
                .toList();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Header(part, commitment, marks))
                .withMessage("there are " + shares + " shares, must be 2");
    }

    @Test
    @DisplayName("hands out copies of its bytes and takes copies of what it is given")
    void ownsItsBytes() throws MalformedEnvelopeException {
        byte[] bytes = RawHeader.of(LOCAL).bytes();
        byte[] given = bytes.clone();
        Header header = Header.parse(given);

        Arrays.fill(given, (byte) 0);
        Arrays.fill(header.toBytes(), (byte) 0);
        Arrays.fill(header.commitment().bytes(), (byte) 9);

        assertThat(header.toBytes()).containsExactly(bytes);
    }
}
