package io.trousseau.core.envelope;

import io.trousseau.api.KekTraits;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is stored: the header, one wrapped copy (or share) of the local KEK per KEK that the header names, and the sealed
 * payload.
 *
 * <p>Where the store has room for parts (KMS v2: annotations and ciphertext), the parts are stored as they are; elsewhere
 * the envelope is one blob:
 *
 * <pre>
 * 4 bytes  magic D4 D2 CF D5, outside ASCII
 * u16      length, header
 * n ×      u16 length, copy        in header order
 * rest     sealed payload
 * </pre>
 *
 * The sealed payload is one format byte (1), the 12 bytes of the nonce, and the AES-256-GCM ciphertext with its 16-byte
 * tag. Immutable.
 */
public final class Envelope {
    /** The largest payload, in bytes. */
    public static final int MAX_PAYLOAD_BYTES = 1 << 20;

    /** What sealing adds to a payload, in bytes: format, nonce and tag. */
    public static final int SEAL_OVERHEAD_BYTES = 1 + 12 + 16;

    /** The first byte of a sealed payload of this version. */
    public static final int SEAL_FORMAT = 1;

    private static final byte[] MAGIC = {(byte) 0xd4, (byte) 0xd2, (byte) 0xcf, (byte) 0xd5};

    private final Header header;
    private final List<byte[]> copies;
    private final byte[] sealed;

    private Envelope(Header header, List<byte[]> copies, byte[] sealed) {
        this.header = header;
        this.copies = copies;
        this.sealed = sealed;
    }

    /**
     * An envelope of its parts.
     *
     * @param header parsed, so known to be canonical
     * @param copies copied; one per KEK of the header, in its order, each of 1 to {@link
     *     KekTraits#LARGEST_WRAPPED_BYTES} bytes
     * @param sealed copied; {@value #SEAL_OVERHEAD_BYTES} bytes more than a payload of 1 to {@value #MAX_PAYLOAD_BYTES}
     * @throws MalformedEnvelopeException if a count, a length or the sealed payload's format is not so
     */
    public static Envelope of(Header header, List<byte[]> copies, byte[] sealed) throws MalformedEnvelopeException {
        int expected = header.kekPart().keks().size();
        if (copies.size() != expected) {
            throw new MalformedEnvelopeException(
                    "there are " + copies.size() + " copies, the header names " + expected);
        }
        List<byte[]> fresh = new ArrayList<>(expected);
        for (byte[] copy : copies) {
            if (copy.length == 0 || copy.length > KekTraits.LARGEST_WRAPPED_BYTES) {
                throw new MalformedEnvelopeException(
                        "a copy has " + copy.length + " bytes, must be 1 to " + KekTraits.LARGEST_WRAPPED_BYTES);
            }
            fresh.add(copy.clone());
        }
        if (sealed.length <= SEAL_OVERHEAD_BYTES || sealed.length > SEAL_OVERHEAD_BYTES + MAX_PAYLOAD_BYTES) {
            throw new MalformedEnvelopeException("sealed payload has " + sealed.length + " bytes, must be "
                    + (SEAL_OVERHEAD_BYTES + 1) + " to " + (SEAL_OVERHEAD_BYTES + MAX_PAYLOAD_BYTES));
        }
        if (sealed[0] != SEAL_FORMAT) {
            throw new MalformedEnvelopeException(
                    "sealed payload has format " + (sealed[0] & 0xff) + ", this version reads " + SEAL_FORMAT);
        }
        return new Envelope(header, fresh, sealed.clone());
    }

    /**
     * Reads a blob.
     *
     * @param blob hostile; not kept
     * @throws MalformedEnvelopeException if {@code blob} is not the one canonical encoding of an envelope
     */
    public static Envelope parse(byte[] blob) throws MalformedEnvelopeException {
        EnvelopeReader in = new EnvelopeReader(blob);
        if (!Arrays.equals(in.bytes("magic", MAGIC.length), MAGIC)) {
            throw new MalformedEnvelopeException("not an envelope of Trousseau: it does not start with D4 D2 CF D5");
        }
        Header header = Header.parse(in.bytes("header", in.u16("header length")));
        List<byte[]> copies = new ArrayList<>();
        for (int i = 0; i < header.kekPart().keks().size(); i++) {
            copies.add(in.bytes("copy", in.u16("copy length")));
        }
        return of(header, copies, in.bytes("sealed payload", in.remaining()));
    }

    /** The header. */
    public Header header() {
        return header;
    }

    /** The name of the protection. */
    public KeyId keyId() {
        return header.keyId();
    }

    /** Fresh copies of the wrapped copies, in header order. */
    public List<byte[]> copies() {
        return copies.stream().map(byte[]::clone).toList();
    }

    /** A fresh copy of the sealed payload: format byte, nonce, ciphertext and tag. */
    public byte[] sealed() {
        return sealed.clone();
    }

    /** The blob, a fresh array. */
    public byte[] toBytes() {
        EnvelopeWriter out = new EnvelopeWriter();
        byte[] head = header.toBytes();
        out.bytes(MAGIC);
        out.u16(head.length);
        out.bytes(head);
        for (byte[] copy : copies) {
            out.u16(copy.length);
            out.bytes(copy);
        }
        out.bytes(sealed);
        return out.toByteArray();
    }

    /**
     * SHA-256 over the header and the copies: equal exactly if opening asks the members for the same thing. A forged
     * sibling that shares a genuine commitment but not the copies has another one.
     *
     * @return a fresh array of 32 bytes
     */
    public byte[] unwrapKey() {
        MessageDigest sha256 = Digests.sha256();
        EnvelopeWriter lengths = new EnvelopeWriter();
        byte[] head = header.toBytes();
        lengths.u16(head.length);
        copies.forEach(copy -> lengths.u16(copy.length));
        sha256.update(lengths.toByteArray());
        sha256.update(head);
        copies.forEach(sha256::update);
        return sha256.digest();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Envelope envelope && Arrays.equals(toBytes(), envelope.toBytes());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(toBytes());
    }

    /** The key_id, the local KEK and sizes; no bytes of copies or payload. */
    @Override
    public String toString() {
        return "Envelope[" + header.keyId() + ", local KEK " + header.commitment() + ", " + copies.size() + " copies, "
                + sealed.length + " bytes sealed]";
    }
}
