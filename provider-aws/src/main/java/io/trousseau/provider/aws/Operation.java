package io.trousseau.provider.aws;

/** What is asked of KMS. */
enum Operation {
    ENCRYPT("Encrypt"),
    DECRYPT("Decrypt"),
    DESCRIBE("DescribeKey"),
    LIST_ROTATIONS("ListKeyRotations");

    private final String action;

    Operation(String action) {
        this.action = action;
    }

    /** The permission that it takes. */
    String permission() {
        return "kms:" + action;
    }

    /** KMS's name of it. */
    @Override
    public String toString() {
        return action;
    }
}
