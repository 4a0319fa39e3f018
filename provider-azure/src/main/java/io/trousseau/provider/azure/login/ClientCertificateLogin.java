package io.trousseau.provider.azure.login;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.ClientCertificateCredentialBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** With an application's certificate and private key: a PEM file that holds both, or a PKCS #12 file. */
public final class ClientCertificateLogin implements Login {
    private final String tenant;
    private final String client;
    private final Path file;
    private final Optional<Secret> password;

    /** Logs in as {@code client} with what is in the file at that time. */
    public ClientCertificateLogin(String tenant, String client, Path file, Optional<Secret> password) {
        this.tenant = tenant;
        this.client = client;
        this.file = file;
        this.password = password;
    }

    @Override
    public TokenCredential credential(Entra entra) throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new IOException("the certificate file " + file + " cannot be read", e);
        }
        // One read, so that a file that is being replaced is seen before or after, not in between.
        InputStream in = new ByteArrayInputStream(content);
        ClientCertificateCredentialBuilder builder = entra.at(new ClientCertificateCredentialBuilder())
                .tenantId(tenant)
                .clientId(client)
                .sendCertificateChain(true);
        if (new String(content, StandardCharsets.ISO_8859_1).contains("-----BEGIN ")) {
            return builder.pemCertificate(in).build();
        }
        builder.pfxCertificate(in);
        builder.clientCertificatePassword(password.isPresent() ? password.get().read() : "");
        return builder.build();
    }

    @Override
    public String describe() {
        return "certificate of client " + client + " in tenant " + tenant;
    }
}
