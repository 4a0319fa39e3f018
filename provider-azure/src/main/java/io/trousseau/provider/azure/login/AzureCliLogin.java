package io.trousseau.provider.azure.login;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.AzureCliCredentialBuilder;
import java.util.Optional;

/** As the person who did {@code az login}: for trying things out. */
public final class AzureCliLogin implements Login {
    private final Optional<String> tenant;

    /** Logs in to {@code tenant}, or to the one that the CLI has as its own. */
    public AzureCliLogin(Optional<String> tenant) {
        this.tenant = tenant;
    }

    @Override
    public TokenCredential credential(Entra entra) {
        AzureCliCredentialBuilder builder = entra.ready(new AzureCliCredentialBuilder());
        tenant.ifPresent(builder::tenantId);
        return builder.build();
    }

    @Override
    public String describe() {
        return "the Azure CLI's user" + tenant.map(id -> " in tenant " + id).orElse("");
    }
}
