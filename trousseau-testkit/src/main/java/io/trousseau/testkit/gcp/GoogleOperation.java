package io.trousseau.testkit.gcp;

/** A method of the service that {@link FakeGoogleKms} models, for faults and counting. */
public enum GoogleOperation {
    /** Needs {@code cloudkms.cryptoKeyVersions.useToEncrypt}. */
    ENCRYPT,
    /** Needs {@code cloudkms.cryptoKeyVersions.useToDecrypt}. */
    DECRYPT,
    /** Needs {@code cloudkms.cryptoKeys.get}. */
    GET_CRYPTO_KEY,
    /** Needs {@code cloudkms.cryptoKeyVersions.get}. */
    GET_CRYPTO_KEY_VERSION,
    /** Needs {@code cloudkms.cryptoKeyVersions.create}. */
    CREATE_CRYPTO_KEY_VERSION,
    /** Needs {@code cloudkms.cryptoKeyVersions.update}. */
    UPDATE_CRYPTO_KEY_VERSION,
    /** Needs {@code cloudkms.cryptoKeys.update}. */
    UPDATE_CRYPTO_KEY_PRIMARY_VERSION,
    /** Needs {@code cloudkms.cryptoKeyVersions.destroy}. */
    DESTROY_CRYPTO_KEY_VERSION,
    /** Needs {@code cloudkms.cryptoKeyVersions.restore}. */
    RESTORE_CRYPTO_KEY_VERSION
}
