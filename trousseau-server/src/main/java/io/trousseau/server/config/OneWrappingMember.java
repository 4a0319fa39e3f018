package io.trousseau.server.config;

/** A limit of this version: the engine wraps with one member. */
final class OneWrappingMember {
    private OneWrappingMember() {}

    static void check(Values keyring, int wrapping) {
        if (wrapping > 1) {
            keyring.refuse(
                    ConfigurationSchema.MEMBERS,
                    "has " + wrapping + " members of role wrap, and this version takes one;"
                            + " give the others the role unwrap or remove them");
        }
    }
}
