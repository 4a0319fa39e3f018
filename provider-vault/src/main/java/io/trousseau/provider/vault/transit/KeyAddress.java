package io.trousseau.provider.vault.transit;

import java.util.Optional;

/**
 * Where a Transit key is.
 *
 * @param instance the configured name of the Vault, which every node and every copy of the cluster shares; without a colon
 * @param namespace of the mount, without slashes at its ends; empty for the root namespace
 * @param mount of the engine, without slashes at its ends
 * @param key its name
 */
public record KeyAddress(String instance, Optional<String> namespace, String mount, String key) {
    /**
     * The KEK's identity: {@code INSTANCE:NAMESPACE/MOUNT/KEY}. Vault resolves a namespace as the beginning of a path, so
     * the same key has the same identity however its path is split between namespace and mount.
     */
    public String identity() {
        return instance + ":" + namespace.map(name -> name + "/").orElse("") + mount + "/" + key;
    }

    /** The path under which {@code operation} acts on the key: {@code transit/encrypt/payments}. */
    String path(String operation) {
        return mount + "/" + operation + "/" + key;
    }

    /** The identity. */
    @Override
    public String toString() {
        return identity();
    }
}
