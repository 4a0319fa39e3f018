package io.trousseau.server.socket;

import java.io.IOException;

/** Another process listens on the socket. The message says so and the way out. */
public final class SocketInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    SocketInUseException(String message) {
        super(message);
    }
}
