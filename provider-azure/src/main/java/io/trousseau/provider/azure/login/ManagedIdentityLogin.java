package io.trousseau.provider.azure.login;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import java.util.Optional;

/** With the identity that Azure gave the machine: by the metadata service of a VM, or the agent of Azure Arc. */
public final class ManagedIdentityLogin implements Login {
    private final Optional<String> client;

    /** Logs in as a user-assigned identity, or as the system-assigned one if {@code client} is empty. */
    public ManagedIdentityLogin(Optional<String> client) {
        this.client = client;
    }

    @Override
    public TokenCredential credential(Entra entra) {
        ManagedIdentityCredentialBuilder builder =
                entra.ready(new ManagedIdentityCredentialBuilder()).executorService(entra.threads());
        client.ifPresent(builder::clientId);
        return builder.build();
    }

    @Override
    public String describe() {
        return client.map(id -> "user-assigned managed identity " + id).orElse("system-assigned managed identity");
    }
}
