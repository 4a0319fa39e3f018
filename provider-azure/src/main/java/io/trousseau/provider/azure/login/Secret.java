package io.trousseau.provider.azure.login;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a secret is. The SDK takes it as a String, which cannot be wiped, so it is read only when it is needed. */
public interface Secret {
    /**
     * The secret, without the line end that editors leave.
     *
     * @throws IOException if there is none; the message names the place
     */
    String read() throws IOException;

    /** The secret in a file. */
    static Secret in(Path file) {
        return () -> {
            String text;
            try {
                text = Files.readString(file).strip();
            } catch (IOException e) {
                throw new IOException("the file " + file + " cannot be read", e);
            }
            if (text.isEmpty()) {
                throw new IOException("the file " + file + " is empty");
            }
            return text;
        };
    }
}
