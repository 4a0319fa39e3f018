package io.trousseau.server.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.server.config.ConfigurationFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DeployExamplesTest {
    private static final Path DEPLOY = Path.of("..", "deploy");

    /** Run with {@code -Dtrousseau.docs=write} to bring the files up to date. */
    @Test
    @DisplayName("the files in deploy are what the command manifests makes of the configuration there")
    void examples() throws IOException {
        Path file = Path.of("/etc/trousseau/trousseau.yaml");
        for (Manifest manifest : Manifest.all(
                file,
                ConfigurationFile.read(DEPLOY.resolve("trousseau.yaml")),
                Set.of(file.getParent()),
                "registry.example.com/trousseau:0.1.0")) {
            Path example = DEPLOY.resolve(manifest.name());
            if ("write".equals(System.getProperty("trousseau.docs"))) {
                Files.writeString(example, manifest.content());
            }
            assertThat(example).hasContent(manifest.content());
        }
    }
}
