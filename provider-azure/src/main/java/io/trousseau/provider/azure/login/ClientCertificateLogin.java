package io.trousseau.provider.azure.login;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.ClientCertificateCredentialBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
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
        byte[] content = content();
        ClientCertificateCredentialBuilder builder = entra.at(new ClientCertificateCredentialBuilder())
                .tenantId(tenant)
                .clientId(client)
                .sendCertificateChain(true);
        InputStream in = new ByteArrayInputStream(content);
        if (isPem(content)) {
            return builder.pemCertificate(in).build();
        }
        return builder.pfxCertificate(in).clientCertificatePassword(password()).build();
    }

    /**
     * Looks whether the file can be used, as a login would.
     *
     * @throws IOException if not; the message says why and nothing of what is in it
     */
    public void check() throws IOException {
        byte[] unused = content();
    }

    /** The file, read once, so that one that is being replaced is seen before or after, not in between. */
    private byte[] content() throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new IOException("the file " + file + " cannot be read", e);
        }
        if (isPem(content)) {
            String text = text(content);
            if (!text.contains("-----BEGIN CERTIFICATE-----") || !text.contains("-----BEGIN PRIVATE KEY-----")) {
                throw new IOException(
                        "the PEM file " + file + " must hold both a CERTIFICATE and an unencrypted PKCS #8"
                                + " PRIVATE KEY; \"openssl pkcs8 -topk8 -nodes\" makes one of other forms");
            }
            return content;
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(content), password().toCharArray());
        } catch (IOException | GeneralSecurityException e) {
            throw new IOException(
                    "the file " + file + " is neither PEM nor a PKCS #12 file that this password opens", e);
        }
        return content;
    }

    private String password() throws IOException {
        return password.isPresent() ? password.get().read() : "";
    }

    private static boolean isPem(byte[] content) {
        return text(content).contains("-----BEGIN ");
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.ISO_8859_1);
    }

    @Override
    public String describe() {
        return "certificate of client " + client + " in tenant " + tenant;
    }
}
