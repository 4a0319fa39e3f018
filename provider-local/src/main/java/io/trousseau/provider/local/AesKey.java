package io.trousseau.provider.local;

import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * A secret key that can be wiped, which {@code SecretKeySpec} cannot. Safe for use by several threads: a cipher is
 * initialised with the whole key or, once it is destroyed, not at all.
 */
final class AesKey implements SecretKey {
    static final int BYTES = 32;

    private static final long serialVersionUID = 1L;

    private final transient byte[] material;
    private transient boolean destroyed;

    /** Takes {@code material} over: the caller does not touch it again. */
    AesKey(byte[] material) {
        if (material.length != BYTES) {
            throw new IllegalArgumentException("an AES-256 key has " + BYTES + " bytes, not " + material.length);
        }
        this.material = material;
    }

    @Override
    public String getAlgorithm() {
        return "AES";
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    /**
     * A fresh copy of the key.
     *
     * @throws IllegalStateException if it is destroyed
     */
    @Override
    public synchronized byte[] getEncoded() {
        if (destroyed) {
            throw new IllegalStateException("the key is destroyed");
        }
        return material.clone();
    }

    @Override
    public synchronized void destroy() {
        destroyed = true;
        Arrays.fill(material, (byte) 0);
    }

    @Override
    public synchronized boolean isDestroyed() {
        return destroyed;
    }

    /** Nothing of the key. */
    @Override
    public String toString() {
        return "AesKey";
    }
}
