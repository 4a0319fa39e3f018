package io.trousseau.provider.vault.auth;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** The role-id of an AppRole, from the configuration or from a file. */
public final class RoleId {
    private final Optional<String> text;
    private final Optional<SecretFile> file;

    private RoleId(Optional<String> text, Optional<SecretFile> file) {
        this.text = text;
        this.file = file;
    }

    /** The setting {@code roleId}. */
    public static RoleId of(String text) {
        return new RoleId(Optional.of(text), Optional.empty());
    }

    /** The file that the setting {@code roleIdFile} names; read at each login. */
    public static RoleId in(Path file) {
        return new RoleId(Optional.empty(), Optional.of(new SecretFile("roleIdFile", file, "role-id")));
    }

    Optional<SecretFile> file() {
        return file;
    }

    String read() {
        return text.orElseGet(() -> {
            byte[] content = file.orElseThrow().read();
            try {
                return new String(content, StandardCharsets.UTF_8);
            } finally {
                Arrays.fill(content, (byte) 0);
            }
        });
    }
}
