package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A mounted Transit engine: keys, and encryption with them.
 *
 * @see <a href="https://openbao.org/api-docs/secret/transit/">the API's reference</a>
 */
final class TransitEngine implements Mount {
    private static final Pattern NAME = Pattern.compile("\\w(([\\w-.]+)?\\w)?");
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+");
    private static final String PREFIX = "vault:v";
    private static final String NO_CONTEXT =
            "missing 'context' for key derivation; the key was created using a derived "
                    + "key, which means additional, per-request information must be included in order to perform operations "
                    + "with the key";

    private final InstantSource clock;
    private final TreeMap<String, TransitKey> keys = new TreeMap<>();

    TransitEngine(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String type() {
        return "transit";
    }

    @Override
    public Capability capability(FakeCall call) {
        String[] path = call.path().split("/", -1);
        if (call.is("POST") && path.length == 2 && path[0].equals("encrypt") && !keys.containsKey(path[1])) {
            return Capability.CREATE;
        }
        return Capability.of(call);
    }

    @Override
    public FakeAnswer handle(FakeCall call) {
        String[] path = call.path().split("/", -1);
        boolean named = path.length >= 2 && NAME.matcher(path[1]).matches();
        String operation = path[0] + (path.length == 3 ? "/" + path[2] : "");
        if (call.path().equals("keys") || call.path().equals("keys/")) {
            call.only("LIST");
            return list();
        }
        if (!named) {
            throw Refusal.wrongPath();
        }
        return switch (operation) {
            case "keys" -> key(call, path[1]);
            case "keys/config" -> {
                call.only("POST");
                TransitKey key = existing(path[1], "no existing key named " + path[1] + " could be found");
                List<String> warnings = key.configure(call);
                yield FakeAnswer.data(key.toJson(), warnings);
            }
            case "keys/rotate" -> {
                call.only("POST");
                TransitKey key = existing(path[1], "key not found");
                key.rotate(clock.instant());
                yield FakeAnswer.data(key.toJson(), call.warnings(Set.of(), Set.of("managed_key_name")));
            }
            case "keys/soft-delete" -> {
                call.only("DELETE");
                yield softDelete(path[1], true);
            }
            case "keys/soft-delete-restore" -> {
                call.only("POST");
                yield softDelete(path[1], false);
            }
            case "encrypt" -> {
                call.only("POST");
                yield encrypt(call, path[1]);
            }
            case "decrypt" -> {
                call.only("POST");
                yield decrypt(call, path[1]);
            }
            default -> throw new Unmodelled("transit/" + call.path());
        };
    }

    private FakeAnswer softDelete(String name, boolean deleted) {
        TransitKey key = keys.get(name);
        if (key == null) {
            throw new Unmodelled("soft-deleting a key that is not there");
        }
        key.softDeleted(deleted);
        return FakeAnswer.data(key.toJson());
    }

    private FakeAnswer list() {
        if (keys.isEmpty()) {
            throw Refusal.absent();
        }
        ObjectNode data = FakeAnswer.object();
        keys.keySet().forEach(data.putArray("keys")::add);
        return FakeAnswer.data(data);
    }

    private FakeAnswer key(FakeCall call, String name) {
        call.only("GET", "POST", "DELETE");
        switch (call.method()) {
            case "GET" -> {
                TransitKey key = keys.get(name);
                if (key == null) {
                    throw Refusal.absent();
                }
                return FakeAnswer.data(key.toJson());
            }
            case "DELETE" -> {
                String failed = "error deleting policy " + name + ": ";
                if (!existing(name, failed + "could not delete key; not found").isDeletionAllowed()) {
                    throw Refusal.badRequest(failed + "deletion is not allowed for this key");
                }
                keys.remove(name);
                return FakeAnswer.empty();
            }
            default -> {
                return create(call, name);
            }
        }
    }

    private FakeAnswer create(FakeCall call, String name) {
        List<String> warnings = call.warnings(
                Set.of(
                        "type",
                        "derived",
                        "convergent_encryption",
                        "exportable",
                        "allow_plaintext_backup",
                        "auto_rotate_period"),
                Set.of("key_size", "context", "managed_key_name", "managed_key_id"));
        boolean derived = call.flag("derived").orElse(false);
        boolean convergent = call.flag("convergent_encryption").orElse(false);
        if (convergent && !derived) {
            throw Refusal.badRequest("convergent encryption requires derivation to be enabled");
        }
        KeyType type = KeyType.parse(call.has("type") ? call.text("type") : KeyType.AES256_GCM96.text());
        TransitKey key = keys.get(name);
        if (key == null) {
            if (derived && !type.isAead()) {
                throw Refusal.internal(
                        "key derivation and convergent encryption not supported for keys of type " + type.text());
            }
            key = new TransitKey(name, type, derived, convergent);
            key.exportable(call.flag("exportable").orElse(false));
            key.allowPlaintextBackup(call.flag("allow_plaintext_backup").orElse(false));
            call.duration("auto_rotate_period").ifPresent(key::autoRotatePeriod);
            key.rotate(clock.instant());
            keys.put(name, key);
        }
        return FakeAnswer.data(key.toJson(), warnings);
    }

    private FakeAnswer encrypt(FakeCall call, String name) {
        List<String> warnings = call.warnings(
                Set.of("plaintext", "context", "key_version", "associated_data", "type"),
                Set.of("batch_input", "convergent_encryption", "partial_failure_response_code"));
        if (!call.body().has("plaintext")) {
            throw Refusal.badRequest("missing plaintext to encrypt");
        }
        byte[] context = bytes(call.text("context"));
        int asked = call.integer("key_version").orElse(0);
        TransitKey key = keys.get(name);
        if (key == null) {
            // Whoever may "create" gets the key made, even when the rest of the request is refused.
            KeyType type = KeyType.parse(call.has("type") ? call.text("type") : KeyType.AES256_GCM96.text());
            key = new TransitKey(name, type, context.length > 0, false);
            key.rotate(clock.instant());
            keys.put(name, key);
        }
        byte[] plaintext = bytes(call.text("plaintext"));
        byte[] associatedData = associatedData(call, key);
        int version = key.inUse().encryptionVersion(asked);
        KeyType.Material material = material(key, version, context);
        if (key.isConvergent()) {
            throw new Unmodelled("convergent encryption");
        }
        byte[] ciphertext = key.type().encrypt(material, plaintext, associatedData);
        ObjectNode data = FakeAnswer.object();
        data.put("ciphertext", PREFIX + version + ":" + GoBase64.encode(ciphertext));
        data.put("key_version", version);
        return FakeAnswer.data(data, warnings);
    }

    private FakeAnswer decrypt(FakeCall call, String name) {
        List<String> warnings = call.warnings(
                Set.of("ciphertext", "context", "associated_data"),
                Set.of("batch_input", "nonce", "partial_failure_response_code"));
        String text = call.text("ciphertext");
        if (text.isEmpty()) {
            throw Refusal.badRequest("missing ciphertext to decrypt");
        }
        byte[] context = bytes(call.text("context"));
        TransitKey key = existing(name, "encryption key not found").inUse();
        byte[] associatedData = associatedData(call, key);
        if (!text.startsWith(PREFIX)) {
            throw Refusal.badRequest("invalid ciphertext: no prefix");
        }
        String[] fields = text.substring(PREFIX.length()).split(":", 2);
        if (fields.length != 2) {
            throw Refusal.badRequest("invalid ciphertext: wrong number of fields");
        }
        int version = decryptionVersion(key, fields[0]);
        KeyType.Material material = material(key, version, context);
        if (key.isConvergent()) {
            throw new Unmodelled("convergent encryption");
        }
        byte[] ciphertext;
        try {
            ciphertext = GoBase64.decode(fields[1]);
        } catch (GoBase64.Corrupt e) {
            throw Refusal.badRequest("invalid ciphertext: could not decode base64");
        }
        ObjectNode data = FakeAnswer.object();
        data.put("plaintext", GoBase64.encode(key.type().decrypt(material, ciphertext, associatedData)));
        return FakeAnswer.data(data, warnings);
    }

    private static int decryptionVersion(TransitKey key, String text) {
        long version = Long.MAX_VALUE;
        if (NUMBER.matcher(text).matches() && new BigInteger(text).bitLength() < Long.SIZE) {
            version = Long.parseLong(text);
        } else {
            throw Refusal.badRequest("invalid ciphertext: version number could not be decoded");
        }
        if (version > key.latest()) {
            throw Refusal.badRequest("invalid ciphertext: version is too new");
        }
        // Ciphertexts of before there were versions say 0.
        int used = version == 0 ? 1 : (int) version;
        if (version < 0 || used < key.minDecryptionVersion()) {
            throw Refusal.badRequest("ciphertext or signature version is disallowed by policy (too old)");
        }
        return used;
    }

    private static KeyType.Material material(TransitKey key, int version, byte[] context) {
        if (!key.isDerived()) {
            return key.material(version);
        }
        if (context.length == 0) {
            throw Refusal.badRequest(NO_CONTEXT);
        }
        return key.material(version).derive(context);
    }

    private static byte[] associatedData(FakeCall call, TransitKey key) {
        String text = call.text("associated_data");
        if (text.isEmpty()) {
            return new byte[0];
        }
        if (!key.type().isAead()) {
            throw Refusal.badRequest("'[0].associated_data' provided for non-AEAD cipher suite "
                    + key.type().text());
        }
        try {
            return GoBase64.decode(text);
        } catch (GoBase64.Corrupt e) {
            throw Refusal.internal("unable to get associated_data/additional_data from factory[0]: " + e.getMessage());
        }
    }

    private static byte[] bytes(String base64) {
        try {
            return GoBase64.decode(base64);
        } catch (GoBase64.Corrupt e) {
            throw Refusal.badRequest(Optional.ofNullable(e.getMessage()).orElse(""));
        }
    }

    private TransitKey existing(String name, String otherwise) {
        @Nullable TransitKey key = keys.get(name);
        if (key == null) {
            throw Refusal.badRequest(otherwise);
        }
        return key;
    }
}
