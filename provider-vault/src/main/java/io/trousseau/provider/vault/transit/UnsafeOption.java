package io.trousseau.provider.vault.transit;

/** Options of a Transit key with which it works and is less safe. */
enum UnsafeOption {
    /** Whoever may call {@code export} reads the key. Vault never takes it back. */
    EXPORTABLE(
            "exportable",
            "whoever may call export gets the key itself, and Vault never takes the option back",
            "make a key without it and move to that (docs/moving.md); until then grant nobody \"export\""),
    /** Whoever may call {@code backup} reads the key. Vault never takes it back. */
    ALLOW_PLAINTEXT_BACKUP(
            "allow_plaintext_backup",
            "whoever may call backup gets the key itself in plaintext, and Vault never takes the option back",
            "make a key without it and move to that (docs/moving.md); until then grant nobody \"backup\""),
    /** One request deletes the key, and all that it wrapped with it. */
    DELETION_ALLOWED(
            "deletion_allowed",
            "one request deletes the key, and with it all that only it wrapped",
            "set deletion_allowed=false at keys/KEY/config");

    private final String label;
    private final String risk;
    private final String remedy;

    UnsafeOption(String label, String risk, String remedy) {
        this.label = label;
        this.risk = risk;
        this.remedy = remedy;
    }

    /** Vault's name of it. */
    String label() {
        return label;
    }

    String risk() {
        return risk;
    }

    String remedy() {
        return remedy;
    }
}
