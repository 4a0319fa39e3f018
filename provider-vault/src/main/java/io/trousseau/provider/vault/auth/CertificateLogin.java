package io.trousseau.provider.vault.auth;

import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.FileStamp;
import io.trousseau.provider.vault.http.JsonBody;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The method {@code cert}: the connection's certificate is the credential. */
final class CertificateLogin extends Login {
    private final Optional<String> role;
    private final Path certificateFile;

    CertificateLogin(String mount, Optional<String> namespace, Optional<String> role, Path certificateFile) {
        super("cert", mount, namespace, List.of());
        this.role = role;
        this.certificateFile = certificateFile;
    }

    @Override
    List<FileStamp> stamps() {
        return List.of(FileStamp.of(certificateFile));
    }

    @Override
    Token logIn(TokenTaker vault, Deadline deadline) {
        try (JsonBody body = new JsonBody()) {
            role.ifPresent(name -> body.text("name", name));
            return post(vault, "login", body, deadline);
        }
    }

    @Override
    String remedy() {
        return "clientCertificateFile: Vault takes the certificate in " + certificateFile
                + " for no certificate role"
                + role.map(name -> " " + name + " (role)").orElse("")
                + "; it may be expired, or signed by another authority than the role's";
    }
}
