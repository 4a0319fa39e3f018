package io.trousseau.testkit.vault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@DisplayName("OpenBao answers what was recorded")
class OpenBaoContractIT extends VaultContract {
    private static final String RECORD = "trousseau.vault.record";

    @Override
    VaultServer newServer() {
        return OpenBao.dev();
    }

    @Override
    void passTime() {
        // It passes by itself.
    }

    /** Writes the transcript anew, for another version or for calls that were added: {@code -Dtrousseau.vault.record=FILE}. */
    @Test
    @EnabledIfSystemProperty(named = RECORD, matches = ".+")
    void record() throws IOException {
        Iterator<Section> sections = sections().iterator();
        List<String> recorded = new ArrayList<>();
        for (String line : transcript().lines().toList()) {
            if (line.startsWith("#") || line.isBlank()) {
                recorded.add(line);
            } else if (line.startsWith("== ")) {
                recorded.add(line);
                recorded.addAll(replay(sections.next()));
            }
        }
        Files.write(Path.of(System.getProperty(RECORD)), recorded);
    }
}
