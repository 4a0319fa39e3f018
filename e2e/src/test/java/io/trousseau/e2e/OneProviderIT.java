package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A server that has the folder of one provider only")
class OneProviderIT {
    private static final String SCENARIO = "13 one provider";

    @ParameterizedTest(name = "serves a member of {0}")
    @ValueSource(strings = {"vault", "aws", "gcp", "azure"})
    void serves(String provider) {
        Path workspace = Workspace.fresh("one-provider-" + provider);
        Distribution distribution = Distribution.built().withOnly(provider, workspace.resolve("trousseau"));
        try (CloudKeks.Closeable kek = kek(provider, workspace);
                Plugin plugin = new Plugin(distribution, "trousseau", workspace, "", List.of(kek.member()))) {
            long start = System.nanoTime();
            plugin.startAndAwaitReady();
            long took = Duration.ofNanos(System.nanoTime() - start).toMillis();

            assertThat(plugin.status().path("keyId").asText()).startsWith("tr1.");
            Seen.say(
                    SCENARIO,
                    "%s alone: %d jars, %d MB, ready with a key_id after %d ms"
                            .formatted(provider, jars(distribution).size(), megabytes(distribution), took));
        }
    }

    private static CloudKeks.Closeable kek(String provider, Path workspace) {
        return switch (provider) {
            case "vault" -> CloudKeks.vault(workspace);
            case "aws" -> CloudKeks.aws(workspace);
            case "gcp" -> CloudKeks.gcp();
            default -> CloudKeks.azure(workspace);
        };
    }

    private static List<Path> jars(Distribution distribution) {
        try (Stream<Path> tree = Files.walk(distribution.directory().resolve("lib"))) {
            return tree.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long megabytes(Distribution distribution) {
        return jars(distribution).stream()
                        .mapToLong(jar -> jar.toFile().length())
                        .sum()
                / (1 << 20);
    }
}
