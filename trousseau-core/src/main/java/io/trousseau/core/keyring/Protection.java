package io.trousseau.core.keyring;

import io.trousseau.api.KekVersion;
import io.trousseau.core.envelope.Commitment;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.envelope.MemberKek;
import io.trousseau.core.envelope.ShareMark;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.localkek.WornOutException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A local KEK with the proven copies under which it seals: the one immutable snapshot that Status and Encrypt share.
 *
 * @param number which local KEK of this process
 * @param madeAt when it was made, on the monotonic clock
 * @param header what envelopes say
 * @param localKek seals
 * @param copies in header order; never changed
 * @param versions the KEK version of each member that protects, by name
 */
record Protection(
        int number,
        long madeAt,
        Header header,
        LocalKek localKek,
        List<byte[]> copies,
        Map<String, KekVersion> versions) {

    /** One member's proven copy of a local KEK, or of its share. Its arrays are shared, and wiped by the engine. */
    static final class Copy {
        private final MemberKek kek;
        private final byte[] wrapped;
        private final int x;
        private final byte[] share;

        Copy(MemberKek kek, byte[] wrapped, int x, byte[] share) {
            this.kek = kek;
            this.wrapped = wrapped;
            this.x = x;
            this.share = share;
        }

        MemberKek kek() {
            return kek;
        }
    }

    /**
     * The protection of a local KEK by some members' copies.
     *
     * @param copies by member name
     */
    static Protection of(KeyringConfig config, int number, long madeAt, LocalKek localKek, Map<String, Copy> copies) {
        KekPart kekPart = new KekPart(
                config.name(),
                config.epoch(),
                config.decryptThreshold(),
                copies.values().stream().map(Copy::kek).toList());
        Map<MemberKek, Copy> byKek = new HashMap<>();
        copies.values().forEach(copy -> byKek.put(copy.kek(), copy));
        Commitment commitment = localKek.commitment();
        List<ShareMark> marks = new ArrayList<>();
        List<byte[]> inOrder = new ArrayList<>();
        for (MemberKek kek : kekPart.keks()) {
            Copy copy = byKek.get(kek);
            if (copy == null) {
                throw new AssertionError("a KEK without a copy");
            }
            inOrder.add(copy.wrapped);
            if (config.decryptThreshold() > 1) {
                marks.add(ShareMark.of(commitment, copy.x, copy.share));
            }
        }
        Map<String, KekVersion> versions = new HashMap<>();
        copies.forEach((member, copy) -> versions.put(member, copy.kek().version()));
        return new Protection(
                number, madeAt, new Header(kekPart, commitment, marks), localKek, inOrder, Map.copyOf(versions));
    }

    Envelope seal(byte[] payload, String purpose, byte[] associatedData) throws WornOutException {
        try {
            return Envelope.of(header, copies, localKek.seal(header, purpose, associatedData, payload));
        } catch (MalformedEnvelopeException e) {
            throw new AssertionError("sealed what cannot be stored", e);
        }
    }

    /** The key_id and the local KEK. */
    @Override
    public String toString() {
        return "Protection[" + header + ", members " + versions.keySet() + "]";
    }
}
