package io.trousseau.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.Finding.Verdict;
import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.aws.AwsFault;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsKms;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("doctor is told of a key in AWS")
class ExaminationTest {
    private static final List<String> CHECKS = List.of(
            "aws.credentials", "aws.caller", "aws.region.eu-central-1", "aws.region.eu-west-1", "aws.key.material");

    @TempDir
    Path folder;

    private AwsFixture fixture;
    private FakeAwsKey key;

    @BeforeEach
    void start() {
        fixture = new AwsFixture(folder, FakeAwsKms.start("eu-central-1", "eu-west-1"), "eu-central-1", "eu-west-1");
        key = fixture.aws().createMultiRegionKey("eu-central-1", "eu-west-1");
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    @DisplayName("that all is well: the caller, each region, the rotations")
    void allWell() {
        key.rotate();
        Map<String, Finding> findings = examine();
        assertThat(findings.values()).extracting(Finding::verdict).containsOnly(Verdict.OK);
        assertThat(findings.get("aws.credentials").seen()).contains("the profile default");
        assertThat(findings.get("aws.caller").seen()).isEqualTo(fixture.user().callerArn());
        assertThat(findings.get("aws.key.material").seen()).startsWith("rotated 1 times, last at ");
    }

    @Test
    @DisplayName("which region lacks what")
    void oneRegionFails() {
        key.setState("eu-west-1", "Disabled");
        Map<String, Finding> findings = examine();
        assertThat(findings.get("aws.region.eu-central-1").verdict()).isEqualTo(Verdict.OK);
        assertThat(findings.get("aws.region.eu-west-1").verdict()).isEqualTo(Verdict.FAILURE);
        assertThat(findings.get("aws.region.eu-west-1").remedy()).contains("key-disabled");

        fixture.aws().iam().deny("kms:Decrypt");
        fixture.aws().iam().deny("kms:ListKeyRotations");
        findings = examine();
        assertThat(findings.get("aws.region.eu-central-1").seen()).contains("allow kms:Decrypt");
    }

    @Test
    @DisplayName("that the rotations may not be listed, which breaks nothing")
    void rotationsDenied() {
        fixture.aws().iam().deny("kms:ListKeyRotations");
        assertThat(examine().get("aws.key.material").verdict()).isEqualTo(Verdict.SKIPPED);
    }

    @Test
    @DisplayName("that AWS does not take the credentials")
    void revoked() {
        fixture.aws().iam().revoke(fixture.user());
        Map<String, Finding> findings = examine();
        assertThat(findings.get("aws.caller").verdict()).isEqualTo(Verdict.SKIPPED);
        assertThat(findings.get("aws.region.eu-central-1").seen()).contains("UnrecognizedClientException");
    }

    @Test
    @DisplayName("that a region answers nonsense")
    void nonsense() {
        for (String action : List.of("DescribeKey", "Encrypt")) {
            fixture.aws().region("eu-west-1").always(action, AwsFault.answer(200, "application/x-amz-json-1.1", "{}"));
            Map<String, Finding> findings = examine();
            assertThat(findings.get("aws.region.eu-central-1").verdict()).isEqualTo(Verdict.OK);
            assertThat(findings.get("aws.region.eu-west-1").verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(findings.get("aws.region.eu-west-1").remedy()).contains("bad-answer");
            fixture.aws().region("eu-west-1").heal();
        }
    }

    @Test
    @DisplayName("that imported material expires, as a warning a month before")
    void expiry() {
        key.expireMaterialAt(Instant.now().plus(Duration.ofDays(90)));
        assertThat(examine().get("aws.key.material").verdict()).isEqualTo(Verdict.OK);
        key.expireMaterialAt(Instant.now().plus(Duration.ofDays(29)));
        assertThat(examine().get("aws.key.material").verdict()).isEqualTo(Verdict.WARNING);
    }

    private Map<String, Finding> examine() {
        try (KekHandle kek =
                fixture.open(key.id(), new ProviderContext("m", new RecordingLogger(), InstantSource.system()))) {
            List<Finding> findings = kek.examine(Deadline.after(Duration.ofSeconds(10)));
            assertThat(findings).extracting(Finding::check).containsExactlyElementsOf(CHECKS);
            return findings.stream().collect(Collectors.toMap(Finding::check, Function.identity()));
        }
    }
}
