package io.trousseau.provider.gcp;

/** Credentials that lie here and cannot be used. The message is ours and holds nothing secret. */
final class UnusableCredentialsException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableCredentialsException(String message) {
        super(message);
    }
}
