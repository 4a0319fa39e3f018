package io.trousseau.server.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterPartsTest {
    @TempDir
    Path folder;

    private static void makeParts(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String part : new String[] {"etcd", "kube-apiserver", "kubectl"}) {
            Path file = Files.createFile(folder.resolve(part));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    @DisplayName("KUBEBUILDER_ASSETS goes before the cache, and XDG_CACHE_HOME before ~/.cache")
    void places() throws IOException {
        Path assets = folder.resolve("assets");
        makeParts(assets);
        makeParts(folder.resolve("xdg/trousseau/kubernetes-1.37.2"));
        makeParts(folder.resolve("home/.cache/trousseau/kubernetes-1.37.2"));
        String home = folder.resolve("home").toString();
        String xdg = folder.resolve("xdg").toString();
        assertThat(ClusterParts.find(
                                Map.of("KUBEBUILDER_ASSETS", assets.toString(), "XDG_CACHE_HOME", xdg, "HOME", home))
                        .kubectl())
                .isEqualTo(assets.resolve("kubectl"));
        assertThat(ClusterParts.find(Map.of("XDG_CACHE_HOME", xdg, "HOME", home))
                        .etcd())
                .startsWith(folder.resolve("xdg"));
        assertThat(ClusterParts.find(Map.of("HOME", home)).apiserver()).startsWith(folder.resolve("home/.cache"));
    }

    @Test
    @DisplayName("what is missing is named, with the way to get it")
    void missing() throws IOException {
        assertThatThrownBy(() -> ClusterParts.find(Map.of("HOME", folder.toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("lacks etcd, kube-apiserver, kubectl")
                .hasMessageContaining("e2e/install")
                .hasMessageContaining("KUBEBUILDER_ASSETS=DIRECTORY");
        Path assets = folder.resolve("assets");
        makeParts(assets);
        Files.delete(assets.resolve("kubectl"));
        assertThatThrownBy(() -> ClusterParts.find(Map.of("KUBEBUILDER_ASSETS", assets.toString())))
                .hasMessageContaining(assets + " lacks kubectl, and KUBEBUILDER_ASSETS names it");
    }
}
