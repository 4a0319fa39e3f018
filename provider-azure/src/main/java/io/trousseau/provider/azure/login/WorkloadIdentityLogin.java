package io.trousseau.provider.azure.login;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** With a token of the cluster's own issuer, which Entra ID trusts by a federated credential. */
public final class WorkloadIdentityLogin implements Login {
    private final String tenant;
    private final String client;
    private final Path tokenFile;

    /** Logs in as {@code client} with the token that is in the file at that time. */
    public WorkloadIdentityLogin(String tenant, String client, Path tokenFile) {
        this.tenant = tenant;
        this.client = client;
        this.tokenFile = tokenFile;
    }

    @Override
    public TokenCredential credential(Entra entra) throws IOException {
        if (!Files.isReadable(tokenFile)) {
            throw new IOException("the federated token file " + tokenFile + " is not there or not readable");
        }
        return entra.at(new WorkloadIdentityCredentialBuilder())
                .tenantId(tenant)
                .clientId(client)
                .tokenFilePath(tokenFile.toString())
                .build();
    }

    @Override
    public String describe() {
        return "workload identity of client " + client + " in tenant " + tenant;
    }
}
