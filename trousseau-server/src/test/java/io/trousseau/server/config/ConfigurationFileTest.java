package io.trousseau.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.server.config.TrousseauConfiguration.Admin;
import io.trousseau.server.config.TrousseauConfiguration.Cache;
import io.trousseau.server.config.TrousseauConfiguration.Failure;
import io.trousseau.server.config.TrousseauConfiguration.FormerPolicy;
import io.trousseau.server.config.TrousseauConfiguration.Keyring;
import io.trousseau.server.config.TrousseauConfiguration.KmsApiVersion;
import io.trousseau.server.config.TrousseauConfiguration.Kubernetes;
import io.trousseau.server.config.TrousseauConfiguration.LocalKek;
import io.trousseau.server.config.TrousseauConfiguration.Log;
import io.trousseau.server.config.TrousseauConfiguration.Member;
import io.trousseau.server.config.TrousseauConfiguration.Probe;
import io.trousseau.server.config.TrousseauConfiguration.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFileTest {
    private static final String SHORTEST = """
            apiVersion: trousseau.io/v1
            kind: TrousseauConfiguration
            socket:
              path: /run/trousseau/kms.sock
            keyring:
              name: trousseau
              members:
              - name: first
                provider: keyfile
                config:
                  keyFile: kek.key
            """;

    private static final String EVERYTHING = """
            # Comments are fine.
            apiVersion: trousseau.io/v1
            kind: TrousseauConfiguration
            socket: {path: /run/trousseau/kms.sock, group: "0"}
            kubernetes:
              kmsApiVersion: v2beta1
              kmsV1: true
            admin:
              address: "[::1]:9000"
            log: {format: json, level: debug}
            keyring:
              name: team-a
              epoch: 3
              decryptThreshold: 1
              writeQuorum: 1
              formerPolicies:
              - decryptThreshold: 1
              localKek: {maxAge: 12h, softUses: 0x400}
              cache: {maxLocalKeks: 50}
              keyIdHold: 1h
              probe: {interval: 5m}
              failure: {denied: failClosed, gone: serve}
              members:
              - name: new
                provider: keyfile
                role: wrap
                formerKeks: [arn:aws:kms:old]
                deadline: 2s
                config: {keyFile: kek.key, scopes: [a, b], slots: 7}
              - name: old
                provider: keyfile
                role: unwrap
                config: {keyFile: kek.key}
            """;

    @TempDir
    Path folder;

    private final KeyFileProvider provider = new KeyFileProvider();
    private final ProviderCatalog catalog = ProviderCatalog.of(List.of(provider));

    @BeforeEach
    void keyFile() throws IOException {
        Files.createFile(folder.resolve("kek.key"));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("trousseau.yaml"), text);
    }

    @Test
    @DisplayName("what is left out has safe defaults")
    void defaults() throws IOException {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        assertThat(ConfigurationFile.read(write(SHORTEST)))
                .isEqualTo(new TrousseauConfiguration(
                        new Socket(Path.of("/run/trousseau/kms.sock"), Optional.empty()),
                        new Kubernetes(KmsApiVersion.V2, false),
                        new Admin(Optional.of(new InetSocketAddress(loopback, 8787))),
                        new Log(Log.Format.TEXT, Log.Level.INFO),
                        new Keyring(
                                "trousseau",
                                1,
                                1,
                                1,
                                List.of(),
                                Duration.ofMinutes(5),
                                new LocalKek(Duration.ofDays(7), 1 << 20),
                                new Cache(1000),
                                new Probe(Duration.ofSeconds(30)),
                                new Failure(Failure.Denied.STOP_SEALING, Failure.Gone.FAIL_CLOSED),
                                List.of(new Member(
                                        "first",
                                        "keyfile",
                                        Member.Role.WRAP,
                                        List.of(),
                                        Optional.empty(),
                                        Map.of("keyFile", "kek.key"))))));
    }

    @Test
    @DisplayName("every field is read")
    void everything() throws IOException {
        InetAddress loopback = InetAddress.getByName("::1");
        assertThat(ConfigurationFile.read(write(EVERYTHING)))
                .isEqualTo(new TrousseauConfiguration(
                        new Socket(Path.of("/run/trousseau/kms.sock"), Optional.of("0")),
                        new Kubernetes(KmsApiVersion.V2BETA1, true),
                        new Admin(Optional.of(new InetSocketAddress(loopback, 9000))),
                        new Log(Log.Format.JSON, Log.Level.DEBUG),
                        new Keyring(
                                "team-a",
                                3,
                                1,
                                1,
                                List.of(new FormerPolicy(1)),
                                Duration.ofHours(1),
                                new LocalKek(Duration.ofHours(12), 1024),
                                new Cache(50),
                                new Probe(Duration.ofMinutes(5)),
                                new Failure(Failure.Denied.FAIL_CLOSED, Failure.Gone.SERVE),
                                List.of(
                                        new Member(
                                                "new",
                                                "keyfile",
                                                Member.Role.WRAP,
                                                List.of("arn:aws:kms:old"),
                                                Optional.of(Duration.ofSeconds(2)),
                                                Map.of("keyFile", "kek.key", "scopes", List.of("a", "b"), "slots", 7L)),
                                        new Member(
                                                "old",
                                                "keyfile",
                                                Member.Role.UNWRAP,
                                                List.of(),
                                                Optional.empty(),
                                                Map.of("keyFile", "kek.key"))))));
    }

    @Test
    @DisplayName("what a version is called to Kubernetes is what the file says")
    void kmsApiVersions() {
        assertThat(KmsApiVersion.values()).extracting(KmsApiVersion::toString).containsExactly("v2", "v2beta1");
    }

    @Test
    @DisplayName("the admin server can be switched off, and localhost is 127.0.0.1")
    void adminAddress() throws IOException {
        assertThat(ConfigurationFile.read(write(SHORTEST + "admin: {address: none}\n"))
                        .admin()
                        .address())
                .isEmpty();
        assertThat(ConfigurationFile.read(write(SHORTEST + "admin: {address: localhost:0}\n"))
                        .admin()
                        .address())
                .contains(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
    }

    @Test
    @DisplayName("two files that mean the same are equal, and one that differs is not")
    void comparison() throws IOException {
        TrousseauConfiguration before = ConfigurationFile.read(write(SHORTEST));
        assertThat(ConfigurationFile.read(write("---\n" + SHORTEST + "log: {level: 'info'} # as before\n")))
                .isEqualTo(before);
        assertThat(ConfigurationFile.read(write(SHORTEST.replace("kek.key", "other.key"))))
                .isNotEqualTo(before);
    }

    @Test
    @DisplayName("a byte order mark and Windows line ends are fine")
    void editors() throws IOException {
        TrousseauConfiguration plain = ConfigurationFile.read(write(SHORTEST));
        assertThat(ConfigurationFile.read(write("\uFEFF" + SHORTEST.replace("\n", "\r\n"))))
                .isEqualTo(plain);
    }

    @Test
    @DisplayName("members are opened in the order of the file, with files relative to its folder, and closed together")
    void opensMembers() throws IOException {
        try (OpenedConfiguration opened = ConfigurationFile.open(write(EVERYTHING), catalog)) {
            assertThat(provider.opened).containsExactly("new", "old");
            assertThat(opened.members())
                    .extracting(member -> member.settings().name())
                    .containsExactly("new", "old");
            assertThat(opened.members().get(0).origin().className()).isEqualTo(KeyFileProvider.class.getName());
            assertThat(opened.sizeBudget().perMember()).containsOnlyKeys("new");
            assertThat(provider.closed).isEmpty();
        }
        assertThat(provider.closed).containsExactly("new", "old");
    }

    @Test
    @DisplayName("no configuration shows what a provider's setting is set to")
    void settingsAreNotShown() throws IOException {
        TrousseauConfiguration configuration =
                ConfigurationFile.read(write(SHORTEST.replace("keyFile: kek.key", "token: s3cret")));
        assertThat(configuration.toString()).contains("token").doesNotContain("s3cret");
    }

    @Test
    @DisplayName("the path that a process binds is as long as the file was checked for")
    void socketPaths() {
        Path longest = Path.of("/" + "s".repeat(SocketPaths.LONGEST - 1));
        assertThat(SocketPaths.own(longest, 4_194_304).toString())
                .isEqualTo(longest + ".4194304")
                .hasSize(SocketPaths.LONGEST_BOUND);
        assertThat(SocketPaths.own(longest, 98_765_432).toString()).hasSize(SocketPaths.LONGEST_BOUND);
    }
}
