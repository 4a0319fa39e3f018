package io.trousseau.core.localkek;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.trousseau.api.KekVersion;
import io.trousseau.core.envelope.Commitment;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.envelope.MemberKek;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A local KEK")
class LocalKekTest {
    private static final byte[] AAD = "default/my-secret".getBytes(StandardCharsets.UTF_8);
    private static final byte[] PAYLOAD = "thirty-two bytes of a DEK seed!!".getBytes(StandardCharsets.UTF_8);

    private final LocalKek localKek = LocalKek.create();
    private final Header header = header(localKek, 0);

    private static Header header(LocalKek localKek, int epoch) {
        return new Header(
                new KekPart(
                        "prod", epoch, 1, List.of(new MemberKek("local", new KekVersion("kek-7d9f2c51b8e04a63", "1")))),
                localKek.commitment(),
                List.of());
    }

    @Test
    @DisplayName("opens what it sealed")
    void roundTrip() throws Exception {
        byte[] sealed = localKek.seal(header, "seed", AAD, PAYLOAD);

        assertThat(sealed).hasSize(Envelope.SEAL_OVERHEAD_BYTES + PAYLOAD.length);
        assertThat(localKek.open(header, "seed", AAD, sealed)).containsExactly(PAYLOAD);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 4096, Envelope.MAX_PAYLOAD_BYTES})
    @DisplayName("seals payloads of any size")
    void sizes(int bytes) throws Exception {
        byte[] payload = new byte[bytes];
        Arrays.fill(payload, (byte) 7);

        assertThat(localKek.open(header, "seed", new byte[0], localKek.seal(header, "seed", new byte[0], payload)))
                .containsExactly(payload);
    }

    /** What is stored is AES-256-GCM as anyone can compute it, bound to header, purpose and associated data. */
    @Test
    @DisplayName("seals as the format says")
    void format() throws Exception {
        byte[] sealed = localKek.seal(header, "seed", AAD, PAYLOAD);
        byte[] head = header.toBytes();
        byte[] bound = ByteBuffer.allocate(12 + head.length + 4 + AAD.length)
                .putInt(head.length)
                .put(head)
                .putInt(4)
                .put("seed".getBytes(StandardCharsets.US_ASCII))
                .putInt(AAD.length)
                .put(AAD)
                .array();
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.DECRYPT_MODE,
                new SecretKeySpec(localKek.copyKey(), "AES"),
                new GCMParameterSpec(128, sealed, 1, 12));
        cipher.updateAAD(bound);

        assertThat(sealed[0]).isEqualTo((byte) 1);
        assertThat(cipher.doFinal(sealed, 13, sealed.length - 13)).containsExactly(PAYLOAD);
    }

    @Test
    @DisplayName("seals the same payload to other bytes each time, with a nonce of its own")
    void freshNonces() throws Exception {
        Set<String> nonces = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            byte[] sealed = localKek.seal(header, "seed", AAD, PAYLOAD);
            nonces.add(HexFormat.of().formatHex(sealed, 1, 13));
        }
        assertThat(nonces).hasSize(1000);
    }

    @Nested
    @DisplayName("does not open")
    class Refusals {
        private final byte[] sealed = sealed();

        private byte[] sealed() {
            try {
                return localKek.seal(header, "seed", AAD, PAYLOAD);
            } catch (WornOutException e) {
                throw new AssertionError(e);
            }
        }

        private void isRefused(LocalKek by, Header under, String purpose, byte[] aad, byte[] bytes) {
            assertThatExceptionOfType(AEADBadTagException.class).isThrownBy(() -> by.open(under, purpose, aad, bytes));
        }

        @Test
        @DisplayName("under another header")
        void header() {
            isRefused(localKek, LocalKekTest.header(localKek, 1), "seed", AAD, sealed);
        }

        @Test
        @DisplayName("for another purpose")
        void purpose() {
            isRefused(localKek, header, "Seed", AAD, sealed);
            isRefused(localKek, header, "seeds", AAD, sealed);
        }

        @Test
        @DisplayName("with other associated data")
        void associatedData() {
            isRefused(localKek, header, "seed", new byte[0], sealed);
            isRefused(localKek, header, "seed", Arrays.copyOf(AAD, AAD.length + 1), sealed);
            isRefused(localKek, header, "seed", new byte[AAD.length], sealed);
        }

        @Test
        @DisplayName("if purpose and associated data are the same characters, divided in another way")
        void boundaries() throws Exception {
            byte[] ab = localKek.seal(header, "ab", "c".getBytes(StandardCharsets.US_ASCII), PAYLOAD);

            isRefused(localKek, header, "a", "bc".getBytes(StandardCharsets.US_ASCII), ab);
        }

        @Test
        @DisplayName("what another local KEK sealed")
        void anotherKey() {
            isRefused(LocalKek.create(), header, "seed", AAD, sealed);
        }

        @Test
        @DisplayName("what has any bit changed behind the format byte")
        void everyBit() {
            for (int bit = 8; bit < sealed.length * 8; bit++) {
                byte[] changed = sealed.clone();
                changed[bit / 8] ^= (byte) (1 << bit % 8);
                isRefused(localKek, header, "seed", AAD, changed);
            }
        }

        @Test
        @DisplayName("what is cut short or longer")
        void length() {
            for (int length = Envelope.SEAL_OVERHEAD_BYTES + 1; length < sealed.length; length++) {
                isRefused(localKek, header, "seed", AAD, Arrays.copyOf(sealed, length));
            }
            isRefused(localKek, header, "seed", AAD, Arrays.copyOf(sealed, sealed.length + 1));
        }
    }

    @Nested
    @DisplayName("is proven")
    class Proof {
        @Test
        @DisplayName("by its commitment, and then opens what the first one sealed")
        void proven() throws Exception {
            byte[] sealed = localKek.seal(header, "seed", AAD, PAYLOAD);

            LocalKek same = LocalKek.prove(localKek.copyKey(), localKek.commitment());

            assertThat(same.commitment()).isEqualTo(localKek.commitment());
            assertThat(same.open(header, "seed", AAD, sealed)).containsExactly(PAYLOAD);
        }

        @Test
        @DisplayName("unless a single bit is another")
        void anotherKey() throws WornOutException {
            for (int bit = 0; bit < 256; bit++) {
                byte[] other = localKek.copyKey();
                other[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(LocalKek.prove(other, localKek.commitment())).isNull();
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 16, 31, 33, 64})
        @DisplayName("unless the length is another, even if the commitment is to that")
        void anotherLength(int bytes) {
            byte[] candidate = new byte[bytes];

            assertThat(LocalKek.prove(candidate, Commitment.to(candidate))).isNull();
        }

        @Test
        @DisplayName("from a copy, so that the caller can wipe its own")
        void copies() throws Exception {
            byte[] candidate = localKek.copyKey();
            LocalKek same = LocalKek.prove(candidate, localKek.commitment());

            Arrays.fill(candidate, (byte) 0);

            assertThat(same.copyKey()).containsExactly(localKek.copyKey());
        }
    }

    @Nested
    @DisplayName("once wiped")
    class Wiped {
        @Test
        @DisplayName("neither seals nor opens nor gives its key away")
        void nothing() throws WornOutException {
            byte[] sealed = localKek.seal(header, "seed", AAD, PAYLOAD);

            localKek.wipe();
            localKek.wipe();

            assertThatExceptionOfType(WornOutException.class)
                    .isThrownBy(() -> localKek.seal(header, "seed", AAD, PAYLOAD));
            assertThatExceptionOfType(WornOutException.class)
                    .isThrownBy(() -> localKek.open(header, "seed", AAD, sealed));
            assertThatExceptionOfType(WornOutException.class)
                    .isThrownBy(localKek::copyKey)
                    .withMessage("the local KEK " + localKek.commitment() + " is wiped");
        }
    }

    @Test
    @DisplayName("overwrites its key when it is wiped")
    void overwrites() throws WornOutException {
        byte[] key = localKek.copyKey();

        new LocalKek(key, 0).wipe();

        assertThat(key).containsOnly(0);
    }

    @Nested
    @DisplayName("counts its uses")
    class Uses {
        @Test
        @DisplayName("when it seals, not when it opens")
        void counts() throws Exception {
            byte[] sealed = localKek.seal(header, "seed", AAD, PAYLOAD);
            localKek.seal(header, "seed", AAD, PAYLOAD);
            localKek.open(header, "seed", AAD, sealed);

            assertThat(localKek.uses()).isEqualTo(2);
        }

        @Test
        @DisplayName("and seals no more after 2^31 of them, but goes on opening")
        void hardBound() throws Exception {
            LocalKek worn = new LocalKek(localKek.copyKey(), LocalKek.HARD_USES - 2);
            byte[] sealed = worn.seal(header, "seed", AAD, PAYLOAD);
            worn.seal(header, "seed", AAD, PAYLOAD);

            for (int i = 0; i < 3; i++) {
                assertThatExceptionOfType(WornOutException.class)
                        .isThrownBy(() -> worn.seal(header, "seed", AAD, PAYLOAD))
                        .withMessage("the local KEK " + localKek.commitment() + " has sealed 2^31 payloads");
            }
            assertThat(worn.open(header, "seed", AAD, sealed)).containsExactly(PAYLOAD);
        }
    }

    @Test
    @DisplayName("is never the same twice, and does not print its key")
    void unique() throws WornOutException {
        LocalKek other = LocalKek.create();

        assertThat(other.commitment()).isNotEqualTo(localKek.commitment());
        assertThat(localKek)
                .hasToString("LocalKek[" + localKek.commitment() + "]")
                .asString()
                .doesNotContain(HexFormat.of().formatHex(localKek.copyKey(), 0, 6));
    }
}
