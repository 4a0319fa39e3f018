package io.trousseau.testkit.aws;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The actions of KMS in one region. */
final class KmsActions {
    private static final int MAX_PLAINTEXT_BYTES = 4096;
    private static final int MAX_CIPHERTEXT_BYTES = 6144;

    private final FakeAwsKms kms;
    private final String region;

    KmsActions(FakeAwsKms kms, String region) {
        this.kms = kms;
        this.region = region;
    }

    /**
     * Does an action.
     *
     * @throws AwsError what the service answers instead
     * @throws UnsupportedOperationException if the request has something that is not modelled
     */
    ObjectNode act(String action, JsonNode request, FakeAwsCredentials caller) {
        return switch (action) {
            case "Encrypt" -> encrypt(request, caller);
            case "Decrypt" -> decrypt(request, caller);
            case "DescribeKey" -> describeKey(request, caller);
            case "ListKeyRotations" -> listKeyRotations(request, caller);
            default -> throw new UnsupportedOperationException("the action " + action + " is not modelled");
        };
    }

    private ObjectNode encrypt(JsonNode request, FakeAwsCredentials caller) {
        onlyKnown(request, "KeyId", "Plaintext", "EncryptionContext", "EncryptionAlgorithm");
        byte[] plaintext = bytes(request, "Plaintext", MAX_PLAINTEXT_BYTES);
        FakeAwsKey key = key(request);
        kms.iam().check("kms:Encrypt", caller, key.arn(region));
        usable(key);
        KeyMaterial material = key.current();
        return KmsProtocol.object()
                .put("KeyId", key.arn(region))
                .put(
                        "CiphertextBlob",
                        Base64.getEncoder().encodeToString(material.encrypt(plaintext, context(request))))
                .put("EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
    }

    private ObjectNode decrypt(JsonNode request, FakeAwsCredentials caller) {
        onlyKnown(request, "KeyId", "CiphertextBlob", "EncryptionContext", "EncryptionAlgorithm");
        byte[] ciphertext = bytes(request, "CiphertextBlob", MAX_CIPHERTEXT_BYTES);
        Optional<FakeAwsKey> maker = kms.keysIn(region).stream()
                .filter(candidate -> KeyMaterial.names(ciphertext, candidate.id()))
                .findFirst();
        FakeAwsKey key = request.has("KeyId")
                ? key(request)
                : maker.orElseThrow(() -> new AwsError("InvalidCiphertextException", ""));
        kms.iam().check("kms:Decrypt", caller, key.arn(region));
        usable(key);
        if (maker.filter(other -> other != key).isPresent()) {
            throw new AwsError(
                    "IncorrectKeyException",
                    "The key ID in the request does not identify a CMK that can perform this operation.");
        }
        byte[] context = context(request);
        for (KeyMaterial material : key.materials()) {
            Optional<byte[]> plaintext = material.decrypt(ciphertext, context);
            if (plaintext.isPresent()) {
                ObjectNode answer = KmsProtocol.object()
                        .put("KeyId", key.arn(region))
                        .put("Plaintext", Base64.getEncoder().encodeToString(plaintext.get()))
                        .put("EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
                return key.namesMaterial() ? answer.put("KeyMaterialId", material.id()) : answer;
            }
        }
        throw new AwsError("InvalidCiphertextException", "");
    }

    private ObjectNode describeKey(JsonNode request, FakeAwsCredentials caller) {
        onlyKnown(request, "KeyId");
        FakeAwsKey key = key(request);
        kms.iam().check("kms:DescribeKey", caller, key.arn(region));
        FakeAwsKey.RegionalState state = key.state(region).orElseThrow();
        ObjectNode metadata = KmsProtocol.object()
                .put("AWSAccountId", key.account())
                .put("KeyId", key.id())
                .put("Arn", key.arn(region))
                .put("CreationDate", seconds(key.created()))
                .put("Enabled", state.state().equals("Enabled"))
                .put("Description", "")
                .put("KeyUsage", key.kind().usage())
                .put("KeyState", state.state())
                .put("KeyManager", "CUSTOMER")
                .put("KeySpec", key.kind().spec())
                .put("CustomerMasterKeySpec", key.kind().spec())
                .put("MultiRegion", key.multiRegion());
        state.deletionDate().ifPresent(at -> metadata.put("DeletionDate", seconds(at)));
        metadata.put(
                "Origin",
                key.materialExpiry().isPresent() ? "EXTERNAL" : key.kind().origin());
        key.materialExpiry()
                .ifPresent(at -> metadata.put("ValidTo", seconds(at)).put("ExpirationModel", "KEY_MATERIAL_EXPIRES"));
        if (key.namesMaterial()) {
            metadata.put("CurrentKeyMaterialId", key.current().id());
        }
        if (key.multiRegion()) {
            List<String> regions = key.regions();
            ObjectNode configuration = metadata.putObject("MultiRegionConfiguration");
            configuration.put("MultiRegionKeyType", region.equals(regions.get(0)) ? "PRIMARY" : "REPLICA");
            configuration
                    .putObject("PrimaryKey")
                    .put("Arn", key.arn(regions.get(0)))
                    .put("Region", regions.get(0));
            ArrayNode replicas = configuration.putArray("ReplicaKeys");
            regions.stream()
                    .skip(1)
                    .forEach(replica ->
                            replicas.addObject().put("Arn", key.arn(replica)).put("Region", replica));
        }
        return KmsProtocol.object().set("KeyMetadata", metadata);
    }

    private ObjectNode listKeyRotations(JsonNode request, FakeAwsCredentials caller) {
        onlyKnown(request, "KeyId", "IncludeKeyMaterial", "Limit");
        FakeAwsKey key = key(request);
        kms.iam().check("kms:ListKeyRotations", caller, key.arn(region));
        if (!key.namesMaterial()) {
            throw new AwsError("UnsupportedOperationException", "");
        }
        boolean all = request.path("IncludeKeyMaterial").asText().equals("ALL_KEY_MATERIAL");
        ObjectNode answer = KmsProtocol.object().put("Truncated", false);
        ArrayNode rotations = answer.putArray("Rotations");
        List<KeyMaterial> materials = key.materials();
        for (int i = all ? 0 : 1; i < materials.size(); i++) {
            KeyMaterial material = materials.get(i);
            ObjectNode entry = rotations
                    .addObject()
                    .put("KeyId", key.id())
                    .put("KeyMaterialId", material.id())
                    .put("KeyMaterialState", i == materials.size() - 1 ? "CURRENT" : "NON_CURRENT");
            if (i > 0) {
                entry.put("RotationDate", seconds(material.since())).put("RotationType", "ON_DEMAND");
            }
        }
        return answer;
    }

    private FakeAwsKey key(JsonNode request) {
        String asked = request.path("KeyId").asText();
        if (asked.isEmpty()) {
            throw new AwsError("ValidationException", "KeyId is missing");
        }
        return kms.find(region, asked)
                .orElseThrow(() -> new AwsError(
                        "NotFoundException",
                        asked.contains("alias/")
                                ? "Alias " + asked + " is not found."
                                : "Key '" + asked + "' does not exist"));
    }

    private void usable(FakeAwsKey key) {
        String arn = key.arn(region);
        String state = key.state(region).orElseThrow().state();
        switch (state) {
            case "Enabled", "Updating" -> {}
            case "Disabled" -> throw new AwsError("DisabledException", arn + " is disabled.");
            case "PendingDeletion", "PendingReplicaDeletion" ->
                throw new AwsError("KMSInvalidStateException", arn + " is pending deletion.");
            case "PendingImport" -> throw new AwsError("KMSInvalidStateException", arn + " is pending import.");
            case "Unavailable", "Creating" ->
                throw new AwsError("KMSInvalidStateException", arn + " is not usable now.");
            default -> throw new UnsupportedOperationException("the key state " + state + " is not modelled");
        }
        if (!key.kind().usage().equals("ENCRYPT_DECRYPT")) {
            throw new AwsError(
                    "InvalidKeyUsageException",
                    arn + " key usage is " + key.kind().usage() + ".");
        }
    }

    private static byte[] bytes(JsonNode request, String field, int max) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(request.path(field).asText());
        } catch (IllegalArgumentException e) {
            throw new AwsError("SerializationException", field + " is not Base64");
        }
        if (bytes.length == 0 || bytes.length > max) {
            throw new AwsError(
                    "ValidationException",
                    "1 validation error detected: Value at '" + field
                            + "' failed to satisfy constraint: Member must have" + " length between 1 and " + max);
        }
        return bytes;
    }

    /** The encryption context in a form in which its order does not matter. */
    private static byte[] context(JsonNode request) {
        TreeMap<String, String> sorted = new TreeMap<>();
        request.path("EncryptionContext")
                .properties()
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue().asText()));
        ObjectNode canonical = KmsProtocol.object();
        sorted.forEach(canonical::put);
        return KmsProtocol.bytes(canonical);
    }

    private static void onlyKnown(JsonNode request, String... fields) {
        Set<String> known = Set.of(fields);
        request.fieldNames().forEachRemaining(field -> {
            if (!known.contains(field)) {
                throw new UnsupportedOperationException("the field " + field + " is not modelled");
            }
        });
        if (!request.path("EncryptionAlgorithm").asText("SYMMETRIC_DEFAULT").equals("SYMMETRIC_DEFAULT")) {
            throw new UnsupportedOperationException("only SYMMETRIC_DEFAULT is modelled");
        }
    }

    private static double seconds(Instant instant) {
        return instant.toEpochMilli() / 1000.0;
    }
}
