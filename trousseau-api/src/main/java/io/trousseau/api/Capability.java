package io.trousseau.api;

/**
 * What a KEK can do beyond wrapping and unwrapping. Declared, never silently dropped: the engine closes the gap or tells
 * the operator, and the compatibility kit tests an undeclared capability for its documented refusal.
 */
public enum Capability {
    /**
     * The {@link WrapContext} is authenticated by the KMS (associated data, encryption context): unwrapping under
     * another context fails with {@link KmsException.Code#INVALID_CIPHERTEXT}. Without it the context is ignored at
     * both ends.
     */
    BINDS_CONTEXT,

    /**
     * Wrapping is authenticated: any change of a ciphertext is refused, and only who may use the KEK can make one.
     * Without it, as with RSA-OAEP, anyone with the public key can make a ciphertext that unwraps.
     */
    AUTHENTICATED,

    /** {@link WrapResult#version()} is present. Without it, it is empty. */
    NAMES_VERSION_ON_WRAP,

    /** {@link UnwrapResult#version()} is present. Without it, it is empty. */
    NAMES_VERSION_ON_UNWRAP
}
