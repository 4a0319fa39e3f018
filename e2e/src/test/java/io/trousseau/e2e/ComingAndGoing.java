package io.trousseau.e2e;

/** A member that a test takes away from its keyring and gives back. */
interface ComingAndGoing {
    Plugin.NamedMember member();

    /** Its KMS is gone from now on. */
    void takeAway();

    /** Its KMS is there again, with what it had. */
    void giveBack();

    /** Makes a new version of its KEK. */
    void rotate();
}
