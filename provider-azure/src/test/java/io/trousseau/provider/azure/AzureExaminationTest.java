package io.trousseau.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.Finding;
import io.trousseau.api.Finding.Verdict;
import io.trousseau.api.KekHandle;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.azure.AzureFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("An examination of a key in Key Vault")
class AzureExaminationTest {
    @TempDir
    Path folder;

    private FakeAzure azure;

    @BeforeEach
    void start() {
        azure = new FakeAzure(folder, InstantSource.system());
        azure.vault.createRsaKey("kek", 2048);
    }

    @AfterEach
    void stop() {
        azure.close();
    }

    private List<Finding> examine(Map<String, Object> settings) {
        try (KekHandle kek = FakeAzure.open(settings, Recording.plain())) {
            List<Finding> findings = kek.examine(Calls.soon());
            for (String secret : azure.secrets()) {
                assertThat(findings.toString()).doesNotContain(secret);
            }
            assertThat(findings).extracting(Finding::check).doesNotHaveDuplicates();
            return findings;
        }
    }

    private List<Finding> examine() {
        return examine(azure.settings(azure.vault, "kek"));
    }

    private static Finding of(List<Finding> findings, String check) {
        return findings.stream()
                .filter(one -> one.check().equals(check))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("finds the vault, who logs in, each permission, the key, and what RSA leaves open")
    void well() {
        List<Finding> findings = examine();
        assertThat(findings)
                .extracting(Finding::check)
                .containsExactly(
                        "azure.vault",
                        "azure.login",
                        "azure.permission.get",
                        "azure.key",
                        "azure.purge-protection",
                        "azure.permission.wrap",
                        "azure.permission.unwrap",
                        "azure.planting");
        assertThat(findings)
                .filteredOn(one -> one.verdict() != Verdict.OK)
                .extracting(Finding::check)
                .containsExactly("azure.purge-protection", "azure.planting");
        assertThat(of(findings, "azure.login").seen())
                .contains(azure.client, azure.entra.tenant(), azure.entra.objectId(azure.client));
        assertThat(of(findings, "azure.planting").seen()).contains("they can read none");
    }

    @Test
    @DisplayName("finds nothing left open by AES-GCM in a Managed HSM")
    void hsm() {
        azure.hsm.createOctKey("kek");
        Map<String, Object> settings = azure.settings(azure.hsm, "kek");
        settings.put("algorithm", "A256GCM");
        assertThat(of(examine(settings), "azure.planting").verdict()).isEqualTo(Verdict.OK);
    }

    @Test
    @DisplayName("names each permission that is missing, and goes on")
    void permissions() {
        azure.vault.permit(azure.entra.objectId(azure.client), Set.of("get", "unwrapkey"));
        List<Finding> findings = examine();
        assertThat(of(findings, "azure.permission.get").verdict()).isEqualTo(Verdict.OK);
        assertThat(of(findings, "azure.permission.wrap").verdict()).isEqualTo(Verdict.FAILURE);
        assertThat(of(findings, "azure.permission.wrap").remedy()).contains("Key Vault Crypto Service Encryption User");
        assertThat(of(findings, "azure.permission.unwrap").verdict()).isEqualTo(Verdict.SKIPPED);
        azure.vault.permit(azure.entra.objectId(azure.client), Set.of("get", "wrapkey"));
        assertThat(of(examine(), "azure.permission.unwrap").verdict()).isEqualTo(Verdict.FAILURE);
    }

    @Test
    @DisplayName("tells a vault that is not trusted, a login that is refused and a key that is missing apart")
    void apart() throws Exception {
        Map<String, Object> untrusted = azure.settings(azure.vault, "kek");
        untrusted.put(
                "caFile",
                Files.writeString(
                        folder.resolve("other.pem"),
                        io.trousseau.testkit.tls.TestCa.create("other").pem()));
        List<Finding> findings = examine(untrusted);
        assertThat(of(findings, "azure.vault").verdict()).isEqualTo(Verdict.FAILURE);
        assertThat(of(findings, "azure.vault").remedy()).contains("caFile");
        assertThat(of(findings, "azure.permission.get").verdict()).isEqualTo(Verdict.SKIPPED);

        azure.entra.script(AzureFault.status(401, "invalid_client"));
        findings = examine();
        assertThat(of(findings, "azure.vault").verdict()).isEqualTo(Verdict.OK);
        assertThat(of(findings, "azure.login").verdict()).isEqualTo(Verdict.FAILURE);

        findings = examine(azure.settings(azure.vault, "missing"));
        assertThat(of(findings, "azure.login").verdict()).isEqualTo(Verdict.OK);
        assertThat(of(findings, "azure.permission.get").seen()).contains("there is no such key");
    }

    @Test
    @DisplayName("sees a key that is disabled, expired, or soon to expire")
    void keyState() {
        azure.vault.valid("kek", Optional.empty(), Optional.of(Instant.now().plus(Duration.ofDays(3))));
        assertThat(of(examine(), "azure.key").verdict()).isEqualTo(Verdict.WARNING);
        azure.vault.valid("kek", Optional.empty(), Optional.of(Instant.now().minusSeconds(3)));
        assertThat(of(examine(), "azure.key").seen()).contains("expired at");
        azure.vault.enable("kek", false);
        assertThat(of(examine(), "azure.key").seen()).contains("is disabled");
    }

    @Test
    @DisplayName("ends by its deadline when the vault is silent")
    void silent() {
        try (KekHandle kek = azure.open("kek", Recording.plain());
                Stall silence = azure.vault.stall()) {
            assertThat(silence.held()).isZero();
            List<Finding> findings = kek.examine(io.trousseau.api.Deadline.after(Duration.ofMillis(300)));
            assertThat(of(findings, "azure.vault").seen()).contains("did not answer in time");
            assertThat(of(findings, "azure.permission.wrap").verdict()).isEqualTo(Verdict.SKIPPED);
        }
    }
}
