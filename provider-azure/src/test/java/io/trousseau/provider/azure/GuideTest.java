package io.trousseau.provider.azure;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.testkit.FailureTable;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.azure.AzureFault;
import io.trousseau.testkit.azure.FakeKeyVault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("docs/azure.md")
@Timeout(120)
class GuideTest {
    @TempDir
    Path folder;

    private final List<KmsException> failures = new ArrayList<>();

    @Test
    @DisplayName("tells each failure in the words of the provider")
    void failures() throws IOException {
        try (FakeAzure azure = new FakeAzure(folder, InstantSource.system())) {
            azure.vault.createRsaKey("kek", 2048);
            ofTheLogin(azure);
            ofTheService(azure);
            ofTheWay(azure);
            ofTheKey(azure);
        }
        FailureTable.in(Path.of("../docs/azure.md"), "What each failure looks like")
                .hasTheTextsOf(failures);
    }

    private void ofTheLogin(FakeAzure azure) throws IOException {
        fails(azure, Map.of("clientSecretFile", Files.writeString(folder.resolve("wrong"), "wrong")));
        RsaCertificate certificate = RsaCertificate.create(folder, "ours");
        fails(
                azure,
                Map.of(
                        "auth",
                        "workload-identity",
                        "federatedTokenFile",
                        Files.writeString(folder.resolve("federated"), "aaa.unknown.ccc")));
        azure.entra.certificate(
                azure.client, RsaCertificate.create(folder, "theirs").certificate());
        fails(
                azure,
                Map.of(
                        "auth",
                        "client-certificate",
                        "clientCertificateFile",
                        Files.writeString(folder.resolve("client.pem"), certificate.pem())));
    }

    private void ofTheService(FakeAzure azure) {
        try (KekHandle kek = azure.open("kek", Recording.plain())) {
            for (AzureFault fault : List.of(
                    AzureFault.status(401, "Unauthorized"),
                    AzureFault.status(403, "Forbidden", "ForbiddenByRbac"),
                    AzureFault.status(403, "Forbidden", "ForbiddenByFirewall"),
                    AzureFault.status(403, "Forbidden", "ForbiddenByConnection"),
                    AzureFault.throttled(3))) {
                azure.vault.always("*", fault);
                fails(kek, Calls.soon());
            }
            azure.vault.heal();
            Stall silence = azure.vault.stall();
            fails(kek, Deadline.after(Duration.ofMillis(300)));
            silence.close();
            azure.vault.answerAs(azure.vault.keyUrl("other") + "/0123456789abcdef0123456789abcdef");
            fails(kek, Calls.soon());
            azure.vault.answerAs(null);
        }
    }

    private void ofTheWay(FakeAzure azure) {
        Map<String, Object> untrusting = new HashMap<>(azure.settings(azure.vault, "kek"));
        untrusting.remove("caFile");
        fails(untrusting);
        fails(azure, Map.of("key", "https://vault.invalid/keys/kek"));
    }

    private void ofTheKey(FakeAzure azure) {
        FakeKeyVault vault = azure.vault;
        fails(azure, Map.of("key", vault.keyUrl("kk")));
        azure.hsm.createOctKey("aes");
        fails(azure.settings(azure.hsm, "aes"));
        try (KekHandle kek = azure.open("kek", Recording.plain())) {
            vault.valid("kek", Optional.empty(), Optional.of(Instant.EPOCH.plus(Duration.ofDays(18_000))));
            fails(kek, Calls.soon());
            vault.valid("kek", Optional.empty(), Optional.empty());
            vault.enable("kek", false);
            fails(kek, Calls.soon());
            vault.delete("kek");
            fails(kek, Calls.soon());
        }
    }

    private void fails(FakeAzure azure, Map<String, Object> changed) {
        Map<String, Object> settings = new HashMap<>(azure.settings(azure.vault, "kek"));
        if (changed.containsKey("auth")) {
            settings.remove("clientSecretFile");
        }
        settings.putAll(changed);
        fails(settings);
    }

    /** What a wrap fails with under these settings. */
    private void fails(Map<String, Object> settings) {
        try (KekHandle kek = FakeAzure.open(settings, Recording.plain())) {
            fails(kek, Calls.soon());
        }
    }

    private void fails(KekHandle kek, Deadline deadline) {
        failures.add(Calls.failureOf(limit -> kek.wrap(Calls.PLAINTEXT, Calls.CONTEXT, limit), deadline));
    }
}
