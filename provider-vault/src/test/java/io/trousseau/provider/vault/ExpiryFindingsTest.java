package io.trousseau.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.Finding.Verdict;
import io.trousseau.api.KekHandle;
import io.trousseau.testkit.tls.TestCa;
import io.trousseau.testkit.tls.TestIdentity;
import io.trousseau.testkit.vault.FakeVault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What ends is found before it does:")
class ExpiryFindingsTest {
    private static final String CLIENT = "vault.tls.client.expiry";
    private static final TestCa CA = TestCa.create("vault");

    @TempDir
    Path folder;

    private FakeVault vault;
    private OpenKeks keks;

    @BeforeEach
    void start() throws IOException {
        vault = FakeVault.start(CA.server("127.0.0.1").sslContext(), InstantSource.system());
        vault.root().enableEngine("transit", "transit");
        vault.root().createKey("payments", "aes256-gcm96");
        Files.writeString(folder.resolve("ca.pem"), CA.pem());
        keks = new OpenKeks(folder);
    }

    @AfterEach
    void stop() {
        keks.close();
        vault.close();
    }

    private Optional<Finding> finding(String check, Map<String, ?> token, Map<String, Path> files) {
        KekHandle kek = keks.open(vault.address(), vault.root().createToken(token), files);
        return kek.examine(Deadline.after(Duration.ofSeconds(10))).stream()
                .filter(finding -> finding.check().equals(check))
                .findFirst();
    }

    private Map<String, Path> caFile() {
        return Map.of("caFile", folder.resolve("ca.pem"));
    }

    private Finding withClientCertificate(Duration since, Duration left) throws IOException {
        TestIdentity identity =
                CA.client(Instant.now().minus(since), Instant.now().plus(left), "node-1");
        Path certificate = Files.writeString(folder.resolve("client.pem"), identity.certificatePem());
        Path key = Files.writeString(folder.resolve("client.key"), identity.keyPem());
        return finding(
                        CLIENT,
                        Map.of("policies", List.of("root")),
                        Map.of(
                                "caFile",
                                folder.resolve("ca.pem"),
                                "clientCertificateFile",
                                certificate,
                                "clientKeyFile",
                                key))
                .orElseThrow();
    }

    @Test
    @DisplayName("a client certificate that has long to live is well")
    void clientCertificate() throws IOException {
        assertThat(withClientCertificate(Duration.ofDays(1), Duration.ofDays(60))
                        .verdict())
                .isEqualTo(Verdict.OK);
    }

    @Test
    @DisplayName("a client certificate that ends soon is a warning that names the setting")
    void clientCertificateEndsSoon() throws IOException {
        assertThat(withClientCertificate(Duration.ofDays(300), Duration.ofDays(10)))
                .matches(finding -> finding.verdict() == Verdict.WARNING)
                .matches(finding -> finding.seen().contains("clientCertificateFile expires at "))
                .matches(finding -> finding.remedy().contains("clientKeyFile"));
    }

    @Test
    @DisplayName("a client certificate that has ended is a failure that names the setting")
    void clientCertificateHasEnded() throws IOException {
        assertThat(withClientCertificate(Duration.ofDays(300), Duration.ofDays(-1)))
                .matches(finding -> finding.verdict() == Verdict.FAILURE)
                .matches(finding -> finding.seen().contains("clientCertificateFile has expired at "))
                .matches(finding -> finding.remedy().contains("clientKeyFile"));
    }

    @Test
    @DisplayName("without a client certificate there is nothing to find")
    void noClientCertificate() {
        assertThat(finding(CLIENT, Map.of("policies", List.of("root")), caFile()))
                .isEmpty();
    }

    @Test
    @DisplayName("a token in a file that ends soon and cannot be renewed is a warning, since nothing else replaces it")
    void tokenInAFile() {
        Map<String, ?> token = Map.of("policies", List.of("root"), "ttl", "2h", "renewable", false);
        assertThat(finding("vault.login.expiry", token, caFile()).orElseThrow())
                .matches(finding -> finding.verdict() == Verdict.WARNING)
                .matches(finding -> finding.seen().contains("cannot be renewed"))
                .matches(finding -> finding.remedy().contains("tokenFile"));
    }

    @Test
    @DisplayName("a token in a file that can be renewed is well")
    void renewableTokenInAFile() {
        Map<String, ?> token = Map.of("policies", List.of("root"), "ttl", "2h");
        assertThat(finding("vault.login.expiry", token, caFile()).orElseThrow())
                .matches(finding -> finding.verdict() == Verdict.OK)
                .matches(finding -> finding.seen().endsWith("and is renewed before"));
    }
}
