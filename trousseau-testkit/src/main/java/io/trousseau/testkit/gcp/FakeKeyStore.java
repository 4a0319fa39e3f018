package io.trousseau.testkit.gcp;

import com.google.cloud.kms.v1.CreateCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.CryptoKey;
import com.google.cloud.kms.v1.CryptoKey.CryptoKeyPurpose;
import com.google.cloud.kms.v1.CryptoKeyVersion;
import com.google.cloud.kms.v1.CryptoKeyVersion.CryptoKeyVersionState;
import com.google.cloud.kms.v1.DecryptRequest;
import com.google.cloud.kms.v1.DecryptResponse;
import com.google.cloud.kms.v1.DestroyCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.EncryptRequest;
import com.google.cloud.kms.v1.EncryptResponse;
import com.google.cloud.kms.v1.GetCryptoKeyRequest;
import com.google.cloud.kms.v1.GetCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.ProtectionLevel;
import com.google.cloud.kms.v1.RestoreCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.UpdateCryptoKeyPrimaryVersionRequest;
import com.google.cloud.kms.v1.UpdateCryptoKeyVersionRequest;
import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import com.google.rpc.Code;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The keys and the rules: names, permissions, states, sizes, checksums. Each method is one method of the service, with
 * its order of checks: name, permission, existence, purpose, state, sizes, checksums, cryptography. Safe for use by
 * several threads.
 */
final class FakeKeyStore {
    private static final Pattern KEY =
            Pattern.compile("projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[a-zA-Z0-9_-]{1,63}");
    private static final Pattern VERSION =
            Pattern.compile("(?<key>" + KEY + ")/cryptoKeyVersions/(?<number>[0-9]{1,9})");
    private static final int MAX_BYTES = 64 * 1024;
    private static final int HSM_MAX_BYTES = 8 * 1024;

    private final InstantSource clock;

    // Guarded by this.
    private final Map<String, FakeCryptoKey> keys = new HashMap<>();
    private final Set<String> denied = new HashSet<>();

