package io.trousseau.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trousseau.core.discovery.ProviderCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MangledFileTest {
    private static final String PIECES = "{}[]:,-?&*!|>'\"%@`#~ \n\t0.x";
    private static final int FILES = 3000;

    @TempDir
    Path folder;

    @Test
    @DisplayName("whatever a file holds, it is read or refused with its problems, and no KEK stays open")
    void readOrRefused() throws IOException {
        String good = Files.readString(Path.of("..", "docs", "configuration.md"));
        good = good.substring(good.lastIndexOf("```yaml\n") + 8);
        good = good.substring(0, good.indexOf("```")).replace("provider: local", "provider: keyfile");
        Path file = folder.resolve("trousseau.yaml");
        Random random = new Random(42);
        int refused = 0;
        for (int i = 0; i < FILES; i++) {
            KeyFileProvider provider = new KeyFileProvider();
            String mangled = mangle(good, random);
            Files.writeString(file, mangled);
            try {
                ConfigurationFile.open(file, ProviderCatalog.of(List.of(provider)))
                        .close();
            } catch (InvalidConfigurationException e) {
                refused++;
                assertThat(e.problems()).isNotEmpty();
            } catch (RuntimeException | StackOverflowError e) {
                fail("file " + i + ":\n" + mangled, e);
            }
            assertThat(provider.closed).isEqualTo(provider.opened);
        }
        assertThat(refused).isBetween(FILES / 2, FILES);
    }

    private static String mangle(String text, Random random) {
        StringBuilder mangled = new StringBuilder(text);
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(mangled.length());
            char piece = PIECES.charAt(random.nextInt(PIECES.length()));
            switch (random.nextInt(4)) {
                case 0 -> mangled.insert(at, piece);
                case 1 -> mangled.setCharAt(at, piece);
                case 2 -> mangled.delete(at, Math.min(mangled.length(), at + 1 + random.nextInt(20)));
                default ->
                    mangled.insert(at, mangled.substring(at, Math.min(mangled.length(), at + random.nextInt(40))));
            }
        }
        return mangled.toString();
    }
}
