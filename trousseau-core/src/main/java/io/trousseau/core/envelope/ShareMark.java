package io.trousseau.core.envelope;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What a header says of one share of a local KEK: where it lies on the polynomial, and a hash by which a bad share is
 * named instead of spoiling the rest. The hash gives nothing away: a share has 256 bits of entropy of its own.
 */
public final class ShareMark {
    /** The size of the hash, the first half of a SHA-256, in bytes: 128 bits name a bad share, the commitment proves the key. */
    public static final int HASH_BYTES = 16;

    private static final byte[] DOMAIN = "trousseau share v1".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final int x;
    private final byte[] hash;

    private ShareMark(int x, byte[] hash) {
        this.x = x;
        this.hash = hash;
    }

    /**
     * The mark of a share.
     *
     * @param commitment the local KEK's, so that a share of another one never fits
     * @param x 1 to 255
     * @param share not kept
     */
    public static ShareMark of(Commitment commitment, int x, byte[] share) {
        MessageDigest sha256 = Digests.sha256();
        sha256.update(DOMAIN);
        sha256.update(commitment.bytes());
        sha256.update((byte) x);
        sha256.update(share);
        return new ShareMark(x, Arrays.copyOf(sha256.digest(), HASH_BYTES));
    }

    /** The share's place on the polynomial, 1 to 255. */
    public int x() {
        return x;
    }

    /** Whether {@code share} is the marked one. Constant time. */
    public boolean fits(Commitment commitment, byte[] share) {
        return MessageDigest.isEqual(hash, of(commitment, x, share).hash);
    }

    void writeTo(EnvelopeWriter out) {
        out.u8(x);
        out.bytes(hash);
    }

    static ShareMark readFrom(EnvelopeReader in) throws MalformedEnvelopeException {
        int x = in.u8("share x");
        if (x == 0) {
            throw new MalformedEnvelopeException("a share has x = 0, which would be the secret itself");
        }
        return new ShareMark(x, in.bytes("share hash", HASH_BYTES));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ShareMark mark && x == mark.x && Arrays.equals(hash, mark.hash);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hash) + x;
    }

    /** The place and the start of the hash. */
    @Override
    public String toString() {
        return "ShareMark[x=" + x + ", " + HexFormat.of().formatHex(hash, 0, 4) + "…]";
    }
}
