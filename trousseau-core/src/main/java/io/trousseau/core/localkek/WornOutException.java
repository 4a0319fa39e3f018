package io.trousseau.core.localkek;

/** A local KEK that may not be used any more: its uses are spent, or it is wiped. */
public final class WornOutException extends Exception {
    private static final long serialVersionUID = 1L;

    WornOutException(String message) {
        super(message);
    }
}
