package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStore.PasswordProtection;
import java.security.KeyStore.SecretKeyEntry;
import java.util.List;
import java.util.Map;
import javax.crypto.KeyGenerator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A third party's provider")
class ThirdPartyProviderIT {
    private static final Path JAR =
            Assets.module().resolve("../examples/provider-example/target/trousseau-provider-keystore-1.0.0.jar");

    @Test
    @DisplayName("whose jar is dropped into lib/ serves kube-apiserver")
    void servesOnceItsJarIsInLib() throws Exception {
        Path workspace = Workspace.fresh("third-party");
        Distribution distribution = Distribution.built().with(workspace.resolve("trousseau"), List.of(JAR));
        Path keystore = keystore(workspace.resolve("kek.p12"), "opens the keystore");
        Path password = Files.writeString(workspace.resolve("password"), "opens the keystore");
        Plugin.Member member = new Plugin.Member(
                "keystore",
                Map.of("keystore", keystore.toString(), "passwordFile", password.toString(), "alias", "kek"));
        try (Plugin plugin = new Plugin(distribution, "trousseau", workspace, member);
                ControlPlane cluster = ControlPlane.start(workspace)) {
            ApiServer apiServer = cluster.apiServer(plugin.socket());
            plugin.startAndAwaitReady();
            apiServer.startAndAwaitReady();
            apiServer.kubectl().createSecret("password", "wrapped by a stranger's code");

            plugin.stop();
            apiServer.stop();
            plugin.start();
            apiServer.startAndAwaitReady();

            assertThat(apiServer.kubectl().readSecret("password")).isEqualTo("wrapped by a stranger's code");
            assertThat(cluster.etcd().secret("default/password").keyId()).startsWith("tr1.");
            assertThat(cluster.etcd().filesContain("wrapped by a stranger's code"))
                    .isFalse();
            Seen.say(
                    "a third party's provider",
                    "built from outside, dropped into lib/, serves; read back after a restart");
        }
    }

    private static Path keystore(Path file, String password) throws IOException, GeneralSecurityException {
        KeyGenerator aes = KeyGenerator.getInstance("AES");
        aes.init(256);
        KeyStore keystore = KeyStore.getInstance("PKCS12");
        keystore.load(null, null);
        keystore.setEntry("kek", new SecretKeyEntry(aes.generateKey()), new PasswordProtection(password.toCharArray()));
        try (OutputStream out = Files.newOutputStream(file)) {
            keystore.store(out, password.toCharArray());
        }
        return file;
    }
}
