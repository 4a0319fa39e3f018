package io.trousseau.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * One etcd and the kube-apiservers on it. A kube-apiserver is made known by {@link #apiServer} and runs from its own
 * start to its own stop; closing the control plane ends them all.
 */
final class ControlPlane implements AutoCloseable {
    private final Path directory;
    private final Etcd etcd;
    private final List<ApiServer> apiServers = new ArrayList<>();

    private ControlPlane(Path directory, Etcd etcd) {
        this.directory = directory;
        this.etcd = etcd;
    }

    /** A control plane whose etcd runs and that has no kube-apiserver yet. */
    static ControlPlane start(Path directory) {
        writeServiceAccountKeys(directory);
        return new ControlPlane(directory, Etcd.start(directory));
    }

    Etcd etcd() {
        return etcd;
    }

    /** A kube-apiserver, not started, that encrypts Secrets through the plugin at {@code socket}. */
    ApiServer apiServer(Path socket) {
        return add("""
                  - kms:
                      apiVersion: v2
                      name: trousseau
                      endpoint: unix://%s
                      timeout: 3s
                  - identity: {}
                """.formatted(socket));
    }

    /** A kube-apiserver, not started, that stores Secrets as they are. */
    ApiServer apiServerWithoutEncryption() {
        return add("  - identity: {}\n");
    }

    private ApiServer add(String providers) {
        String name = "kube-apiserver-" + (apiServers.size() + 1);
        ApiServer apiServer = new ApiServer(name, directory, etcd.address(), providers);
        apiServers.add(apiServer);
        return apiServer;
    }

    @Override
    public void close() {
        apiServers.forEach(ApiServer::close);
        etcd.close();
    }

    /** Tokens signed by one kube-apiserver are good at the others: they share the key. */
    private static void writeServiceAccountKeys(Path directory) {
        try {
            Files.createDirectories(directory);
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            KeyPair keys = generator.generateKeyPair();
            writePem(
                    directory.resolve("sa.key"),
                    "PRIVATE KEY",
                    keys.getPrivate().getEncoded());
            writePem(directory.resolve("sa.pub"), "PUBLIC KEY", keys.getPublic().getEncoded());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void writePem(Path file, String label, byte[] content) throws IOException {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(file, "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n");
    }
}
