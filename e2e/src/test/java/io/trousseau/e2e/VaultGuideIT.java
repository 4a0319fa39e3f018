package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.testkit.vault.BaoProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

@DisplayName("docs/vault.md")
@ResourceLock(Guide.PORTS)
class VaultGuideIT {
    @Test
    @DisplayName("leads from bao server -dev to an encrypted Secret in ten commands, which run as printed")
    void tenCommands(@TempDir Path folder) throws IOException {
        Guide guide = Guide.of("vault", "See it");
        assertThat(guide.commands()).hasSize(10);
        assertThat(guide.section()).contains("\n`kill %1 %2` ends");
        Guide.mustBeFree(8200);
        Guide.mustBeFree(8787);

        assertThat(guide.run(folder, BaoProgram.find().getParent() + ":"))
                .contains(
                        "ok       member.round-trip",
                        "\n0 failures, ",
                        "secret/database created",
                        "6b38 733a 656e 633a 6b6d 733a k8s:enc:kms:",
                        "the password is nowhere in those");
        assertThat(Files.readString(folder.resolve("trousseau.log"), UTF_8)).contains("protected by bao");
        Guide.mustBeFree(8200);
        Guide.mustBeFree(8787);
        Seen.say(
                "docs/vault.md",
                "ten commands as printed: an OpenBao, a key, a policy, a token, and a Secret under it");
    }
}
