package io.trousseau.core.envelope;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes headers as the format describes them, and any other way: an encoder of its own, which checks nothing. */
final class RawHeader {
    static final byte[] LOCAL = kek("local", "kek-7d9f2c51b8e04a63", "1");
    static final byte[] VAULT = kek("vault", "transit/trousseau", "3");
    static final byte[] GCP = kek("gcp", "projects/p-1/locations/europe-west3/keyRings/k8s/cryptoKeys/etcd", "4");

    int format = 1;
    byte[] keyring = utf8("prod");
    int epoch;
    int threshold = 1;
    int count;
    List<byte[]> keks = new ArrayList<>();
    byte[] commitment = new byte[32];
    List<byte[]> shares = new ArrayList<>();

    /** A canonical header of k = 1. */
    static RawHeader of(byte[]... keks) {
        RawHeader header = new RawHeader();
        header.keks.addAll(Arrays.asList(keks));
        header.count = keks.length;
        return header;
    }

    /** Makes it a header of this threshold, with shares at x = 1, 2, … if k is 2 or more. */
    RawHeader threshold(int k) {
        threshold = k;
        shares.clear();
        for (int i = 0; k > 1 && i < keks.size(); i++) {
            shares.add(share(i + 1));
        }
        return this;
    }

    static byte[] share(int x) {
        byte[] share = new byte[17];
        Arrays.fill(share, (byte) 0x5a);
        share[0] = (byte) x;
        return share;
    }

    static byte[] kek(String provider, String identity, String version) {
        return kek(utf8(provider), utf8(identity), utf8(version));
    }

    static byte[] kek(byte[] provider, byte[] identity, byte[] version) {
        return ByteBuffer.allocate(4 + provider.length + identity.length + version.length)
                .put((byte) provider.length)
                .put(provider)
                .putShort((short) identity.length)
                .put(identity)
                .put((byte) version.length)
                .put(version)
                .array();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(format);
        out.write(keyring.length);
        out.writeBytes(keyring);
        out.writeBytes(ByteBuffer.allocate(4).putInt(epoch).array());
        out.write(threshold);
        out.write(count);
        keks.forEach(out::writeBytes);
        out.writeBytes(commitment);
        shares.forEach(out::writeBytes);
        return out.toByteArray();
    }
}
