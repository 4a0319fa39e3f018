package io.trousseau.core.envelope;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A hash that binds an envelope to one local KEK: SHA-256 over a domain tag and the key. Public; a local KEK has 256 bits
 * of entropy, so that nothing can be learned from it.
 */
public final class Commitment {
    /** The size in bytes. */
    public static final int BYTES = 32;

    private static final byte[] DOMAIN = "trousseau local KEK v1".getBytes(StandardCharsets.US_ASCII);

    private final byte[] hash;

    private Commitment(byte[] hash) {
        this.hash = hash;
    }

    /**
     * The commitment to a local KEK.
     *
     * @param localKek 32 bytes; not kept
     */
    public static Commitment to(byte[] localKek) {
        MessageDigest sha256 = Digests.sha256();
        sha256.update(DOMAIN);
        return new Commitment(sha256.digest(localKek));
    }

    /** Whether this is the commitment to {@code localKek}. Constant time. */
    public boolean binds(byte[] localKek) {
        return MessageDigest.isEqual(hash, to(localKek).hash);
    }

    /** A fresh copy of the hash, {@value #BYTES} bytes. */
    public byte[] bytes() {
        return hash.clone();
    }

    /** The hash in hexadecimal, 64 characters. */
    public String hex() {
        return HexFormat.of().formatHex(hash);
    }

    static Commitment readFrom(EnvelopeReader in) throws MalformedEnvelopeException {
        return new Commitment(in.bytes("commitment", BYTES));
    }

    void writeTo(EnvelopeWriter out) {
        out.bytes(hash);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Commitment commitment && Arrays.equals(hash, commitment.hash);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hash);
    }

    /** The start of the hash, enough to tell local KEKs apart in a log. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(hash, 0, 6);
    }
}
