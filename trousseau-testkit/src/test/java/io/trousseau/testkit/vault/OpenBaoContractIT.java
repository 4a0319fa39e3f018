package io.trousseau.testkit.vault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;

/**
 * What came is in {@code target/vault-contract.txt} afterwards. After calls were added to the transcript, or for another
 * version of OpenBao, read the difference and copy that file over the transcript.
 */
@DisplayName("OpenBao answers what was recorded")
class OpenBaoContractIT extends VaultContract {
    private static final Map<String, List<String>> PLAYED = new ConcurrentHashMap<>();

    @Override
    VaultServer newServer() {
        return OpenBao.dev();
    }

    @Override
    void passTime() {
        // It passes by itself.
    }

    @Override
    void played(Section section, List<String> lines) {
        PLAYED.put(section.title(), lines);
    }

    @AfterAll
    static void write() throws IOException {
        List<String> recorded = new ArrayList<>();
        for (String line : transcript().lines().toList()) {
            boolean title = line.startsWith("== ");
            if (title || line.startsWith("#") || line.isBlank()) {
                recorded.add(line);
            }
            if (title) {
                recorded.addAll(PLAYED.getOrDefault(line.substring(3), List.of()));
            }
        }
        Files.write(Path.of("target", "vault-contract.txt"), recorded);
    }
}
