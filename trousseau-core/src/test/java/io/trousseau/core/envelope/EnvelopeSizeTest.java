package io.trousseau.core.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KekVersion;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the format adds to every stored object, beside the members' own ciphertexts and the payload. Most of it is the names
 * that the KMSes give their keys; they are stored as they are, so that an envelope tells a person which key opens it.
 */
@DisplayName("The size of an envelope")
class EnvelopeSizeTest {
    private static final int KEY_ID_BYTES = 47;
    private static final MemberKek LOCAL =
            new MemberKek("local", new KekVersion("kek-7d9f2c51b8e04a63", "12-5e0c9a4b"));
    private static final int COPY_BYTES = 60;
    private static final int PAYLOAD_BYTES = 32;

    private static int overhead(int threshold, List<MemberKek> keks) throws MalformedEnvelopeException {
        Commitment commitment = Commitment.to(new byte[32]);
        KekPart part = new KekPart("production", 0, threshold, keks);
        List<ShareMark> marks = new ArrayList<>();
        List<byte[]> copies = new ArrayList<>();
        for (int i = 0; i < keks.size(); i++) {
            copies.add(new byte[COPY_BYTES]);
            if (threshold > 1) {
                marks.add(ShareMark.of(commitment, i + 1, new byte[32]));
            }
        }
        byte[] sealed = new byte[Envelope.SEAL_OVERHEAD_BYTES + PAYLOAD_BYTES];
        sealed[0] = Envelope.SEAL_FORMAT;
        Envelope envelope = Envelope.of(new Header(part, commitment, marks), copies, sealed);
        return envelope.toBytes().length - PAYLOAD_BYTES - keks.size() * COPY_BYTES;
    }

    @ParameterizedTest(name = "{0}: {3} B alone, {4} B more as a further member, {5} B if shares are stored")
    @CsvSource({
        "local, kek-7d9f2c51b8e04a64, 1-5e0c9a4b, 126, 41, 58",
        "vault, cluster-3f8a/transit/keys/kubernetes, 12@1764000000, 145, 60, 77",
        "gcp, projects/example-production/locations/europe-west3/keyRings/kubernetes/cryptoKeys/etcd, 12,"
                + " 182, 97, 114",
        "azure, https://example-production.vault.azure.net/keys/kubernetes-etcd, 0123456789abcdef0123456789abcdef,"
                + " 191, 106, 123",
        "aws, arn:aws:kms:eu-central-1:123456789012:key/12345678-1234-1234-1234-123456789012,"
                + " q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k, 215, 130, 147"
    })
    @DisplayName("with the names that KMSes give their keys")
    void realisticNames(String provider, String identity, String version, int alone, int further, int shared)
            throws MalformedEnvelopeException {
        MemberKek kek = new MemberKek(provider, new KekVersion(identity, version));

        assertThat(overhead(1, List.of(kek))).isEqualTo(alone);
        assertThat(overhead(1, List.of(LOCAL, kek)) - overhead(1, List.of(LOCAL)))
                .isEqualTo(further);
        MemberKek third = new MemberKek("local", new KekVersion("kek-000000000000000", "1"));
        assertThat(overhead(2, List.of(LOCAL, third, kek)) - overhead(2, List.of(LOCAL, third)))
                .isEqualTo(shared);
    }

    @Test
    @DisplayName("leaves room for annotation names below 300 bytes for one member, its key_id included")
    void oneMember() throws MalformedEnvelopeException {
        MemberKek longest = new MemberKek(
                "aws",
                new KekVersion(
                        "arn:aws:kms:eu-central-1:123456789012:key/12345678-1234-1234-1234-123456789012",
                        "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k"));

        assertThat(overhead(1, List.of(longest)) + KEY_ID_BYTES).isLessThanOrEqualTo(300 - 2 * 19);
    }
}
