package io.trousseau.core.envelope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The part of a header that says who protects: everything that {@code key_id} depends on, and nothing else.
 *
 * <p>Canonical encoding, big-endian:
 *
 * <pre>
 * u8   format, 1
 * u8   length, keyring name (a DNS label)
 * u32  epoch
 * u8   decryptThreshold k
 * u8   number of KEKs n
 * n ×  u8 length, provider · u16 length, KEK identity · u8 length, KEK version     sorted bytewise
 * </pre>
 *
 * No KEK is there twice, not even in two versions: whoever can write to the store would state a policy of k members, all of
 * them one.
 *
 * @param keyring the keyring's name, a DNS label
 * @param epoch the operator's counter, at least 0; raising it makes a new key_id of the same KEK versions
 * @param decryptThreshold k: how many of the KEKs it takes to open, 1 to the number of KEKs
 * @param keks sorted by their encoding; 1 to {@value #MAX_KEKS}
 */
public record KekPart(String keyring, int epoch, int decryptThreshold, List<MemberKek> keks) {
    /** The format of this version. */
    public static final int FORMAT = 1;

    /** The most KEKs that an envelope names. */
    public static final int MAX_KEKS = 16;

    /**
     * Sorts and checks.
     *
     * @throws IllegalArgumentException if a part is out of its range or a KEK is there twice, in whichever versions
     */
    public KekPart {
        if (!MemberKek.isDnsLabel(keyring)) {
            throw new IllegalArgumentException("keyring name is not a DNS label");
        }
        if (epoch < 0) {
            throw new IllegalArgumentException("epoch is negative");
        }
        if (keks.isEmpty() || keks.size() > MAX_KEKS) {
            throw new IllegalArgumentException("there are " + keks.size() + " KEKs, must be 1 to " + MAX_KEKS);
        }
        if (decryptThreshold < 1 || decryptThreshold > keks.size()) {
            throw new IllegalArgumentException(
                    "decryptThreshold is " + decryptThreshold + ", must be 1 to " + keks.size());
        }
        List<MemberKek> sorted = new ArrayList<>(keks);
        sorted.sort((a, b) -> Arrays.compareUnsigned(a.encoded(), b.encoded()));
        for (int i = 1; i < sorted.size(); i++) {
            // Sorted by provider and identity first, so that the versions of one KEK are neighbours.
            if (sorted.get(i).isSameKekAs(sorted.get(i - 1))) {
                throw new IllegalArgumentException("one KEK is there twice");
            }
        }
        keks = List.copyOf(sorted);
    }

    /** The name of this protection. */
    public KeyId keyId() {
        EnvelopeWriter out = new EnvelopeWriter();
        writeTo(out);
        return KeyId.of(out.toByteArray());
    }

    void writeTo(EnvelopeWriter out) {
        out.u8(FORMAT);
        out.shortText(keyring);
        out.u32(epoch);
        out.u8(decryptThreshold);
        out.u8(keks.size());
        keks.forEach(kek -> kek.writeTo(out));
    }

    static KekPart readFrom(EnvelopeReader in) throws MalformedEnvelopeException {
        int format = in.u8("format");
        if (format != FORMAT) {
            throw new MalformedEnvelopeException("header has format " + format + ", this version reads " + FORMAT);
        }
        String keyring = in.shortText("keyring name", MemberKek.MAX_NAME_BYTES);
        int epoch = in.u32("epoch");
        int threshold = in.u8("decryptThreshold");
        int count = in.u8("number of KEKs");
        if (count > MAX_KEKS) {
            throw new MalformedEnvelopeException("header names " + count + " KEKs, at most " + MAX_KEKS);
        }
        List<MemberKek> keks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keks.add(MemberKek.readFrom(in));
        }
        KekPart part;
        try {
            part = new KekPart(keyring, epoch, threshold, keks);
        } catch (IllegalArgumentException e) {
            throw new MalformedEnvelopeException("header: " + e.getMessage());
        }
        if (!part.keks().equals(keks)) {
            throw new MalformedEnvelopeException("the header's KEKs are not sorted");
        }
        return part;
    }
}
