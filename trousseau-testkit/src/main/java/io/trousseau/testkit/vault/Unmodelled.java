package io.trousseau.testkit.vault;

/** Something that a real Vault would answer and the fake cannot. */
final class Unmodelled extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unmodelled(String what) {
        super(what, null, false, false);
    }
}
