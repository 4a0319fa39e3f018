package io.trousseau.provider.vault.auth;

import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.JsonBody;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The methods {@code jwt} and {@code kubernetes}, which take the same: a role and a signed token. They differ in whom Vault
 * asks about it.
 */
final class JwtLogin extends Login {
    private final Optional<String> role;
    private final SecretFile jwtFile;

    JwtLogin(String method, String mount, Optional<String> namespace, Optional<String> role, Path jwtFile) {
        this(method, mount, namespace, role, new SecretFile("jwtFile", jwtFile, "JWT"));
    }

    private JwtLogin(
            String method, String mount, Optional<String> namespace, Optional<String> role, SecretFile jwtFile) {
        super(method, mount, namespace, List.of(jwtFile));
        this.role = role;
        this.jwtFile = jwtFile;
    }

    @Override
    Token logIn(TokenTaker vault, Deadline deadline) {
        byte[] jwt = jwtFile.read();
        try (JsonBody body = new JsonBody()) {
            role.ifPresent(name -> body.text("role", name));
            return post(vault, "login", body.secret("jwt", jwt), deadline);
        } finally {
            Arrays.fill(jwt, (byte) 0);
        }
    }

    @Override
    public List<Problem> problems() {
        return Files.exists(jwtFile.path()) ? super.problems() : List.of();
    }

    /** A kubelet writes service account tokens readable by all in their container. */
    @Override
    public List<String> warnings() {
        return List.of();
    }

    @Override
    String remedy() {
        return "jwtFile: the JWT in " + jwtFile.path()
                + " is expired, or its issuer, audience or subject is not what the role ("
                + role.map(name -> "role: " + name).orElse("the mount's default") + ") is bound to";
    }
}
