package io.trousseau.provider.local;

import java.io.IOException;

/**
 * A key file that cannot be read, made or changed. The message, for people, names the file, the line if there is one,
 * what is wrong and the way out; it never quotes the file, except for the public names of versions.
 */
public final class KeyFileException extends IOException {
    private static final long serialVersionUID = 1L;

    KeyFileException(String message) {
        super(message);
    }

    KeyFileException(String message, IOException cause) {
        super(message, cause);
    }
}
