package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("docs/gcp.md and docs/azure.md")
@ResourceLock(Guide.PORTS)
class StandInGuidesIT {
    @ParameterizedTest(
            name = "docs/{0}.md leads from a stand-in for {1} over a rotation to an encrypted Secret, by commands that"
                    + " run as printed")
    @CsvSource({
        "gcp, Cloud KMS, 'version 2, a copy of 101 bytes', gcp.permission.decrypt",
        "azure, Key Vault and Entra ID, a copy of 384 bytes, azure.permission.unwrap"
    })
    void withoutAnAccount(String name, String service, String copy, String permission, @TempDir Path folder)
            throws IOException {
        Guide guide = Guide.of(name, "Trying it without an account");
        assertThat(guide.commands()).hasSize(10);
        assertThat(guide.section()).contains("\n`kill %1 %2` ends both");
        Guide.mustBeFree(8787);

        String printed = guide.run(folder, "");
        assertThat(printed)
                .contains(
                        copy,
                        "\ncorrect horse battery staple\n",
                        "ok       member.round-trip",
                        "ok       " + permission,
                        "\n0 failures, ",
                        "secret/database created",
                        "the password is nowhere in those");
        assertThat(Guide.keyIds(printed)).as("before and after the rotation").hasSize(2);
        assertThat(Files.readString(folder.resolve("trousseau.log"), UTF_8)).contains("protected by " + name);
        Guide.mustBeFree(8787);
        Seen.say("docs/" + name + ".md", "ten commands as printed: " + service + ", a rotation, and a Secret under it");
    }
}
