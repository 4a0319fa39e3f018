package io.trousseau.api;

import java.util.Set;

/**
 * The declared abilities and sizes of a KEK.
 *
 * @param capabilities what the KEK can do; copied
 * @param maxPlaintextBytes the largest input of {@link KekHandle#wrap} in bytes, at least 64 so that any local KEK or
 *     share of one fits
 * @param maxWrappedBytes an upper bound, in bytes, of the ciphertext that {@link KekHandle#wrap} makes of 64 bytes or
 *     fewer; Trousseau computes from it what every stored Secret will carry. 1 to {@value #LARGEST_WRAPPED_BYTES}.
 */
public record KekTraits(Set<Capability> capabilities, int maxPlaintextBytes, int maxWrappedBytes) {
    /** The largest ciphertext of one copy that an envelope stores, in bytes. */
    public static final int LARGEST_WRAPPED_BYTES = 4096;

    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if a size is out of its range
     */
    public KekTraits {
        capabilities = Set.copyOf(capabilities);
        if (maxPlaintextBytes < 64) {
            throw new IllegalArgumentException("maxPlaintextBytes is " + maxPlaintextBytes + ", must be at least 64");
        }
        if (maxWrappedBytes < 1 || maxWrappedBytes > LARGEST_WRAPPED_BYTES) {
            throw new IllegalArgumentException(
                    "maxWrappedBytes is " + maxWrappedBytes + ", must be 1 to " + LARGEST_WRAPPED_BYTES);
        }
    }

    /** Whether {@code capability} is declared. */
    public boolean has(Capability capability) {
        return capabilities.contains(capability);
    }
}
