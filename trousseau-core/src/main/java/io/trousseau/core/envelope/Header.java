package io.trousseau.core.envelope;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What an envelope says of its protection: the {@link KekPart}, then the part of the local KEK.
 *
 * <p>Canonical encoding: the KEK part, the 32 bytes of the {@link Commitment}, and, if k is 2 or more, per KEK in order
 * one byte x and the {@value ShareMark#HASH_BYTES} bytes of the share's hash. There is exactly one encoding of a header and {@link #parse} refuses
 * every other, so that the bytes can be associated data of the sealed payload as they are stored. Immutable.
 */
public final class Header {
    /** No encoding is longer, in bytes. */
    public static final int MAX_BYTES = 16 * 1024;

    private final KekPart kekPart;
    private final Commitment commitment;
    private final List<ShareMark> shares;
    private final byte[] encoded;
    private final KeyId keyId;

    /**
     * Makes a header.
     *
     * @param kekPart who protects
     * @param commitment the local KEK
     * @param shares empty if k is 1, else one per KEK in the order of {@link KekPart#keks()} with distinct x
     * @throws IllegalArgumentException if the shares are not so
     */
    public Header(KekPart kekPart, Commitment commitment, List<ShareMark> shares) {
        int expected = kekPart.decryptThreshold() == 1 ? 0 : kekPart.keks().size();
        if (shares.size() != expected) {
            throw new IllegalArgumentException("there are " + shares.size() + " shares, must be " + expected);
        }
        Set<Integer> xs = new HashSet<>();
        for (ShareMark share : shares) {
            if (share.x() < 1 || share.x() > 255 || !xs.add(share.x())) {
                throw new IllegalArgumentException("the shares' x are not distinct numbers from 1 to 255");
            }
        }
        this.kekPart = kekPart;
        this.commitment = commitment;
        this.shares = List.copyOf(shares);
        this.keyId = kekPart.keyId();
        EnvelopeWriter out = new EnvelopeWriter();
        kekPart.writeTo(out);
        commitment.writeTo(out);
        shares.forEach(share -> share.writeTo(out));
        this.encoded = out.toByteArray();
    }

    /**
     * Reads the one canonical encoding.
     *
     * @param bytes hostile; not kept
     * @throws MalformedEnvelopeException if {@code bytes} is anything else
     */
    public static Header parse(byte[] bytes) throws MalformedEnvelopeException {
        if (bytes.length > MAX_BYTES) {
            throw new MalformedEnvelopeException("header has " + bytes.length + " bytes, at most " + MAX_BYTES);
        }
        EnvelopeReader in = new EnvelopeReader(bytes);
        KekPart kekPart = KekPart.readFrom(in);
        Commitment commitment = Commitment.readFrom(in);
        List<ShareMark> shares = new ArrayList<>();
        if (kekPart.decryptThreshold() > 1) {
            for (int i = 0; i < kekPart.keks().size(); i++) {
                shares.add(ShareMark.readFrom(in));
            }
        }
        in.end("header");
        try {
            return new Header(kekPart, commitment, shares);
        } catch (IllegalArgumentException e) {
            throw new MalformedEnvelopeException("header: " + e.getMessage());
        }
    }

    /** Who protects. */
    public KekPart kekPart() {
        return kekPart;
    }

    /** The local KEK. */
    public Commitment commitment() {
        return commitment;
    }

    /** One mark per KEK in header order; empty if k is 1. Unmodifiable. */
    public List<ShareMark> shares() {
        return shares;
    }

    /** The name of the protection. */
    public KeyId keyId() {
        return keyId;
    }

    /** A fresh copy of the canonical encoding. */
    public byte[] toBytes() {
        return encoded.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Header header && java.util.Arrays.equals(encoded, header.encoded);
    }

    @Override
    public int hashCode() {
        return java.util.Arrays.hashCode(encoded);
    }

    /** The key_id and the local KEK. */
    @Override
    public String toString() {
        return "Header[" + keyId + ", local KEK " + commitment + "]";
    }
}
