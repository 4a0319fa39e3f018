package io.trousseau.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The class cache that bin/trousseau-train makes")
class ClassCacheIT {
    @Test
    @DisplayName("is used by the next start, and one that does not fit any more is left unused and unmentioned")
    void trained() throws IOException {
        Path workspace = Workspace.fresh("class-cache");
        Distribution distribution = Distribution.built().withOnly("gcp", workspace.resolve("trousseau"));
        Command.run(distribution.directory().resolve("bin/trousseau-train"));
        assertThat(files(distribution.directory().resolve("cache"))).hasSize(1);

        Path key = distribution.generateKey(workspace.resolve("key"));
        try (Plugin plugin = new Plugin(distribution, "trousseau", workspace, Plugin.Member.local(key))) {
            plugin.startAndAwaitReady();
            // A mapping of the process: Java holds the file as long as it runs.
            assertThat(Files.readString(Path.of("/proc/" + plugin.pid() + "/maps")))
                    .contains(files(distribution.directory().resolve("cache"))
                            .get(0)
                            .toString());
            assertThat(plugin.status().path("healthy").asBoolean()).isTrue();
            plugin.stop();

            for (Path jar : files(distribution.directory().resolve("lib"))) {
                if (Files.isRegularFile(jar)) {
                    Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
                }
            }
            plugin.startAndAwaitReady();
            assertThat(plugin.status().path("healthy").asBoolean()).isTrue();
            plugin.stop();
            assertThat(plugin.logged()).doesNotContain("[warning]", "[error]", "Error occurred");
        }
    }

    @Test
    @DisplayName("is not needed: what is no cache at all changes nothing")
    void garbage() throws IOException {
        Path workspace = Workspace.fresh("class-cache-garbage");
        Distribution distribution = Distribution.built().withOnly("none", workspace.resolve("trousseau"));
        Path cache = Files.createDirectories(distribution.directory().resolve("cache"));
        for (int version = 17; version <= 40; version++) {
            Files.writeString(cache.resolve("jdk-" + version + (version < 25 ? ".jsa" : ".aot")), "garbage");
        }
        assertThat(Command.run(distribution.launcher(), "--version")).startsWith("trousseau ");
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
