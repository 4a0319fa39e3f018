package io.trousseau.provider.aws;

import io.trousseau.api.KekDescription.State;
import java.time.Instant;
import java.util.Optional;
import software.amazon.awssdk.services.kms.model.EncryptionAlgorithmSpec;
import software.amazon.awssdk.services.kms.model.ExpirationModelType;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.KeyUsageType;

/**
 * What KMS's key states mean.
 *
 * @param state in our terms
 * @param ends when the key or its material will be deleted, if that is known
 */
record KeyState(State state, Optional<Instant> ends) {
    /** The state that a description tells; empty if the key cannot serve for a reason that passes by itself. */
    static Optional<KeyState> of(KeyMetadata metadata) {
        Optional<Instant> expiry = metadata.expirationModel() == ExpirationModelType.KEY_MATERIAL_EXPIRES
                ? Optional.ofNullable(metadata.validTo())
                : Optional.empty();
        return switch (nameIn(metadata)) {
            case "Enabled", "Updating" -> Optional.of(new KeyState(State.ENABLED, expiry));
            // Imported material that was deleted or has expired can be imported again.
            case "Disabled", "PendingImport" -> Optional.of(new KeyState(State.DISABLED, expiry));
            case "PendingDeletion", "PendingReplicaDeletion" ->
                Optional.of(new KeyState(State.DESTRUCTION_SCHEDULED, Optional.ofNullable(metadata.deletionDate())));
            default -> Optional.empty();
        };
    }

    /** KMS's own name of the state. */
    static String nameIn(KeyMetadata metadata) {
        return metadata.keyStateAsString() == null ? "" : metadata.keyStateAsString();
    }

    /** What is wrong with a key that is of another kind than those that wrap. */
    static Optional<String> requireThatItEncrypts(KeyMetadata metadata) {
        boolean encrypts = metadata.keyUsage() == KeyUsageType.ENCRYPT_DECRYPT
                && EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT.toString().equals(metadata.keySpecAsString());
        return encrypts
                ? Optional.empty()
                : Optional.of("the key is of usage " + metadata.keyUsageAsString() + " and spec "
                        + metadata.keySpecAsString()
                        + "; name one of usage ENCRYPT_DECRYPT and spec SYMMETRIC_DEFAULT");
    }
}
