package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/** A Transit key: its versions, from 1, and its settings. */
final class TransitKey {
    private final String name;
    private final KeyType type;
    private final boolean derived;
    private final boolean convergent;
    private final List<Version> versions = new ArrayList<>();
    private boolean exportable;
    private boolean allowPlaintextBackup;
    private boolean deletionAllowed;
    private Duration autoRotatePeriod = Duration.ZERO;
    private int minDecryptionVersion = 1;
    private int minEncryptionVersion;
    private boolean softDeleted;

    private record Version(KeyType.Material material, Instant created) {}

    TransitKey(String name, KeyType type, boolean derived, boolean convergent) {
        this.name = name;
        this.type = type;
        this.derived = derived;
        this.convergent = convergent;
    }

    KeyType type() {
        return type;
    }

    boolean isDerived() {
        return derived;
    }

    boolean isConvergent() {
        return convergent;
    }

    boolean isDeletionAllowed() {
        return deletionAllowed;
    }

    int latest() {
        return versions.size();
    }

    int minDecryptionVersion() {
        return minDecryptionVersion;
    }

    void softDeleted(boolean value) {
        softDeleted = value;
    }

    /** This, unless it is soft-deleted. */
    TransitKey inUse() {
        if (softDeleted) {
            throw Refusal.badRequest("refusing to use soft-deleted key");
        }
        return this;
    }

    void rotate(Instant now) {
        if (softDeleted) {
            throw new Unmodelled("rotating a soft-deleted key");
        }
        versions.add(new Version(type.generate(), now));
    }

    KeyType.Material material(int version) {
        return versions.get(version - 1).material();
    }

    void exportable(boolean value) {
        exportable = value;
    }

    void allowPlaintextBackup(boolean value) {
        allowPlaintextBackup = value;
    }

    void autoRotatePeriod(Duration value) {
        if (!value.isZero() && value.compareTo(Duration.ofHours(1)) < 0) {
            throw Refusal.badRequest("auto rotate period must be 0 to disable or at least an hour");
        }
        autoRotatePeriod = value;
    }

    /** Applies what {@code config} changes: all of it, or nothing and a refusal. */
    List<String> configure(FakeCall call) {
        List<String> warnings = call.warnings(
                Set.of(
                        "min_decryption_version",
                        "min_encryption_version",
                        "deletion_allowed",
                        "exportable",
                        "allow_plaintext_backup",
                        "auto_rotate_period"),
                Set.of());
        int decryption = call.integer("min_decryption_version").orElse(minDecryptionVersion);
        if (decryption < 0) {
            throw Refusal.badRequest("min decryption version cannot be negative");
        }
        if (decryption == 0) {
            decryption = 1;
            warnings.add(
                    "since Vault 0.3 (prior to the OpenBao fork), transit key numbering starts at 1; forcing minimum to 1");
        }
        if (decryption > latest()) {
            throw Refusal.badRequest(
                    "cannot set min decryption version of " + decryption + ", latest key version is " + latest());
        }
        int encryption = call.integer("min_encryption_version").orElse(minEncryptionVersion);
        if (encryption < 0) {
            throw Refusal.badRequest("min encryption version cannot be negative");
        }
        if (encryption > latest()) {
            throw Refusal.badRequest(
                    "cannot set min encryption version of " + encryption + ", latest key version is " + latest());
        }
        if (encryption > 0 && encryption < decryption) {
            throw Refusal.badRequest("cannot set min encryption/decryption values; min encryption version of "
                    + encryption + " must be greater than or equal to min decryption version of " + decryption);
        }
        call.duration("auto_rotate_period").ifPresent(this::autoRotatePeriod);
        minDecryptionVersion = decryption;
        minEncryptionVersion = encryption;
        call.flag("deletion_allowed").ifPresent(value -> deletionAllowed = value);
        // These two are for ever: false is ignored.
        exportable |= call.flag("exportable").orElse(false);
        allowPlaintextBackup |= call.flag("allow_plaintext_backup").orElse(false);
        return warnings;
    }

    /** The version that an encryption uses, 0 asking for the latest. */
    int encryptionVersion(int asked) {
        if (asked < 0) {
            throw Refusal.badRequest("requested version for encryption is negative");
        }
        if (asked == 0) {
            return latest();
        }
        if (asked > latest()) {
            throw Refusal.badRequest("requested version for encryption is higher than the latest key version");
        }
        if (asked < minEncryptionVersion) {
            throw Refusal.badRequest(
                    "requested version for encryption is less than the minimum encryption key version");
        }
        if (asked < minDecryptionVersion) {
            throw Refusal.badRequest("no such key version");
        }
        return asked;
    }

    ObjectNode toJson() {
        ObjectNode json = FakeAnswer.object();
        json.put("allow_plaintext_backup", allowPlaintextBackup);
        json.put("auto_rotate_period", autoRotatePeriod.toSeconds());
        if (derived) {
            json.put("convergent_encryption", convergent);
            if (convergent) {
                json.put("convergent_encryption_version", -1);
            }
        }
        json.put("deletion_allowed", deletionAllowed);
        json.put("derived", derived);
        json.put("exportable", exportable);
        json.put("imported_key", false);
        if (derived) {
            json.put("kdf", "hkdf_sha256");
        }
        ObjectNode keys = json.putObject("keys");
        for (int version = minDecryptionVersion; version <= latest(); version++) {
            Version entry = versions.get(version - 1);
            if (type.isAead()) {
                keys.put(Integer.toString(version), entry.created().getEpochSecond());
            } else {
                ObjectNode key = keys.putObject(Integer.toString(version));
                key.put("certificate_chain", "");
                key.put("creation_time", entry.created().toString());
                key.put("name", type.text());
                key.put("public_key", pem(entry.material().pair().orElseThrow().getPublic()));
            }
        }
        json.put("latest_version", latest());
        json.put("min_available_version", 0);
        json.put("min_decryption_version", minDecryptionVersion);
        json.put("min_encryption_version", minEncryptionVersion);
        json.put("name", name);
        json.put("soft_deleted", softDeleted);
        json.put("supports_decryption", true);
        json.put("supports_derivation", type.isAead());
        json.put("supports_encryption", true);
        json.put("supports_signing", !type.isAead());
        json.put("type", type.text());
        return json;
    }

    private static String pem(PublicKey key) {
        byte[] lineBreak = {'\n'};
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, lineBreak).encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }
}
