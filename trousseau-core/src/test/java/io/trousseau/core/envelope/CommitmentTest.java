package io.trousseau.core.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Commitments and share marks")
class CommitmentTest {
    private static final byte[] KEY = counting(0);
    private static final Commitment COMMITMENT = Commitment.to(KEY);

    private static byte[] counting(int from) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (from + i);
        }
        return bytes;
    }

    /** Computed as SHA-256(domain ‖ key), and the first half of it for the share, by another program. */
    @Test
    @DisplayName("are the hashes that the format says")
    void vectors() {
        assertThat(COMMITMENT.hex()).isEqualTo("86af6e50e448e2e6e4d642de55bbf83373f35815bc9c5f49e6edf2f5564072fd");

        EnvelopeWriter out = new EnvelopeWriter();
        ShareMark.of(COMMITMENT, 7, counting(100)).writeTo(out);
        assertThat(java.util.HexFormat.of().formatHex(out.toByteArray()))
                .isEqualTo("07ee1b909844e88bff55b5f3acff15b9aa");
    }

    @Test
    @DisplayName("bind one key: each changed bit makes another")
    void bindsOneKey() {
        assertThat(COMMITMENT.binds(KEY)).isTrue();
        for (int bit = 0; bit < 256; bit++) {
            byte[] other = KEY.clone();
            other[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(COMMITMENT.binds(other)).as("bit %d", bit).isFalse();
        }
    }

    @Test
    @DisplayName("bind a share to its local KEK, its place and its bytes")
    void marks() {
        byte[] share = counting(100);
        ShareMark mark = ShareMark.of(COMMITMENT, 7, share);

        assertThat(mark.fits(COMMITMENT, share)).isTrue();
        assertThat(mark.fits(COMMITMENT, counting(101))).isFalse();
        assertThat(mark.fits(Commitment.to(share), share)).isFalse();
        assertThat(ShareMark.of(COMMITMENT, 8, share)).isNotEqualTo(mark);
        EnvelopeWriter seven = new EnvelopeWriter();
        EnvelopeWriter eight = new EnvelopeWriter();
        mark.writeTo(seven);
        ShareMark.of(COMMITMENT, 8, share).writeTo(eight);
        assertThat(java.util.Arrays.copyOfRange(seven.toByteArray(), 1, 17))
                .as("the hash depends on the place, too")
                .isNotEqualTo(java.util.Arrays.copyOfRange(eight.toByteArray(), 1, 17));
    }

    @Test
    @DisplayName("print the start of their hash")
    void text() {
        assertThat(COMMITMENT).hasToString("86af6e50e448");
        assertThat(ShareMark.of(COMMITMENT, 7, counting(100))).hasToString("ShareMark[x=7, ee1b9098…]");
    }
}
