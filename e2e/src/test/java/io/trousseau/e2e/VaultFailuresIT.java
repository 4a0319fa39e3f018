package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.testkit.process.ChildProcess;
import io.trousseau.testkit.process.Loopback;
import io.trousseau.testkit.tls.TestCa;
import io.trousseau.testkit.vault.OpenBao;
import io.trousseau.testkit.vault.VaultClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("docs/vault.md, When something is wrong")
class VaultFailuresIT {
    private static final String READ = "path \"transit/keys/kubernetes\" { capabilities = [\"read\"] }\n";

    @TempDir
    Path folder;

    /** What the first column says, in the order of the document. */
    private static List<String> documented() throws IOException {
        String document = Files.readString(Assets.module().resolve("../docs/vault.md"));
        String table =
                document.substring(document.indexOf("<!-- failures -->"), document.indexOf("<!-- /failures -->"));
        return table.lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(3, line.indexOf("` |")))
                .toList();
    }

    /** A documented text in which … stands for anything. */
    private static Pattern pattern(String text) {
        return Pattern.compile(
                Arrays.stream(text.split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
    }

    /** What doctor prints of a member with this configuration. */
    private String doctor(String name, String config) throws IOException {
        Path file = Files.writeString(
                folder.resolve("trousseau.yaml"), """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: "%s"}
                admin: {address: none}
                keyring: {name: ring, members: [{name: bao, provider: vault, config: {%s}}]}
                """.formatted(folder.resolve("run/kms.sock"), config));
        try (ChildProcess doctor = Child.start(
                "doctor-" + name,
                folder.resolve(name + ".log"),
                Map.of(),
                List.of(Distribution.built().launcher().toString(), "doctor", "--config", file.toString()))) {
            assertThat(doctor.awaitExit(Duration.ofSeconds(60)))
                    .as(doctor.logged())
                    .isEqualTo(1);
            return doctor.logged();
        }
    }

    private void write(String file, String content) throws IOException {
        Files.writeString(folder.resolve(file), content);
    }

    @Test
    @DisplayName("has the texts that doctor prints: each of them, and one of them for each failure")
    void texts() throws IOException {
        TestCa authority = TestCa.create("of the servers");
        List<String> printed = new ArrayList<>();
        write("ca.pem", authority.pem());
        write("other-ca.pem", TestCa.create("another").pem());
        try (OpenBao plain = OpenBao.dev();
                OpenBao tls = OpenBao.durable(authority.server("127.0.0.1"))) {
            VaultClient root = plain.root();
            root.enableEngine("transit", "transit");
            root.createKey("kubernetes", "aes256-gcm96");
            root.createKey("rsa", "rsa-2048");
            root.writePolicy("reads", READ);
            write("reads", root.createToken(Duration.ofMinutes(10), "reads"));
            write("nothing", root.createToken(Duration.ofMinutes(10), "default"));
            String all = root.createToken(Duration.ofMinutes(10), "root");
            write("all", all);
            String revoked = root.createToken(Duration.ofMinutes(10), "reads");
            root.revokeToken(revoked);
            write("revoked", revoked);
            root.enableAuth("approle", "approle");
            write("role-id", root.createAppRole("trousseau", Map.of("token_policies", "reads")));
            write("secret-id", "00000000-0000-0000-0000-000000000000");

            String http = "addresses: [\"" + plain.address() + "\"], ";
            String https = "addresses: [\"" + tls.address() + "\"], key: kubernetes, tokenFile: all";
            String token = "key: kubernetes, tokenFile: ";
            printed.add(doctor(
                    "refused", "addresses: [\"http://127.0.0.1:" + Loopback.freePort() + "\"], " + token + "all"));
            printed.add(doctor("host", "addresses: [\"https://vault.invalid:8200\"], " + token + "all"));
            printed.add(doctor(
                    "no-tls",
                    "addresses: [\"" + plain.address().toString().replace("http:", "https:") + "\"], " + token
                            + "all"));
            printed.add(doctor("no-ca", https));
            printed.add(doctor("other-ca", https + ", caFile: other-ca.pem"));
            printed.add(doctor("name", https + ", caFile: ca.pem, serverName: vault.example.com"));
            printed.add(doctor("no-token", http + token + "missing"));
            printed.add(doctor("revoked", http + token + "revoked"));
            printed.add(doctor(
                    "secret-id",
                    http + "key: kubernetes, auth: approle, roleIdFile: role-id, secretIdFile: secret-id"));
            printed.add(doctor("encrypt", http + token + "reads"));
            printed.add(doctor("read", http + token + "nothing"));
            printed.add(doctor("key", http + "key: kubernets, tokenFile: all"));
            printed.add(doctor("mount", http + "mount: tranist, " + token + "all"));
            printed.add(doctor("namespace", http + "namespace: nowhere, " + token + "all"));
            printed.add(doctor("key-namespace", http + "namespace: nowhere, authNamespace: /, " + token + "all"));
            printed.add(doctor("type", http + "key: rsa, tokenFile: all"));
            tls.seal();
            printed.add(doctor("sealed", https + ", caFile: ca.pem"));
        }
        List<String> documented = documented();
        for (String text : documented) {
            assertThat(printed)
                    .as("doctor prints what is documented: %s", text)
                    .anyMatch(output -> pattern(text).matcher(output).find());
        }
        for (String output : printed) {
            assertThat(documented)
                    .as("one of the documented texts is in: %s", output)
                    .anyMatch(text -> pattern(text).matcher(output).find());
        }
        assertThat(printed).hasSameSizeAs(documented);
    }
}
