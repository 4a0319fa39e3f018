package io.trousseau.api;

import java.util.Objects;

/**
 * A ciphertext made by {@link KekHandle#wrap}, with the KEK version under which it is recorded.
 *
 * <p>Immutable: the array is copied on the way in and out.
 */
public final class WrappedKey {
    private final byte[] ciphertext;
    private final KekVersion version;

    /**
     * Makes a value of the two parts.
     *
     * @param ciphertext copied; may be any bytes, since it can come from storage that an attacker writes
     * @param version the recorded KEK version
     */
    public WrappedKey(byte[] ciphertext, KekVersion version) {
        this.ciphertext = ciphertext.clone();
        this.version = Objects.requireNonNull(version, "version");
    }

    /** A fresh copy of the ciphertext. */
    public byte[] ciphertext() {
        return ciphertext.clone();
    }

    /** The KEK version under which the ciphertext is recorded. */
    public KekVersion version() {
        return version;
    }

    /** The version and the length; never the ciphertext. */
    @Override
    public String toString() {
        return "WrappedKey[" + version + ", " + ciphertext.length + " bytes]";
    }
}
