package io.trousseau.provider.vault.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.ConfigException;
import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.StubVault.Answer;
import io.trousseau.provider.vault.http.VaultException.Kind;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.tls.TestCa;
import io.trousseau.testkit.tls.TestIdentity;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransportTlsTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final TestCa CA = TestCa.create("vault");
    private static final Instant NOW = Instant.now();

    @TempDir
    Path folder;

    private final RecordingLogger logger = new RecordingLogger();
    private StubVault server = StubVault.tls(CA.server("127.0.0.1").sslContext(), false);
    private Optional<String> serverName = Optional.empty();
    private Optional<Path> clientCertificate = Optional.empty();
    private Optional<Path> clientKey = Optional.empty();
    private Transport transport = null;

    @AfterEach
    void close() {
        if (transport != null) {
            transport.close();
        }
        server.close();
    }

    private void serverShows(TestIdentity identity) {
        server.close();
        server = StubVault.tls(identity.sslContext(), false);
    }

    private void open(URI address) throws IOException {
        if (!Files.exists(folder.resolve("ca.pem"))) {
            write("ca.pem", CA.pem());
        }
        transport = new Transport(
                "test",
                new VaultCluster(
                        List.of(address),
                        Optional.of(folder.resolve("ca.pem")),
                        serverName,
                        clientCertificate,
                        clientKey,
                        Optional.empty()),
                logger);
    }

    private void ask() {
        transport
                .call(VaultRequest.get("sys/health", Optional.empty()), Deadline.after(LONG))
                .close();
    }

    private VaultException failure() throws IOException {
        open(server.address());
        return catchThrowableOfType(VaultException.class, this::ask);
    }

    private Path write(String name, String content) throws IOException {
        Path part = Files.writeString(folder.resolve(name + ".part"), content);
        return Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void a_certificate_of_the_ca_file_is_trusted_and_shown_to_whoever_looks() throws IOException {
        open(server.address());

        ask();

        server.answers(request -> Answer.json(200, "{\"initialized\":true,\"sealed\":false,\"standby\":false}"));
        NodeReport report = transport.lookAtEach(Deadline.after(LONG)).get(0);
        assertThat(report.tlsProtocol()).contains("TLSv1.3");
        assertThat(report.certificate().orElseThrow().until())
                .isBetween(NOW.plus(29, ChronoUnit.DAYS), NOW.plus(31, ChronoUnit.DAYS));
    }

    @Test
    void what_is_wrong_with_a_certificate_is_told_with_the_setting() throws IOException {
        serverShows(TestCa.create("another").server("127.0.0.1"));
        assertThat(failure())
                .hasMessageContaining("signed by no authority in caFile " + folder.resolve("ca.pem"))
                .extracting(VaultException::kind)
                .isEqualTo(Kind.TLS);

        serverShows(CA.server("vault.example.com"));
        assertThat(failure())
                .hasMessageContaining("not for this host; set serverName")
                .extracting(VaultException::kind)
                .isEqualTo(Kind.TLS);

        serverShows(CA.server(NOW.minus(2, ChronoUnit.DAYS), NOW.minus(1, ChronoUnit.DAYS), "127.0.0.1"));
        assertThat(failure())
                .hasMessageContaining("has expired")
                .extracting(VaultException::kind)
                .isEqualTo(Kind.TLS);

        serverShows(CA.server(NOW.plus(1, ChronoUnit.DAYS), NOW.plus(2, ChronoUnit.DAYS), "127.0.0.1"));
        assertThat(failure())
                .hasMessageContaining("not valid yet")
                .extracting(VaultException::kind)
                .isEqualTo(Kind.TLS);
    }

    @Test
    void a_server_without_tls_is_told() throws IOException {
        try (StubVault plain = StubVault.plain()) {
            open(URI.create(plain.address().toString().replace("http:", "https:")));
            VaultException e = catchThrowableOfType(VaultException.class, this::ask);
            assertThat(e.kind()).isEqualTo(Kind.TLS);
            assertThat(e).hasMessageContaining("does not speak TLS on this port");
        }
    }

    @Test
    void the_server_name_is_asked_for_and_verified() throws IOException {
        server.close();
        server = StubVault.tlsFor(
                "vault.example.com",
                CA.server("vault.example.com", "other.test").sslContext());
        serverName = Optional.of("vault.example.com");
        open(server.address());
        ask();
        transport.close();

        serverName = Optional.of("other.test");
        assertThat(failure()).hasMessageContaining("knows no such name; check serverName");
        transport.close();

        serverShows(CA.server("vault.example.com"));

        serverName = Optional.of("other.example.com");
        assertThat(failure()).hasMessageContaining("not for serverName other.example.com");
    }

    @Test
    void a_server_that_demands_a_certificate_gets_the_configured_one() throws Exception {
        server.close();
        server = StubVault.tls(CA.server("127.0.0.1").sslContext(), true);
        assertThat(failure().kind()).isIn(Kind.TLS, Kind.UNREACHABLE);
        transport.close();

        TestIdentity identity = CA.client("node-1");
        clientCertificate = Optional.of(write("client.pem", identity.certificatePem()));
        clientKey = Optional.of(write("client.key", identity.keyPem()));
        open(server.address());
        ask();
        assertThat(transport.clientCertificate().orElseThrow().until())
                .isEqualTo(identity.certificate().getNotAfter().toInstant());
    }

    @Test
    void a_renewed_certificate_is_used_from_the_next_call_on_and_none_is_dropped() throws Exception {
        server.close();
        server = StubVault.tls(CA.server("127.0.0.1").sslContext(), true);
        TestIdentity identity = CA.client("node-1");
        clientCertificate = Optional.of(write("client.pem", identity.certificatePem()));
        clientKey = Optional.of(write("client.key", identity.keyPem()));
        open(server.address());
        ask();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        server.answers(request -> {
            asked.countDown();
            answer.await();
            return Answer.json(200, "{}");
        });
        FutureTask<Boolean> underWay = new FutureTask<>(() -> {
            ask();
            return true;
        });
        new Thread(underWay).start();
        asked.await();
        server.answers(request -> Answer.json(200, "{}"));

        TestIdentity renewed = CA.client("node-1");
        write("client.key", renewed.keyPem());
        ask();
        assertThat(logger.lines())
                .filteredOn(line -> line.contains("clientKeyFile") && line.contains("not that of the certificate"))
                .hasSize(1);
        assertThat(server.connections())
                .as("the old pair is in use until both files are there")
                .isEqualTo(2);
        write("client.pem", renewed.certificatePem());
        ask();

        assertThat(server.connections()).isEqualTo(3);
        answer.countDown();
        assertThat(underWay.get()).isTrue();
    }

    @Test
    void a_key_that_everybody_can_read_is_warned_of() throws Exception {
        TestIdentity identity = CA.client("node-1");
        clientCertificate = Optional.of(write("client.pem", identity.certificatePem()));
        clientKey = Optional.of(write("client.key", identity.keyPem()));
        Files.setPosixFilePermissions(folder.resolve("client.key"), PosixFilePermissions.fromString("rw-r--r--"));

        open(server.address());

        assertThat(logger.lines())
                .singleElement()
                .asString()
                .contains("clientKeyFile: ")
                .contains("chmod o-rwx");
    }

    @Test
    void a_changed_ca_file_is_used_from_the_next_call_on() throws Exception {
        write("ca.pem", TestCa.create("another").pem());
        open(server.address());
        assertThat(catchThrowableOfType(VaultException.class, this::ask).kind()).isEqualTo(Kind.TLS);

        write("ca.pem", "# both\n" + TestCa.create("another").pem() + CA.pem());

        ask();
    }

    @Test
    void unusable_files_are_told_all_at_once_with_their_settings() throws IOException {
        write("ca.pem", "no PEM");
        clientCertificate = Optional.of(folder.resolve("client.pem"));
        clientKey = Optional.of(write("client.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n"));

        assertThatThrownBy(() -> open(server.address()))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems())
                                .extracting(ConfigException.Problem::field)
                                .containsExactly("caFile", "clientCertificateFile"))
                .hasMessageContaining("has no CERTIFICATE")
                .hasMessageContaining("client.pem does not exist");

        write("ca.pem", CA.pem());
        write("client.pem", CA.client("node-1").certificatePem());
        assertThatThrownBy(() -> open(server.address()))
                .hasMessageContaining("clientKeyFile: ")
                .hasMessageContaining("cut short");
        write("client.key", CA.client("node-2").keyPem());
        assertThatThrownBy(() -> open(server.address())).hasMessageContaining("not that of the certificate");
    }
}
