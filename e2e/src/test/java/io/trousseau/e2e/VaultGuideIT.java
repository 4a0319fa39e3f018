package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.testkit.tls.TestCa;
import io.trousseau.testkit.vault.BaoProgram;
import io.trousseau.testkit.vault.OpenBao;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

@DisplayName("docs/vault.md")
@ResourceLock(Guide.PORTS)
class VaultGuideIT {
    @Test
    @DisplayName("leads from bao server -dev to an encrypted Secret in ten commands, which run as printed")
    void tenCommands(@TempDir Path folder) throws IOException {
        Guide guide = Guide.of("vault", "See it");
        assertThat(guide.commands()).hasSize(10);
        assertThat(guide.section()).contains("\n`kill %1 %2` ends");
        Guide.mustBeFree(8200);
        Guide.mustBeFree(8787);

        assertThat(guide.run(folder, BaoProgram.find().getParent() + ":"))
                .contains(
                        "ok       member.round-trip",
                        "\n0 failures, ",
                        "secret/database created",
                        "6b38 733a 656e 633a 6b6d 733a k8s:enc:kms:",
                        "the password is nowhere in those");
        assertThat(Files.readString(folder.resolve("trousseau.log"), UTF_8)).contains("protected by bao");
        Guide.mustBeFree(8200);
        Guide.mustBeFree(8787);
        Seen.say(
                "docs/vault.md",
                "ten commands as printed: an OpenBao, a key, a policy, a token, and a Secret under it");
    }

    @Test
    @DisplayName(
            "in production: its commands, as printed, lead to a key, a policy and two ways to log in with which doctor"
                    + " finds nothing wrong")
    void production(@TempDir Path folder) throws IOException {
        Guide guide = Guide.of("vault", "In production");
        assertThat(guide.commands()).hasSize(5);
        assertThat(guide.blocks("yaml")).hasSize(2);
        assertThat(guide.blocks("")).as("blocks that nobody runs").isEmpty();
        String host = "vault.example.com";
        TestCa authority = TestCa.create("of the vault");
        Jwt jwt = Jwt.fromNewIssuer();
        Files.writeString(folder.resolve("vault-ca.pem"), authority.pem());
        Files.writeString(folder.resolve("issuer.pem"), jwt.issuerPem());
        Files.writeString(folder.resolve("vault.jwt"), jwt.of("https://issuer.example.com", "control-plane", "vault"));
        try (OpenBao vault = OpenBao.durable(authority.server(host))) {
            guide.run(
                    folder,
                    BaoProgram.find().getParent() + ":",
                    Map.of(
                            "BAO_ADDR",
                            vault.address().toString(),
                            "BAO_CACERT",
                            "vault-ca.pem",
                            "BAO_TLS_SERVER_NAME",
                            host,
                            "BAO_TOKEN",
                            vault.root().createToken(Duration.ofMinutes(10), "root")));

            for (String member : guide.blocks("yaml")) {
                assertThat(member).contains("https://" + host + ":8200", "caFile: vault-ca.pem");
                Path configuration = Files.writeString(folder.resolve("trousseau.yaml"), """
                        apiVersion: trousseau.io/v1
                        kind: TrousseauConfiguration
                        socket: {path: "%s"}
                        admin: {address: none}
                        keyring:
                          name: ring
                          members:
                          - name: bao
                            provider: vault
                        %s      serverName: %s
                        """.formatted(
                                folder.resolve("run/kms.sock"),
                                member.replace(
                                                "https://" + host + ":8200",
                                                vault.address().toString())
                                        .replace("/var/run/identity/", ""),
                                host));
                assertThat(Command.run(Distribution.built().launcher(), "doctor", "--config", configuration.toString()))
                        .contains(
                                "ok       member.round-trip",
                                "ok       vault.permission.create",
                                "ok       vault.key.unsafe",
                                "\n0 failures, ")
                        .doesNotContain("warning  vault.");
            }
            assertThat(vault.root().key("kubernetes").path("latest_version").asInt())
                    .as("the version after the rotation")
                    .isEqualTo(2);
        }
        Seen.say(
                "docs/vault.md",
                "in production, as printed: a key, a policy, AppRole, JWT, a rotation; doctor has no failure with either"
                        + " login");
    }
}
