package io.trousseau.api;

import java.util.Objects;
import java.util.Optional;

/** The answer of {@link KekHandle#wrap}. Immutable: the array is copied on the way in and out. */
public final class WrapResult {
    private final byte[] ciphertext;
    private final Optional<KekVersion> version;

    /**
     * Makes an answer.
     *
     * @param ciphertext copied; 1 or more bytes
     * @param version the KEK version that the KMS says it used, empty if the KMS does not say
     * @throws IllegalArgumentException if {@code ciphertext} is empty
     */
    public WrapResult(byte[] ciphertext, Optional<KekVersion> version) {
        if (ciphertext.length == 0) {
            throw new IllegalArgumentException("ciphertext is empty");
        }
        this.ciphertext = ciphertext.clone();
        this.version = Objects.requireNonNull(version, "version");
    }

    /** A fresh copy of the ciphertext. */
    public byte[] ciphertext() {
        return ciphertext.clone();
    }

    /** The KEK version that the KMS says it used; empty if the KMS does not say. */
    public Optional<KekVersion> version() {
        return version;
    }

    /** The version and the length; never the ciphertext. */
    @Override
    public String toString() {
        return "WrapResult[" + version + ", " + ciphertext.length + " bytes]";
    }
}
