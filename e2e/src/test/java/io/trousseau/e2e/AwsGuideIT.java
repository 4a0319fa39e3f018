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

@DisplayName("docs/aws.md")
@ResourceLock(Guide.PORTS)
class AwsGuideIT {
    @Test
    @DisplayName("leads from LocalStack to an encrypted Secret, by commands that run as printed")
    void withoutAnAccount(@TempDir Path folder) throws IOException {
        Guide guide = Guide.of("aws", "Trying it without an account");
        assertThat(guide.commands()).hasSize(9);
        assertThat(guide.section()).contains("\n`kill %2` ends the server, and `kill -9 %1` LocalStack");
        Guide.mustBeFree(4566);
        Guide.mustBeFree(8787);

        assertThat(guide.run(folder, ""))
                .contains(
                        "ok       member.round-trip",
                        "ok       aws.region.eu-central-1",
                        "\n0 failures, ",
                        "secret/database created",
                        "the password is nowhere in those");
        assertThat(Files.readString(folder.resolve("trousseau.log"), UTF_8)).contains("protected by aws");
        Guide.mustBeFree(4566);
        Guide.mustBeFree(8787);
        Seen.say("docs/aws.md", "nine commands as printed: LocalStack, a key, and a Secret under it");
    }
}
