package io.trousseau.testkit.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.testkit.tls.TestCa;
import io.trousseau.testkit.tls.TestIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A real OpenBao")
class OpenBaoIT {
    private static final byte[] DATA = "data".getBytes(UTF_8);

    @Test
    @DisplayName("in memory encrypts and decrypts, and is gone when closed")
    void dev() {
        OpenBao server = OpenBao.dev();
        try (server) {
            VaultClient root = server.root();
            root.enableEngine("transit", "transit");
            root.createKey("k", "aes256-gcm96");

            String ciphertext = root.encrypt("k", DATA);

            assertThat(ciphertext).startsWith("vault:v1:");
            assertThat(root.decrypt("k", ciphertext)).isEqualTo(DATA);
        }
        assertThat(server.isRunning()).isFalse();
        assertThat(server.health()).isEmpty();
    }

    @Test
    @DisplayName("on disk keeps its data through seal, restart and kill")
    void durable() {
        try (OpenBao server = OpenBao.durable()) {
            server.root().enableEngine("transit", "transit");
            server.root().createKey("k", "aes256-gcm96");
            String ciphertext = server.root().encrypt("k", DATA);

            server.seal();
            assertThat(server.root().call("GET", "transit/keys/k").status()).isEqualTo(503);
            server.unseal();
            assertThat(server.root().decrypt("k", ciphertext)).isEqualTo(DATA);

            server.restart();
            assertThat(server.root().decrypt("k", ciphertext)).isEqualTo(DATA);

            server.kill();
            assertThat(server.health()).isEmpty();
            server.start();
            assertThat(server.root().call("GET", "transit/keys/k").status()).isEqualTo(503);
            server.unseal();
            assertThat(server.root().decrypt("k", ciphertext)).isEqualTo(DATA);
        }
    }

    @Test
    @DisplayName("that is paused takes connections and is silent until it is resumed")
    void paused() {
        try (OpenBao server = OpenBao.dev()) {
            server.pause();
            assertThat(server.health()).isEmpty();
            assertThat(server.isRunning()).isTrue();

            server.resume();
            assertThat(server.health()).contains(200);
        }
    }

    @Test
    @DisplayName("with TLS shows the certificate that it was given, and the next after it was replaced")
    void tls() throws IOException {
        TestCa ca = TestCa.create("ca");
        TestIdentity first = ca.server("127.0.0.1");
        TestIdentity second = ca.server("127.0.0.1");
        try (OpenBao server = OpenBao.durable(first)) {
            assertThat(shown(ca, server.address())).isEqualTo(first.certificate());
            HttpClient trusting =
                    HttpClient.newBuilder().sslContext(ca.trustingContext()).build();
            assertThat(VaultClient.of(trusting, server.address())
                            .call("GET", "sys/health")
                            .status())
                    .isEqualTo(200);
            HttpClient suspicious = HttpClient.newBuilder()
                    .sslContext(TestCa.create("other").trustingContext())
                    .build();
            VaultClient refused = VaultClient.of(suspicious, server.address());
            assertThatThrownBy(() -> refused.call("GET", "sys/health"))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("PKIX");

            server.replaceCertificate(second);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(shown(ca, server.address())).isEqualTo(second.certificate()));
        }
    }

    private static X509Certificate shown(TestCa ca, URI address) throws IOException {
        try (SSLSocket socket = (SSLSocket)
                ca.trustingContext().getSocketFactory().createSocket(address.getHost(), address.getPort())) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    @DisplayName("of three nodes elects another leader when one is killed, and takes it back")
    void cluster() {
        try (OpenBaoCluster cluster = OpenBaoCluster.start()) {
            cluster.root().enableEngine("transit", "transit");
            cluster.root().createKey("k", "aes256-gcm96");
            String ciphertext = cluster.root().encrypt("k", DATA);

            OpenBao killed = cluster.killLeader();

            assertThat(cluster.leader()).isNotSameAs(killed);
            assertThat(cluster.root().decrypt("k", ciphertext)).isEqualTo(DATA);
            killed.start();
            killed.unseal();
            assertThat(killed.health()).isIn(Optional.of(200), Optional.of(429), Optional.of(473));
            assertThat(killed.root().decrypt("k", ciphertext)).isEqualTo(DATA);
        }
    }
}
