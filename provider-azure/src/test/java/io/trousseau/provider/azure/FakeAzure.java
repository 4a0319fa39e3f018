package io.trousseau.provider.azure;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.azure.FakeEntra;
import io.trousseau.testkit.azure.FakeKeyVault;
import io.trousseau.testkit.tls.TestCa;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A vault, an HSM and an Entra ID, with an application that may log in, and the files of its configuration. */
final class FakeAzure implements AutoCloseable {
    final TestCa ca = TestCa.create("fake azure");
    final FakeEntra entra;
    final FakeKeyVault vault;
    final FakeKeyVault hsm;
    final String client = UUID.randomUUID().toString();
    final String secret = "s3cr3t-" + UUID.randomUUID();
    private final Path caFile;
    private final Path secretFile;

    FakeAzure(Path folder, InstantSource clock) {
        entra = FakeEntra.start(ca, clock);
        vault = FakeKeyVault.vault(ca, entra, clock);
        hsm = FakeKeyVault.managedHsm(ca, entra, clock);
        entra.secret(client, secret);
        try {
            caFile = Files.writeString(folder.resolve("ca.pem"), ca.pem());
            secretFile = Files.writeString(folder.resolve("secret"), secret + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The settings of a key in the vault, with the defaults and a login by secret. */
    Map<String, Object> settings(FakeKeyVault where, String key) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("key", where.keyUrl(key));
        settings.put("algorithm", "RSA-OAEP-256");
        settings.put("cloud", "custom");
        settings.put("authorityHost", entra.url());
        settings.put("resource", where.resource());
        settings.put("auth", "client-secret");
        settings.put("tenantId", entra.tenant());
        settings.put("clientId", client);
        settings.put("clientSecretFile", secretFile);
        settings.put("caFile", caFile);
        return settings;
    }

    KekHandle open(String key, ProviderContext context) {
        return open(settings(vault, key), context);
    }

    static KekHandle open(Map<String, Object> settings, ProviderContext context) {
        return new AzureKmsProvider().open(ProviderConfig.of(settings), context);
    }

    /** What may appear in no log: the secret and every token. */
    List<String> secrets() {
        List<String> secrets = new java.util.ArrayList<>(entra.issued());
        secrets.add(secret);
        return secrets;
    }

    Path caFile() {
        return caFile;
    }

    @Override
    public void close() {
        vault.close();
        hsm.close();
        entra.close();
    }
}
