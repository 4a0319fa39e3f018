package io.trousseau.api;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * The answer of {@link KekHandle#unwrap}. Holds a plaintext: close it when done.
 *
 * <p>Not safe for use by several threads.
 */
public final class UnwrapResult implements AutoCloseable {
    private final byte[] plaintext;
    private final Optional<KekVersion> version;

    /**
     * Makes an answer.
     *
     * @param plaintext copied, so the caller wipes its own; 1 or more bytes
     * @param version the KEK version that the KMS says it used, empty if the KMS does not say
     * @throws IllegalArgumentException if {@code plaintext} is empty
     */
    public UnwrapResult(byte[] plaintext, Optional<KekVersion> version) {
        if (plaintext.length == 0) {
            throw new IllegalArgumentException("plaintext is empty");
        }
        this.plaintext = plaintext.clone();
        this.version = Objects.requireNonNull(version, "version");
    }

    /** A fresh copy of the plaintext, all zeros once this is closed. The caller wipes it. */
    public byte[] plaintext() {
        return plaintext.clone();
    }

    /** The KEK version that the KMS says it used; empty if the KMS does not say. */
    public Optional<KekVersion> version() {
        return version;
    }

    /** Wipes the plaintext. Idempotent. */
    @Override
    public void close() {
        Arrays.fill(plaintext, (byte) 0);
    }

    /** The version and the length; never the plaintext. */
    @Override
    public String toString() {
        return "UnwrapResult[" + version + ", " + plaintext.length + " bytes]";
    }
}
