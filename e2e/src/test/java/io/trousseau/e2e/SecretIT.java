package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

@DisplayName("A Secret created with kubectl")
@TestInstance(Lifecycle.PER_CLASS)
class SecretIT {
    private static final String SCENARIO = "1 a Secret";
    private static final String VALUE = "the-value-that-nobody-may-find-on-the-disk";

    private final Kek.Kms kms = kms();
    private Kek kek;
    private ControlPlane cluster;
    private ApiServer apiServer;
    private Plugin plugin;

    /** Which KMS has the key. */
    Kek.Kms kms() {
        return Kek.Kms.LOCAL;
    }

    @BeforeAll
    void start() {
        Path workspace = Workspace.fresh("secret-" + kms.label());
        Distribution distribution = Distribution.built();
        kek = kms.newKek(distribution, workspace);
        plugin = new Plugin(distribution, "trousseau", workspace, kek.member());
        cluster = ControlPlane.start(workspace);
        apiServer = cluster.apiServer(plugin.socket());
        plugin.startAndAwaitReady();
        apiServer.startAndAwaitReady();
        apiServer.kubectl().createSecret("password", VALUE);
    }

    @AfterAll
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
        if (plugin != null) {
            plugin.close();
        }
        if (kek != null) {
            kek.close();
        }
    }

    @Test
    @DisplayName("is in etcd as k8s:enc:kms:v2:…, its value nowhere in etcd's bytes")
    void isEncryptedInEtcd() {
        StoredSecret stored = cluster.etcd().secret("default/password");

        assertThat(stored.plugin()).isEqualTo("trousseau");
        assertThat(stored.keyId()).startsWith("tr1.");
        assertThat(cluster.etcd().filesContain("/registry/secrets/default/password"))
                .as("the search finds what is there")
                .isTrue();
        assertThat(cluster.etcd().filesContain(VALUE)).isFalse();
        assertThat(apiServer.kubectl().readSecret("password")).isEqualTo(VALUE);
        Seen.say(
                SCENARIO,
                "%s: in etcd: k8s:enc:kms:v2:trousseau:…, %d bytes, key_id %s; its value in none of etcd's files"
                        .formatted(kms.label(), stored.length(), stored.keyId()));
    }

    @Test
    @DisplayName("is under the key_id that the metrics of both kube-apiserver and the plugin name by the same hash")
    void bothNameTheKeyIdByTheSameHash() {
        String hash = Hash.ofKeyId(keyId());

        assertThat(plugin.metrics().sum("trousseau_key_id_info", "key_id_hash=\"" + hash + "\""))
                .isEqualTo(1);
        assertThat(apiServer.lastStatusWith(keyId())).isPositive();
    }

    @Test
    @DisplayName("reads back after kube-apiserver was restarted")
    void survivesARestartOfTheApiServer() {
        apiServer.restart();

        assertReadable("kube-apiserver was restarted");
    }

    @Test
    @DisplayName("reads back after the plugin was restarted")
    void survivesARestartOfThePlugin() {
        plugin.stop();
        assertThat(plugin.socket())
                .as("the socket of a plugin that was stopped")
                .doesNotExist();
        Instant restarted = Instant.now();
        plugin.startAndAwaitReady();

        apiServer.awaitStatusAfter(restarted, keyId());
        assertReadable("the plugin was restarted");
    }

    @Test
    @DisplayName("reads back after the plugin was killed and left its socket behind")
    void survivesAKillOfThePlugin() {
        plugin.kill();
        assertThat(Files.exists(plugin.socket()))
                .as("the stale socket is there")
                .isTrue();
        Instant restarted = Instant.now();
        plugin.startAndAwaitReady();

        apiServer.awaitStatusAfter(restarted, keyId());
        assertReadable("the plugin was killed (SIGKILL, stale socket) and restarted");
    }

    @Test
    @DisplayName("reads back after both were restarted at once")
    void survivesARestartOfBoth() {
        plugin.kill();
        apiServer.stop();
        apiServer.start();
        plugin.start();
        apiServer.awaitReady();

        assertReadable("the plugin was killed and both were restarted");
    }

    private String keyId() {
        return cluster.etcd().secret("default/password").keyId();
    }

    /** The old Secret reads back, and a new one can be written and read. */
    private void assertReadable(String event) {
        Kubectl kubectl = apiServer.kubectl();
        String another = "after-" + Instant.now().toEpochMilli();
        kubectl.createSecret(another, VALUE + another);

        assertThat(kubectl.readSecret("password")).isEqualTo(VALUE);
        assertThat(kubectl.readSecret(another)).isEqualTo(VALUE + another);
        assertThat(cluster.etcd().filesContain(VALUE)).isFalse();
        assertThat(cluster.etcd().secrets()).extracting(StoredSecret::keyId).containsOnly(keyId());
        Seen.say(SCENARIO, kms.label() + ": read back after " + event);
    }
}
