package io.trousseau.provider.vault.transit;

/** What is asked of a Transit key: under which path, with which capability of a policy, for what. */
enum Operation {
    /** The key's state and versions. */
    READ("keys", "read", "reading the key"),
    /** Encrypts. */
    ENCRYPT("encrypt", "update", "wrap"),
    /** Decrypts. */
    DECRYPT("decrypt", "update", "unwrap"),
    /** Decrypts under another context than the one of the wrap, which must be refused. */
    PROVE_CONTEXT("decrypt", "update", "proving that a wrap is bound to its context");

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
