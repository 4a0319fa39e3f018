package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

@DisplayName("docs/azure.md")
@ResourceLock(Guide.PORTS)
class AzureGuideIT {
    @Test
    @DisplayName(
            "leads from a stand-in for Key Vault over a rotation to an encrypted Secret, by commands that run as printed")
    void withoutAnAccount(@TempDir Path folder) throws IOException {
        Guide guide = Guide.of("azure", "Trying it without an account");
        assertThat(guide.commands()).hasSize(10);
        assertThat(guide.section()).contains("\n`kill %1 %2` ends both");
        Guide.mustBeFree(8787);

        String printed = guide.run(folder, "");
        assertThat(printed)
                .contains(
                        "a copy of 384 bytes",
                        "\ncorrect horse battery staple\n",
                        "ok       member.round-trip",
                        "ok       azure.permission.unwrap",
                        "\n0 failures, ",
                        "secret/database created",
                        "the password is nowhere in those");
        assertThat(Guide.keyIds(printed)).as("before and after the rotation").hasSize(2);
        assertThat(Files.readString(folder.resolve("trousseau.log"), UTF_8)).contains("protected by azure");
        Guide.mustBeFree(8787);
        Seen.say("docs/azure.md", "ten commands as printed: Key Vault and Entra ID, a rotation, and a Secret under it");
    }
}
