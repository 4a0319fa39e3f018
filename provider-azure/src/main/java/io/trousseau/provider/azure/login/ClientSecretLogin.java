package io.trousseau.provider.azure.login;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.ClientSecretCredentialBuilder;
import java.io.IOException;

/** With an application's secret. */
public final class ClientSecretLogin implements Login {
    private final String tenant;
    private final String client;
    private final Secret secret;

    /** Logs in as {@code client} with the secret that there is at that time. */
    public ClientSecretLogin(String tenant, String client, Secret secret) {
        this.tenant = tenant;
        this.client = client;
        this.secret = secret;
    }

    @Override
    public TokenCredential credential(Entra entra) throws IOException {
        return entra.at(new ClientSecretCredentialBuilder())
                .tenantId(tenant)
                .clientId(client)
                .clientSecret(secret.read())
                .build();
    }

    @Override
    public String describe() {
        return "secret of client " + client + " in tenant " + tenant;
    }
}
