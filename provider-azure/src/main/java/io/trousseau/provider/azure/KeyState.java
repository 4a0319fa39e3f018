package io.trousseau.provider.azure;

import com.azure.security.keyvault.keys.models.KeyOperation;
import com.azure.security.keyvault.keys.models.KeyProperties;
import com.azure.security.keyvault.keys.models.KeyType;
import com.azure.security.keyvault.keys.models.KeyVaultKey;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What Key Vault says of the current version of a key.
 *
 * @param version the version's name
 * @param type the type, such as {@code RSA-HSM}
 * @param bits the size of an RSA key, 0 for others
 * @param operations what the key permits; empty if the answer does not say
 * @param enabled whether somebody switched it off
 * @param notBefore from when on it wraps
 * @param expires until when it wraps
 * @param recovery the vault's level of soft delete and purge protection, in Azure's words
 */
record KeyState(
        String version,
        KeyType type,
        int bits,
        List<KeyOperation> operations,
        boolean enabled,
        Optional<Instant> notBefore,
        Optional<Instant> expires,
        String recovery) {
    /** Copies the operations. */
    KeyState {
        operations = List.copyOf(operations);
    }

    /** Reads an answer; empty if it lacks what any answer has. */
    static Optional<KeyState> of(@Nullable KeyVaultKey key, String version) {
        if (key == null || key.getKey() == null || key.getKeyType() == null) {
            return Optional.empty();
        }
        KeyProperties properties = key.getProperties();
        byte @Nullable [] modulus = key.getKey().getN();
        List<KeyOperation> operations = key.getKeyOperations();
        Boolean enabled = properties.isEnabled();
        return Optional.of(new KeyState(
                version,
                key.getKeyType(),
                modulus == null ? 0 : modulus.length * 8,
                operations == null ? List.of() : operations,
                // Left out means enabled: that is the default of the attribute.
                enabled == null || enabled,
                time(properties.getNotBefore()),
                time(properties.getExpiresOn()),
                String.valueOf(properties.getRecoveryLevel())));
    }

    /** Why the key is of no use for this algorithm at all. */
    Optional<String> misfit(KeyAlgorithm algorithm) {
        if (algorithm.fits(type)) {
            return Optional.empty();
        }
        return Optional.of("is of type " + type + ", which has no " + algorithm.label()
                + "; name another key, or set \"algorithm\" to what this one has");
    }

    /** Why nothing that is stored could be read, though the key is enabled. */
    Optional<String> unreadable(KeyAlgorithm algorithm) {
        return permits(algorithm.unwrapOperation());
    }

    /** Why it does not wrap, though it is enabled and unwraps. */
    Optional<String> writeProtected(KeyAlgorithm algorithm, Instant now) {
        if (expires.isPresent() && !now.isBefore(expires.get())) {
            return Optional.of(
                    "expired at " + expires.get() + " and only unwraps since; rotate it, or set a later expiry");
        }
        if (notBefore.isPresent() && now.isBefore(notBefore.get())) {
            return Optional.of("wraps from " + notBefore.get() + " on, and only unwraps until then");
        }
        return permits(algorithm.wrapOperation());
    }

    private Optional<String> permits(KeyOperation operation) {
        // An answer that does not say is no reason to take the key for useless: Key Vault decides at the call.
        return operations.isEmpty() || operations.contains(operation)
                ? Optional.empty()
                : Optional.of("does not permit " + operation + ": it is not among its key operations; add it with"
                        + " \"az keyvault key set-attributes --ops\"");
    }

    private static Optional<Instant> time(@Nullable OffsetDateTime time) {
        return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
    }
}
