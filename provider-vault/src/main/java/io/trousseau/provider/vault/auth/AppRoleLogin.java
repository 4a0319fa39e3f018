package io.trousseau.provider.vault.auth;

import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.JsonBody;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The method {@code approle}. */
final class AppRoleLogin extends Login {
    private final RoleId roleId;
    private final SecretFile secretIdFile;
    private final SecretId secretId;

    AppRoleLogin(String mount, Optional<String> namespace, RoleId roleId, SecretFile secretIdFile, SecretId secretId) {
        super("approle", mount, namespace, files(roleId, secretIdFile));
        this.roleId = roleId;
        this.secretIdFile = secretIdFile;
        this.secretId = secretId;
    }

    private static List<SecretFile> files(RoleId roleId, SecretFile secretIdFile) {
        return Stream.concat(roleId.file().stream(), Stream.of(secretIdFile)).toList();
    }

    @Override
    Token logIn(TokenTaker vault, Deadline deadline) {
        byte[] secret = secretId.obtain(vault, namespace(), deadline);
        try (JsonBody body = new JsonBody()) {
            return post(vault, "login", body.text("role_id", roleId.read()).secret("secret_id", secret), deadline);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    @Override
    String remedy() {
        return "secretIdFile: the secret-id of " + secretIdFile.path()
                + " is expired, used up, revoked or of another role than roleId; put a new one there: bao write -f auth/"
                + mount() + "/role/ROLE/secret-id";
    }
}
