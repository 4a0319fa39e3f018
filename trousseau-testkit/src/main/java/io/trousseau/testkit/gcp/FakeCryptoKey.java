package io.trousseau.testkit.gcp;

import com.google.cloud.kms.v1.CryptoKey;
import com.google.cloud.kms.v1.CryptoKey.CryptoKeyPurpose;
import com.google.cloud.kms.v1.CryptoKeyVersion;
import com.google.cloud.kms.v1.CryptoKeyVersion.CryptoKeyVersionAlgorithm;
import com.google.cloud.kms.v1.CryptoKeyVersion.CryptoKeyVersionState;
import com.google.cloud.kms.v1.CryptoKeyVersionTemplate;
import com.google.cloud.kms.v1.ProtectionLevel;
import com.google.protobuf.Timestamp;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** One CryptoKey with its versions. Not safe for use by several threads. */
final class FakeCryptoKey {
    static final Duration DESTRUCTION_DELAY = Duration.ofDays(30);

    final String name;
    final CryptoKeyPurpose purpose;
    final ProtectionLevel level;
    private final Instant createdAt;
    private final SortedMap<Integer, FakeKeyVersion> versions = new TreeMap<>();
    private int primary;

    FakeCryptoKey(String name, CryptoKeyPurpose purpose, ProtectionLevel level, Instant now) {
        this.name = name;
        this.purpose = purpose;
        this.level = level;
        this.createdAt = now;
    }

    FakeKeyVersion addVersion(Instant now) {
        FakeKeyVersion version = new FakeKeyVersion(versions.size() + 1, now);
        versions.put(version.number, version);
        return version;
    }

    Optional<FakeKeyVersion> version(int number) {
        return Optional.ofNullable(versions.get(number));
    }

    Optional<FakeKeyVersion> primary() {
        return version(primary);
    }

    void setPrimary(int number) {
        primary = number;
    }

    String nameOf(FakeKeyVersion version) {
        return name + "/cryptoKeyVersions/" + version.number;
    }

    byte[] seal(FakeKeyVersion version, byte[] plaintext, byte[] aad) {
        byte[] key = FakeCiphertext.hash(name);
        return new FakeCiphertext(key, version.number, version.seal(plaintext, bound(version.number, aad))).toBytes();
    }

    boolean made(FakeCiphertext ciphertext) {
        return Arrays.equals(ciphertext.key(), FakeCiphertext.hash(name));
    }

    Optional<byte[]> open(FakeKeyVersion version, FakeCiphertext ciphertext, byte[] aad) {
        return version.open(ciphertext.sealed(), bound(version.number, aad));
    }

    /** What the material authenticates: the name and version too, so that no byte of a ciphertext can be changed. */
    private byte[] bound(int version, byte[] aad) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(version).array());
        out.writeBytes(FakeCiphertext.hash(name));
        out.writeBytes(aad);
        return out.toByteArray();
    }

    CryptoKey toProto(Instant now) {
        CryptoKey.Builder proto = CryptoKey.newBuilder()
                .setName(name)
                .setPurpose(purpose)
                .setCreateTime(timestamp(createdAt))
                .setDestroyScheduledDuration(
                        com.google.protobuf.Duration.newBuilder().setSeconds(DESTRUCTION_DELAY.toSeconds()))
                .setVersionTemplate(CryptoKeyVersionTemplate.newBuilder()
                        .setProtectionLevel(level)
                        .setAlgorithm(algorithm()));
        primary().ifPresent(version -> proto.setPrimary(toProto(version, now)));
        return proto.build();
    }

    CryptoKeyVersion toProto(FakeKeyVersion version, Instant now) {
        CryptoKeyVersionState state = version.state(now);
        CryptoKeyVersion.Builder proto = CryptoKeyVersion.newBuilder()
                .setName(nameOf(version))
                .setState(state)
                .setProtectionLevel(level)
                .setAlgorithm(algorithm())
                .setCreateTime(timestamp(version.createdAt))
                .setGenerateTime(timestamp(version.createdAt));
        version.destroyAt().ifPresent(moment -> {
            if (state == CryptoKeyVersionState.DESTROYED) {
                proto.setDestroyEventTime(timestamp(moment));
            } else {
                proto.setDestroyTime(timestamp(moment));
            }
        });
        return proto.build();
    }

    private CryptoKeyVersionAlgorithm algorithm() {
        boolean external = level == ProtectionLevel.EXTERNAL || level == ProtectionLevel.EXTERNAL_VPC;
        return external
                ? CryptoKeyVersionAlgorithm.EXTERNAL_SYMMETRIC_ENCRYPTION
                : CryptoKeyVersionAlgorithm.GOOGLE_SYMMETRIC_ENCRYPTION;
    }

    private static Timestamp timestamp(Instant moment) {
        return Timestamp.newBuilder()
                .setSeconds(moment.getEpochSecond())
                .setNanos(moment.getNano())
                .build();
    }
}
