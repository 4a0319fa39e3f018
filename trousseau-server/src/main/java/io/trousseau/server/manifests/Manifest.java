package io.trousseau.server.manifests;

import io.trousseau.server.config.TrousseauConfiguration;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A file that puts the server to work.
 *
 * @param name of the file
 * @param content with a line feed at its end
 */
public record Manifest(String name, String content) {
    /** The name of the plugin in EncryptionConfiguration, and thus in every stored value. */
    public static final String PLUGIN = "trousseau";

    /**
     * All that is needed for a configuration, on a node with kubeadm's layout.
     *
     * @param file the configuration's absolute path on the node
     * @param configuration what it says
     * @param folders absolute paths of what the providers read beside it
     * @param image of the container
     */
    public static List<Manifest> all(Path file, TrousseauConfiguration configuration, Set<Path> folders, String image) {
        return List.of(
                new Manifest(
                        "encryption-configuration.yaml",
                        EncryptionConfiguration.of(configuration.socket().path())),
                new Manifest(
                        "kube-apiserver.yaml",
                        ApiServerSnippet.of(configuration.socket().path())),
                new Manifest("trousseau-pod.yaml", StaticPod.of(file, configuration, folders, image)),
                new Manifest("trousseau.service", SystemdUnit.of(file, configuration, folders)));
    }
}
