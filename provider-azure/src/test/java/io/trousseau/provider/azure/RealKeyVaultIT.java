package io.trousseau.provider.azure;

import com.azure.core.http.HttpClient;
import com.azure.identity.DefaultAzureCredential;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.security.keyvault.keys.KeyClient;
import com.azure.security.keyvault.keys.KeyClientBuilder;
import com.azure.security.keyvault.keys.cryptography.CryptographyClient;
import com.azure.security.keyvault.keys.cryptography.CryptographyClientBuilder;
import io.trousseau.provider.azure.http.Http;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;

/**
 * The same of a real vault, for who has one: {@code -Dtrousseau.it.azure.vault=https://VAULT.vault.azure.net}. It makes RSA
 * keys named {@code trousseau-contract-…} there and deletes them again (in a vault with soft delete they stay recoverable),
 * so it needs the role "Key Vault Crypto Officer". It logs in with whatever the environment offers, {@code az login} for one.
 */
class RealKeyVaultIT extends KeyVaultContract {
    private static final String VAULT = System.getProperty("trousseau.it.azure.vault", "");
    private static final Http HTTP = new Http("contract", Optional.empty(), Optional.empty());
    private static DefaultAzureCredential credential;

    @BeforeAll
    static void logIn() {
        Assumptions.assumeFalse(VAULT.isEmpty(), "-Dtrousseau.it.azure.vault names no vault");
        credential = new DefaultAzureCredentialBuilder().httpClient(HTTP).build();
    }

    @AfterAll
    static void closeClient() {
        HTTP.close();
    }

    @Override
    void stop() {
        // The client serves all tests.
    }

    @Override
    KeyClient keys() {
        return new KeyClientBuilder()
                .vaultUrl(VAULT)
                .credential(credential)
                .httpClient(HTTP)
                .buildClient();
    }

    @Override
    CryptographyClient cryptography(String keyId) {
        return new CryptographyClientBuilder()
                .keyIdentifier(keyId)
                .credential(credential)
                .httpClient(HTTP)
                .disableKeyCaching()
                .buildClient();
    }

    @Override
    HttpClient http() {
        return HTTP;
    }

    @Override
    boolean looksAtInnerCodes() {
        return false;
    }
}
