package io.trousseau.provider.vault.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.NodeReport;
import io.trousseau.provider.vault.http.Transport;
import io.trousseau.provider.vault.http.VaultCluster;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import io.trousseau.provider.vault.http.VaultRequest;
import io.trousseau.testkit.tls.TestCa;
import io.trousseau.testkit.vault.OpenBao;
import io.trousseau.testkit.vault.OpenBaoCluster;
import io.trousseau.testkit.vault.VaultClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real OpenBao that is sealed, stopped, frozen, or loses its leader. */
class OutageIT {
    private static final TestCa CA = TestCa.create("vault");

    @TempDir
    Path folder;

    private Session session = null;

    @AfterEach
    void close() {
        session.close();
    }

    private void open(VaultClient root, List<URI> addresses) throws IOException {
        root.enableEngine("transit", "transit");
        root.createKey("payments", "aes256-gcm96");
        root.writePolicy("payments", "path \"transit/keys/payments\" { capabilities = [\"read\"] }");
        root.enableAuth("userpass", "userpass");
        root.createUser("trousseau", "password", Map.of("token_policies", "payments", "token_ttl", "1h"));
        Path passwordFile = folder.resolve("password");
        Files.createFile(
                passwordFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, "password");
        Path caFile = Files.writeString(folder.resolve("ca.pem"), CA.pem());
        System.Logger logger = System.getLogger("test");
        session = new Session(
                "test",
                new Transport(
                        "test",
                        new VaultCluster(
                                addresses,
                                Optional.of(caFile),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()),
                        logger),
                Login.userpass("userpass", Optional.empty(), "trousseau", passwordFile),
                logger);
    }

    private Kind failure(Duration timeout) {
        long start = System.nanoTime();
        VaultException e = catchThrowableOfType(
                VaultException.class,
                () -> session.call(VaultRequest.get("transit/keys/payments", Optional.empty()), Deadline.after(timeout))
                        .close());
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(timeout.plusSeconds(5));
        return e.kind();
    }

    @Test
    void each_outage_is_told_as_what_it_is_and_over_as_soon_as_it_is_over() throws IOException {
        try (OpenBao bao = OpenBao.durable(CA.server("127.0.0.1"))) {
            open(bao.root(), List.of(bao.address()));
            Traffic.callOnce(session);

            bao.seal();
            assertThat(failure(Duration.ofSeconds(5))).isEqualTo(Kind.SEALED);
            assertThat(health()).containsExactly("sealed");
            bao.unseal();
            Traffic.callOnce(session);

            bao.pause();
            assertThat(failure(Duration.ofSeconds(1))).isEqualTo(Kind.TIMEOUT);
            assertThat(failure(Duration.ofSeconds(1))).isEqualTo(Kind.TIMEOUT);
            bao.resume();
            Traffic.callOnce(session);

            bao.kill();
            assertThat(failure(Duration.ofSeconds(5))).isEqualTo(Kind.UNREACHABLE);
            bao.start();
            assertThat(failure(Duration.ofSeconds(5))).isEqualTo(Kind.SEALED);
            bao.unseal();
            Traffic.callOnce(session);
            assertThat(health()).containsExactly("active");
        }
    }

    @Test
    void a_server_with_tls_that_is_asked_in_plain_http_is_told() throws IOException {
        try (OpenBao bao = OpenBao.durable(CA.server("127.0.0.1"))) {
            open(bao.root(), List.of(URI.create(bao.address().toString().replace("https:", "http:"))));

            VaultException e = catchThrowableOfType(VaultException.class, () -> Traffic.callOnce(session));

            assertThat(e.kind()).isEqualTo(Kind.BAD_ANSWER);
            assertThat(e).hasMessageContaining("write https:// there");
        }
    }

    @Test
    void when_a_leader_is_killed_the_others_serve_as_soon_as_they_have_a_new_one() throws IOException {
        try (OpenBaoCluster cluster = OpenBaoCluster.start()) {
            open(cluster.root(), cluster.addresses());
            await().ignoreExceptions().untilAsserted(() -> Traffic.callOnce(session));
            assertThat(health()).containsOnlyOnce("active").contains("standby");

            cluster.killLeader();

            assertThat(cluster.leader().isRunning()).isTrue();
            try (Traffic traffic = new Traffic(session)) {
                traffic.goesOn();
            }
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(health()).contains("active", "none"));
        }
    }

    private List<String> health() {
        return session.transport().lookAtEach(Deadline.after(Duration.ofSeconds(10))).stream()
                .map(NodeReport::health)
                .map(health -> health.orElse("none"))
                .toList();
    }
}