    FakeKeyStore(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void create(String name, CryptoKeyPurpose purpose, ProtectionLevel level) {
        if (!KEY.matcher(name).matches()) {
            throw new IllegalArgumentException("not the name of a CryptoKey: " + name);
        }
        FakeCryptoKey key = new FakeCryptoKey(name, purpose, level, clock.instant());
        if (keys.putIfAbsent(name, key) != null) {
            throw new IllegalArgumentException(name + " exists: a CryptoKey's name is never used again");
        }
        FakeKeyVersion first = key.addVersion(clock.instant());
        if (purpose == CryptoKeyPurpose.ENCRYPT_DECRYPT) {
            key.setPrimary(first.number);
        }
    }

    synchronized void deny(String permission) {
        denied.add(permission);
    }

    synchronized void allow(String permission) {
        denied.remove(permission);
    }

    synchronized EncryptResponse encrypt(EncryptRequest request) {
        Optional<Matcher> versionName = matcher(VERSION, request.getName());
        String keyName = versionName.map(name -> name.group("key")).orElse(request.getName());
        FakeCryptoKey key = key(keyName, "cloudkms.cryptoKeyVersions.useToEncrypt");
        requireSymmetric(key);
        FakeKeyVersion version = versionName
                .map(name -> version(key, Integer.parseInt(name.group("number"))))
                .or(key::primary)
                .orElseThrow(() -> GoogleFailure.of(
                        Code.FAILED_PRECONDITION, "CryptoKey " + keyName + " has no primary CryptoKeyVersion."));
        requireEnabled(key, version);
        requireSize(key, "plaintext", request.getPlaintext(), request.getAdditionalAuthenticatedData());
        boolean plaintextVerified = verified(
                "plaintext", request.getPlaintext(), request.hasPlaintextCrc32C(), request.getPlaintextCrc32C());
        boolean aadVerified = verified(
                "additional_authenticated_data",
                request.getAdditionalAuthenticatedData(),
                request.hasAdditionalAuthenticatedDataCrc32C(),
                request.getAdditionalAuthenticatedDataCrc32C());
        ByteString ciphertext = ByteString.copyFrom(key.seal(
                version,
                request.getPlaintext().toByteArray(),
                request.getAdditionalAuthenticatedData().toByteArray()));
        return EncryptResponse.newBuilder()
                .setName(key.nameOf(version))
                .setCiphertext(ciphertext)
                .setCiphertextCrc32C(FakeKmsService.checksum(ciphertext))
                .setVerifiedPlaintextCrc32C(plaintextVerified)
                .setVerifiedAdditionalAuthenticatedDataCrc32C(aadVerified)
                .setProtectionLevel(key.level)
                .build();
    }

    synchronized DecryptResponse decrypt(DecryptRequest request) {
        FakeCryptoKey key = key(request.getName(), "cloudkms.cryptoKeyVersions.useToDecrypt");
        requireSymmetric(key);
        verified("ciphertext", request.getCiphertext(), request.hasCiphertextCrc32C(), request.getCiphertextCrc32C());
        verified(
                "additional_authenticated_data",
                request.getAdditionalAuthenticatedData(),
                request.hasAdditionalAuthenticatedDataCrc32C(),
                request.getAdditionalAuthenticatedDataCrc32C());
        FakeCiphertext ciphertext = FakeCiphertext.parse(request.getCiphertext().toByteArray())
                .orElseThrow(() -> GoogleFailure.invalid("Decryption failed: the ciphertext is invalid."));
        if (!key.made(ciphertext)) {
            throw GoogleFailure.invalid("Decryption failed: verify that 'name' refers to the correct CryptoKey.");
        }
        FakeKeyVersion version = key.version(ciphertext.version())
                .orElseThrow(() -> GoogleFailure.invalid("Decryption failed: the ciphertext is invalid."));
        requireEnabled(key, version);
        byte[] plaintext = key.open(
                        version,
                        ciphertext,
                        request.getAdditionalAuthenticatedData().toByteArray())
                .orElseThrow(() -> GoogleFailure.invalid(
                        "Decryption failed: verify that 'additional_authenticated_data' is correct."));
        ByteString answer = ByteString.copyFrom(plaintext);
        return DecryptResponse.newBuilder()
                .setPlaintext(answer)
                .setPlaintextCrc32C(FakeKmsService.checksum(answer))
                .setUsedPrimary(key.primary().filter(version::equals).isPresent())
                .setProtectionLevel(key.level)
                .build();
    }

    synchronized CryptoKey getCryptoKey(GetCryptoKeyRequest request) {
        return key(request.getName(), "cloudkms.cryptoKeys.get").toProto(clock.instant());
    }

    synchronized CryptoKeyVersion getCryptoKeyVersion(GetCryptoKeyVersionRequest request) {
        return onVersion(request.getName(), "cloudkms.cryptoKeyVersions.get", (key, version) -> {});
    }

    synchronized CryptoKeyVersion createCryptoKeyVersion(CreateCryptoKeyVersionRequest request) {
        FakeCryptoKey key = key(request.getParent(), "cloudkms.cryptoKeyVersions.create");
        return key.toProto(key.addVersion(clock.instant()), clock.instant());
    }

    synchronized CryptoKey updateCryptoKeyPrimaryVersion(UpdateCryptoKeyPrimaryVersionRequest request) {
        FakeCryptoKey key = key(request.getName(), "cloudkms.cryptoKeys.update");
        requireSymmetric(key);
        FakeKeyVersion version = matcher(Pattern.compile("[0-9]{1,9}"), request.getCryptoKeyVersionId())
                .map(id -> version(key, Integer.parseInt(id.group())))
                .orElseThrow(() -> GoogleFailure.invalid("The crypto_key_version_id is not a number."));
        requireEnabled(key, version);
        key.setPrimary(version.number);
        return key.toProto(clock.instant());
    }

    /** Of the fields only {@code state} can be changed here, and only between ENABLED and DISABLED. */
    synchronized CryptoKeyVersion updateCryptoKeyVersion(UpdateCryptoKeyVersionRequest request) {
        CryptoKeyVersion wanted = request.getCryptoKeyVersion();
        return onVersion(wanted.getName(), "cloudkms.cryptoKeyVersions.update", (key, version) -> {
            if (!request.getUpdateMask().getPathsList().equals(List.of("state"))) {
                throw GoogleFailure.of(
                        Code.UNIMPLEMENTED, "the fake changes the field state alone, not " + request.getUpdateMask());
            }
            if (!switchable(wanted.getState()) || !switchable(version.state(clock.instant()))) {
                throw GoogleFailure.of(
                        Code.FAILED_PRECONDITION,
                        "The state of " + wanted.getName() + " cannot change from " + version.state(clock.instant())
                                + " to " + wanted.getState() + ".");
            }
            version.set(wanted.getState(), Optional.empty());
        });
    }

    synchronized CryptoKeyVersion destroyCryptoKeyVersion(DestroyCryptoKeyVersionRequest request) {
        return onVersion(request.getName(), "cloudkms.cryptoKeyVersions.destroy", (key, version) -> {
            Instant now = clock.instant();
            if (!switchable(version.state(now))) {
                throw GoogleFailure.of(
                        Code.FAILED_PRECONDITION,
                        request.getName() + " cannot be destroyed, current state is: " + version.state(now) + ".");
            }
            version.set(
                    CryptoKeyVersionState.DESTROY_SCHEDULED, Optional.of(now.plus(FakeCryptoKey.DESTRUCTION_DELAY)));
        });
    }

    synchronized CryptoKeyVersion restoreCryptoKeyVersion(RestoreCryptoKeyVersionRequest request) {
        return onVersion(request.getName(), "cloudkms.cryptoKeyVersions.restore", (key, version) -> {
            CryptoKeyVersionState state = version.state(clock.instant());
            if (state != CryptoKeyVersionState.DESTROY_SCHEDULED) {
                throw GoogleFailure.of(
                        Code.FAILED_PRECONDITION,
                        request.getName() + " cannot be restored, current state is: " + state + ".");
            }
            version.set(CryptoKeyVersionState.DISABLED, Optional.empty());
        });
    }

    private CryptoKeyVersion onVersion(String name, String permission, VersionChange change) {
        Matcher matcher = matcher(VERSION, name)
                .orElseThrow(() -> GoogleFailure.invalid("Invalid resource name of a CryptoKeyVersion."));
        FakeCryptoKey key = key(matcher.group("key"), permission);
        FakeKeyVersion version = version(key, Integer.parseInt(matcher.group("number")));
        change.apply(key, version);
        return key.toProto(version, clock.instant());
    }

    private FakeCryptoKey key(String name, String permission) {
        if (!KEY.matcher(name).matches()) {
            throw GoogleFailure.invalid("Invalid resource name of a CryptoKey.");
        }
        if (denied.contains(permission)) {
            throw GoogleFailure.denied(permission, name);
        }
        FakeCryptoKey key = keys.get(name);
        if (key == null) {
            throw GoogleFailure.notFound("CryptoKey", name);
        }
        return key;
    }

    private static FakeKeyVersion version(FakeCryptoKey key, int number) {
        return key.version(number)
                .orElseThrow(
                        () -> GoogleFailure.notFound("CryptoKeyVersion", key.name + "/cryptoKeyVersions/" + number));
    }

    private static void requireSymmetric(FakeCryptoKey key) {
        if (key.purpose != CryptoKeyPurpose.ENCRYPT_DECRYPT) {
            throw GoogleFailure.of(
                    Code.FAILED_PRECONDITION,
                    key.name + " has purpose " + key.purpose + ", which does not support this operation.");
        }
    }

    private void requireEnabled(FakeCryptoKey key, FakeKeyVersion version) {
        CryptoKeyVersionState state = version.state(clock.instant());
        if (state != CryptoKeyVersionState.ENABLED) {
            throw GoogleFailure.notEnabled(key.nameOf(version), state.name());
        }
    }

    private static void requireSize(FakeCryptoKey key, String field, ByteString payload, ByteString aad) {
        if (payload.isEmpty()) {
            throw GoogleFailure.invalid("The " + field + " is empty.");
        }
        boolean hsm = key.level == ProtectionLevel.HSM;
        if (hsm && payload.size() + aad.size() > HSM_MAX_BYTES) {
            throw GoogleFailure.invalid("The " + field + " and the additional_authenticated_data are too long.");
        }
        if (payload.size() > MAX_BYTES || aad.size() > MAX_BYTES) {
            throw GoogleFailure.invalid("The " + field + " or the additional_authenticated_data is too long.");
        }
    }

    private static boolean verified(String field, ByteString bytes, boolean given, Int64Value checksum) {
        if (given && !FakeKmsService.checksum(bytes).equals(checksum)) {
            throw GoogleFailure.invalid(
                    "The checksum in field " + field + "_crc32c did not match the data in field " + field + ".");
        }
        return given;
    }

    private static boolean switchable(CryptoKeyVersionState state) {
        return state == CryptoKeyVersionState.ENABLED || state == CryptoKeyVersionState.DISABLED;
    }

    private static Optional<Matcher> matcher(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.matches() ? Optional.of(matcher) : Optional.empty();
    }

    /** What a method does to a version. */
    private interface VersionChange {
        void apply(FakeCryptoKey key, FakeKeyVersion version);
    }
}
