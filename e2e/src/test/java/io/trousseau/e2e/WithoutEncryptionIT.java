package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the other tests rely on: without a plugin, the very search that they trust finds the value in etcd. */
@DisplayName("Without a plugin")
class WithoutEncryptionIT {
    @Test
    @DisplayName("a Secret's value stands readable in etcd, in its answers and in its files")
    void theValueIsReadableInEtcd() {
        String value = "readable-by-whoever-reads-the-disk";
        try (ControlPlane cluster = ControlPlane.start(Workspace.fresh("without-encryption"))) {
            ApiServer apiServer = cluster.apiServerWithoutEncryption();
            apiServer.startAndAwaitReady();

            apiServer.kubectl().createSecret("password", value);

            assertThat(apiServer.kubectl().readSecret("password")).isEqualTo(value);
            assertThat(cluster.etcd().rawSecrets().get("default/password"))
                    .asString()
                    .contains(value);
            assertThat(cluster.etcd().filesContain(value)).isTrue();
            Seen.say("without a plugin", "the value of Secret default/password is readable in etcd's files");
        }
    }
}
