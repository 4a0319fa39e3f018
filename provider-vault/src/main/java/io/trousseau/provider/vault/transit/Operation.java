package io.trousseau.provider.vault.transit;

/** What is asked of a Transit key: under which path, with which capability of a policy, for what. */
enum Operation {
    /** The key's state and versions. */
    READ("keys", "read", "reading the key"),
    /** Encrypts. */
    ENCRYPT("encrypt", "update", "wrap"),
    /** Decrypts. */
    DECRYPT("decrypt", "update", "unwrap");

    private final String path;
    private final String capability;
    private final String text;

    Operation(String path, String capability, String text) {
        this.path = path;
        this.capability = capability;
        this.text = text;
    }

    /** The part of the path after the mount. */
    String path() {
        return path;
    }

    /** What a policy must allow at the path. */
    String capability() {
        return capability;
    }

    /** In messages. */
    String text() {
        return text;
    }
}
