package io.trousseau.provider.vault.transit;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What Vault says of a key at one moment. Immutable.
 *
 * @param type Vault's name of the type, which may be none of {@link KeyType}
 * @param versions those that Vault lists, by number: from {@code minDecryptionVersion} to {@code latest}
 * @param latest the version that encrypts
 * @param minDecryptionVersion the lowest that decrypts
 * @param minAvailableVersion the lowest that was not trimmed; 0 if none was
 * @param encrypts whether the type encrypts and decrypts
 * @param derived whether each use needs a derivation context
 * @param softDeleted whether OpenBao keeps the key and refuses to use it
 * @param unsafe options that let the key out or let it be lost
 */
record TransitKey(
        String type,
        NavigableMap<Integer, KeyVersion> versions,
        KeyVersion latest,
        int minDecryptionVersion,
        int minAvailableVersion,
        boolean encrypts,
        boolean derived,
        boolean softDeleted,
        Set<UnsafeOption> unsafe) {

    /** The key in {@code data} of a key read's answer is not what Vault answers. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message);
        }
    }

    /**
     * Reads the {@code data} of a key read's answer.
     *
     * @param name the key that was asked for
     */
    static TransitKey parse(JsonNode data, String name) throws MalformedException {
        if (!data.isObject()) {
            throw new MalformedException("it has no data");
        }
        if (!data.path("name").asText().equals(name)) {
            throw new MalformedException("it is about another key");
        }
        String type = data.path("type").asText();
        if (!type.matches("[a-zA-Z0-9_-]{1,40}")) {
            throw new MalformedException("it has no type");
        }
        NavigableMap<Integer, KeyVersion> versions = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : data.path("keys").properties()) {
            int number = number(entry.getKey());
            versions.put(number, new KeyVersion(number, created(entry.getValue())));
        }
        KeyVersion latest = Optional.ofNullable(versions.get(natural(data, "latest_version")))
                .orElseThrow(() -> new MalformedException("its latest version is not among its versions"));
        if (versions.lastKey() != latest.number()) {
            throw new MalformedException("it has a version after its latest");
        }
        Set<UnsafeOption> unsafe = EnumSet.noneOf(UnsafeOption.class);
        for (UnsafeOption option : UnsafeOption.values()) {
            if (flag(data, option.label())) {
                unsafe.add(option);
            }
        }
        return new TransitKey(
                type,
                Collections.unmodifiableNavigableMap(versions),
                latest,
                natural(data, "min_decryption_version"),
                data.has("min_available_version") ? natural(data, "min_available_version") : 0,
                flag(data, "supports_encryption") && flag(data, "supports_decryption"),
                flag(data, "derived") || data.path("convergent_encryption").asBoolean(),
                data.path("soft_deleted").asBoolean(),
                Collections.unmodifiableSet(unsafe));
    }

    /** The version of that name, if Vault lists it. */
    Optional<KeyVersion> find(String versionName) {
        return KeyVersion.numberIn(versionName)
                .map(versions::get)
                .filter(version -> version.name().equals(versionName));
    }

    /** Whether a version that both list has another creation time here, or one that this should list is not here. */
    boolean isAnotherThan(TransitKey before) {
        if (latest.number() < before.latest.number()) {
            return true;
        }
        return before.versions.values().stream()
                .anyMatch(version ->
                        versions.containsKey(version.number()) && !version.equals(versions.get(version.number())));
    }

    private static Instant created(JsonNode value) throws MalformedException {
        // A symmetric key's version is a number of seconds, an asymmetric one's an object.
        try {
            if (value.isIntegralNumber() && value.canConvertToLong() && value.longValue() > 0) {
                return inRange(Instant.ofEpochSecond(value.longValue()));
            }
            if (value.isObject()) {
                return inRange(Instant.parse(value.path("creation_time").asText()));
            }
        } catch (DateTimeException e) {
            throw new MalformedException("a version has a creation time that is none");
        }
        throw new MalformedException("a version has no creation time");
    }

    private static Instant inRange(Instant time) {
        if (time.isAfter(Instant.parse("9999-12-31T23:59:59Z")) || time.isBefore(Instant.EPOCH)) {
            throw new DateTimeException("out of range");
        }
        return time;
    }

    private static int number(String text) throws MalformedException {
        if (!text.matches("[1-9][0-9]{0,8}")) {
            throw new MalformedException("it has a version that is no number");
        }
        return Integer.parseInt(text);
    }

    private static int natural(JsonNode data, String field) throws MalformedException {
        JsonNode value = data.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
            throw new MalformedException(field + " is missing or no number");
        }
        return value.intValue();
    }

    private static boolean flag(JsonNode data, String field) throws MalformedException {
        JsonNode value = data.path(field);
        if (!value.isBoolean()) {
            throw new MalformedException(field + " is missing");
        }
        return value.booleanValue();
    }
}
