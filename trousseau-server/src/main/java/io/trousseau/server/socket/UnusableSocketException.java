package io.trousseau.server.socket;

import java.io.IOException;

/** The socket's path or directory cannot be used, or not safely. The message says why and the way out. */
public final class UnusableSocketException extends IOException {
    private static final long serialVersionUID = 1L;

    UnusableSocketException(String message) {
        super(message);
    }
}
