package io.trousseau.testkit.vault;

import java.net.URI;

/** A Vault that a test has for itself: the real program or the fake. Safe for use by several threads. */
public interface VaultServer extends AutoCloseable {
    /** Where it listens on the loopback interface: scheme, host and port. */
    URI address();

    /** A client with the root token, in the root namespace. */
    VaultClient root();

    /** Seals it: every call is answered with 503 until {@link #unseal}. */
    void seal();

    /** Unseals it; returns once it serves. Does nothing if it is not sealed. */
    void unseal();

    /** Ends it and removes what it stored. */
    @Override
    void close();
}
