package io.trousseau.provider.vault.auth;

import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.JsonBody;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The method {@code userpass}. */
final class UserpassLogin extends Login {
    private final String username;
    private final SecretFile passwordFile;

    UserpassLogin(String mount, Optional<String> namespace, String username, Path passwordFile) {
        this(mount, namespace, username, new SecretFile("passwordFile", passwordFile, "password"));
    }

    private UserpassLogin(String mount, Optional<String> namespace, String username, SecretFile passwordFile) {
        super("userpass", mount, namespace, List.of(passwordFile));
        this.username = username;
        this.passwordFile = passwordFile;
    }

    @Override
    Token logIn(TokenTaker vault, Deadline deadline) {
        byte[] password = passwordFile.read();
        try (JsonBody body = new JsonBody()) {
            return post(vault, "login/" + username, body.secret("password", password), deadline);
        } finally {
            Arrays.fill(password, (byte) 0);
        }
    }

    @Override
    String remedy() {
        return "username, passwordFile: Vault does not take the password in " + passwordFile.path() + " for " + username
                + "; correct either";
    }
}
