package io.trousseau.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import com.azure.identity.ClientSecretCredential;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.security.keyvault.keys.KeyClient;
import com.azure.security.keyvault.keys.KeyClientBuilder;
import com.azure.security.keyvault.keys.cryptography.CryptographyClient;
import com.azure.security.keyvault.keys.cryptography.CryptographyClientBuilder;
import io.trousseau.provider.azure.http.Http;
import io.trousseau.provider.azure.http.TrustFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stand-in holds what a vault does, and says so loudly where it does not know. */
class FakeKeyVaultTest extends KeyVaultContract {
    @TempDir
    Path folder;

    private FakeAzure azure;
    private Http http;
    private ClientSecretCredential credential;

    @BeforeEach
    void start() throws IOException {
        azure = new FakeAzure(folder, InstantSource.system());
        http = new Http("contract", Optional.of(TrustFile.load(azure.caFile())), Optional.empty());
        credential = new ClientSecretCredentialBuilder()
                .httpClient(http)
                .authorityHost(azure.entra.url())
                .disableInstanceDiscovery()
                .tenantId(azure.entra.tenant())
                .clientId(azure.client)
                .clientSecret(azure.secret)
                .build();
    }

    @Override
    void stop() {
        http.close();
        azure.close();
        assertThat(azure.entra.notModelled()).isEmpty();
    }

    @Override
    KeyClient keys() {
        return new KeyClientBuilder()
                .vaultUrl(azure.vault.url())
                .credential(credential)
                .httpClient(http)
                // A loopback host cannot lie within the domain of the resource.
                .disableChallengeResourceVerification()
                .buildClient();
    }

    @Override
    CryptographyClient cryptography(String keyId) {
        return new CryptographyClientBuilder()
                .keyIdentifier(keyId)
                .credential(credential)
                .httpClient(http)
                .disableKeyCaching()
                .disableChallengeResourceVerification()
                .buildClient();
    }

    @Override
    HttpClient http() {
        return http;
    }

    @Override
    boolean looksAtInnerCodes() {
        return true;
    }

    @Test
    @DisplayName("What is not modelled is answered with 501 and remembered")
    void loud() {
        String token = credential
                .getTokenSync(new com.azure.core.credential.TokenRequestContext()
                        .addScopes(azure.vault.resource() + "/.default"))
                .getToken();
        HttpRequest request = new HttpRequest(HttpMethod.GET, azure.vault.url() + "/secrets/x?api-version=7.4")
                .setHeader(HttpHeaderName.AUTHORIZATION, "Bearer " + token);
        try (HttpResponse response = http.sendSync(request, Context.NONE)) {
            assertThat(response.getStatusCode()).isEqualTo(501);
        }
        assertThat(azure.vault.notModelled()).containsExactly("GET /secrets/x");
    }
}
