package io.trousseau.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.kms.v1.CryptoKey.CryptoKeyPurpose;
import com.google.cloud.kms.v1.ProtectionLevel;
import io.trousseau.api.Finding;
import io.trousseau.api.Finding.Verdict;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An examination")
class ExaminationTest {
    private static final List<String> CHECKS = List.of(
            "gcp.credentials",
            "gcp.endpoint",
            "gcp.permission.get",
            "gcp.permission.encrypt",
            "gcp.permission.decrypt",
            "gcp.latency",
            "gcp.key.protection",
            "gcp.key.rotation",
            "gcp.key.destruction-delay");

    private FakeGoogleKms kms;

    @BeforeEach
    void start() {
        kms = FakeGoogleKms.start();
        kms.createKey(OpenKek.KEY);
    }

    @AfterEach
    void stop() {
        kms.close();
    }

    @Test
    @DisplayName("of a key in order finds nothing else, each check once")
    void inOrder() {
        try (OpenKek kek = OpenKek.on(kms)) {
            List<Finding> findings = kek.handle.examine(OpenKek.soon());
            assertThat(findings).extracting(Finding::check).containsExactlyElementsOf(CHECKS);
            assertThat(findings).allMatch(finding -> finding.verdict() == Verdict.OK);
        }
    }

    @Test
    @DisplayName("names each permission that is missing and how to grant it")
    void permissions() {
        Map<String, String> checks = Map.of(
                "cloudkms.cryptoKeys.get", "gcp.permission.get",
                "cloudkms.cryptoKeyVersions.useToEncrypt", "gcp.permission.encrypt",
                "cloudkms.cryptoKeyVersions.useToDecrypt", "gcp.permission.decrypt");
        try (OpenKek kek = OpenKek.on(kms)) {
            checks.forEach((permission, check) -> {
                kms.deny(permission);
                List<Finding> findings = kek.handle.examine(OpenKek.soon());
                kms.allow(permission);
                assertThat(byCheck(findings)).hasSize(CHECKS.size());
                assertThat(findings)
                        .filteredOn(finding -> finding.verdict() == Verdict.FAILURE)
                        .singleElement()
                        .satisfies(finding -> {
                            assertThat(finding.check()).isEqualTo(check);
                            assertThat(finding.remedy()).contains("grant " + permission);
                        });
            });
        }
    }

    @Test
    @DisplayName("warns of a key outside Google, which needs a deadline of its own")
    void external() {
        String key = OpenKek.KEY + "-external";
        kms.createKey(key, CryptoKeyPurpose.ENCRYPT_DECRYPT, ProtectionLevel.EXTERNAL);
        try (OpenKek kek = OpenKek.with(Map.of("key", key, "endpoint", kms.endpoint()))) {
            Finding finding = byCheck(kek.handle.examine(OpenKek.soon())).get("gcp.key.protection");
            assertThat(finding.verdict()).isEqualTo(Verdict.WARNING);
            assertThat(finding.remedy()).contains("deadline");
        }
    }

    @Test
    @DisplayName("of a key that is disabled says so")
    void disabled() {
        kms.disable(OpenKek.KEY, 1);
        try (OpenKek kek = OpenKek.on(kms)) {
            Finding finding = byCheck(kek.handle.examine(OpenKek.soon())).get("gcp.permission.encrypt");
            assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(finding.seen()).contains("key-disabled");
        }
    }

    @Test
    @DisplayName("tells that the service is not reached, by which setting, and skips what it cannot know")
    void unreached() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (OpenKek kek = OpenKek.at("http://127.0.0.1:" + port)) {
            Map<String, Finding> findings = byCheck(kek.handle.examine(OpenKek.soon()));
            assertThat(findings.keySet()).containsAll(CHECKS);
            assertThat(findings.get("gcp.endpoint").verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(findings.get("gcp.endpoint").remedy()).contains("proxy").contains("caFile");
            assertThat(findings.get("gcp.permission.get").verdict()).isEqualTo(Verdict.SKIPPED);
        }
    }

    @Test
    @DisplayName("without a token tells why, and skips the rest")
    void noToken() throws IOException {
        try (OpenKek kek = OpenKek.with(
                Map.of("key", OpenKek.KEY, "proxy", "http://127.0.0.1:1", "credentialsFile", userFile()))) {
            Map<String, Finding> findings = byCheck(kek.handle.examine(OpenKek.soon()));
            assertThat(findings.keySet()).containsAll(CHECKS);
            assertThat(findings.get("gcp.credentials").verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(findings.get("gcp.credentials").seen()).contains("oauth2.googleapis.com");
            assertThat(findings.get("gcp.endpoint").verdict()).isEqualTo(Verdict.SKIPPED);
        }
    }

    @org.junit.jupiter.api.io.TempDir
    Path folder;

    private Path userFile() throws IOException {
        return java.nio.file.Files.writeString(folder.resolve("user.json"), CredentialFiles.user());
    }

    private static Map<String, Finding> byCheck(List<Finding> findings) {
        return findings.stream().collect(Collectors.toMap(Finding::check, finding -> finding));
    }
}
