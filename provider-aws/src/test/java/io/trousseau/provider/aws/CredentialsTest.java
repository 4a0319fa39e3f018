package io.trousseau.provider.aws;

import static io.trousseau.api.KmsException.Code.UNAUTHENTICATED;
import static io.trousseau.api.KmsException.Code.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.aws.AwsFault;
import io.trousseau.testkit.aws.FakeAwsCredentials;
import io.trousseau.testkit.aws.FakeAwsIam;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsKms;
import io.trousseau.testkit.aws.FakeAwsMetadata;
import io.trousseau.testkit.aws.FakeAwsRegion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Credentials")
class CredentialsTest {
    private static final String TOKEN = "eyJhbGciOi.header.signature";

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    private final Map<String, String> properties = new HashMap<>();
    private final RecordingLogger log = new RecordingLogger();
    private AwsFixture fixture;
    private FakeAwsIam iam;
    private FakeAwsRegion region;
    private FakeAwsKey key;

    @BeforeEach
    void start() {
        fixture = new AwsFixture(folder, FakeAwsKms.start(now::get, AwsFixture.REGION), AwsFixture.REGION);
        iam = fixture.aws().iam();
        region = fixture.aws().region(AwsFixture.REGION);
        key = fixture.aws().createKey(AwsFixture.REGION);
        // Nothing of the machine that runs the tests may help.
        property("aws.disableEc2Metadata", "true");
        property("aws.sharedCredentialsFile", folder.resolve("none").toString());
        property("aws.configFile", folder.resolve("none").toString());
    }

    @AfterEach
    void stop() {
        properties.forEach((name, before) -> {
            if (before == null) {
                System.clearProperty(name);
            } else {
                System.setProperty(name, before);
            }
        });
        fixture.close();
    }

    private void property(String name, String value) {
        properties.putIfAbsent(name, System.getProperty(name));
        System.setProperty(name, value);
    }

    @Test
    @DisplayName("come from a profile of a file, are read again when the file changes, and their owner is told once")
    void profile() throws IOException {
        try (KekHandle kek = open(fixture.settings(key.arn()))) {
            assertWorks(kek);
            await().until(() -> log.lines().stream().anyMatch(line -> line.contains("the caller is")));
            assertThat(log.lines())
                    .filteredOn(line -> line.startsWith("INFO"))
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .contains("the profile default in " + fixture.credentialsFile())
                            .contains(fixture.user().callerArn()));

            FakeAwsCredentials next = iam.addUser("next");
            fixture.write(next);
            Files.setLastModifiedTime(
                    fixture.credentialsFile(), FileTime.from(Instant.now().plusSeconds(5)));
            iam.revoke(fixture.user());
            await().ignoreExceptionsInstanceOf(KmsException.class).untilAsserted(() -> assertWorks(kek));
            assertThat(log.lines()).filteredOn(line -> line.startsWith("INFO")).hasSize(1);
        }
    }

    @Test
    @DisplayName("come from another profile if one is named, and a missing one is an error that names it and the file")
    void namedProfile() {
        Map<String, Object> settings = fixture.settings(key.arn());
        settings.put("profile", "production");
        assertThat(assertFails(UNAUTHENTICATED, settings))
                .hasMessageContaining("the profile production in " + fixture.credentialsFile());
    }

    @Test
    @DisplayName("of a web identity are exchanged for a role's, with the token of that moment")
    void webIdentity() throws IOException {
        Path token = Files.writeString(folder.resolve("token"), "an old token");
        Map<String, Object> settings = bare("web-identity");
        settings.put("webIdentityTokenFile", token);
        settings.put("webIdentityRoleArn", iam.addRoleForWebIdentity("irsa", TOKEN));
        try (KekHandle kek = open(settings)) {
            assertThat(failureOf(kek).code()).isEqualTo(UNAUTHENTICATED);
            assertThat(failureOf(kek))
                    .hasMessageContaining("InvalidIdentityToken")
                    .hasMessageNotContaining("an old token");
            Files.writeString(token, TOKEN + "\n");
            assertWorks(kek);
            assertThat(log.lines()).anyMatch(line -> line.contains("assumed-role/irsa/trousseau"));
        }
    }

    @Test
    @DisplayName("of a web identity come from what EKS sets in the environment, also by default")
    void webIdentityOfTheEnvironment() throws IOException {
        property(
                "aws.webIdentityTokenFile",
                Files.writeString(folder.resolve("token"), TOKEN).toString());
        property("aws.roleArn", iam.addRoleForWebIdentity("irsa", TOKEN));
        for (String origin : List.of("web-identity", "default")) {
            try (KekHandle kek = open(bare(origin))) {
                assertWorks(kek);
            }
        }
        region.always("AssumeRoleWithWebIdentity", AwsFault.error(503, "x"));
        assertThat(assertFails(UNAVAILABLE, bare("default")))
                .as("what the environment names is meant: nothing else is tried")
                .hasMessageContaining("STS");
    }

    @Test
    @DisplayName("of a role with an external id are assumed; a wrong one is an error that says where to look")
    void assumedRole() {
        Map<String, Object> settings = fixture.settings(key.arn());
        settings.put("roleArn", iam.addRoleWithExternalId("kms", "id-1"));
        assertThat(assertFails(UNAUTHENTICATED, settings))
                .hasMessageContaining("AccessDenied")
                .hasMessageContaining("externalId");
        settings.put("externalId", "id-1");
        settings.put("roleSessionName", "node-1");
        try (KekHandle kek = open(settings)) {
            assertWorks(kek);
            assertThat(log.lines()).anyMatch(line -> line.contains("assumed-role/kms/node-1"));
        }
    }

    @Test
    @DisplayName("of a role are kept, and fetched anew five minutes before they expire, while the old ones serve")
    void refreshedEarly() {
        try (KekHandle kek = open(roleSettings())) {
            for (int i = 0; i < 10; i++) {
                assertWorks(kek);
            }
            assertThat(iam.assumptions()).isEqualTo(1);

            pass(Duration.ofMinutes(54));
            assertWorks(kek);
            assertThat(iam.assumptions()).isEqualTo(1);

            region.always("AssumeRole", AwsFault.hold());
            pass(Duration.ofMinutes(2));
            assertWorks(kek);
            await().until(() -> region.held() == 1);
            region.heal();
            await().until(() -> iam.assumptions() == 2);

            pass(Duration.ofMinutes(10));
            assertWorks(kek);
            assertThat(iam.assumptions()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("of a role serve until they expire when STS is away, which is asked every 15 s and not at every call")
    void stsAway() {
        try (KekHandle kek = open(roleSettings())) {
            assertWorks(kek);
            region.always("AssumeRole", AwsFault.error(503, "x"));
            pass(Duration.ofMinutes(56));
            for (int i = 0; i < 5; i++) {
                assertWorks(kek);
            }
            await().until(() -> asked("AssumeRole") == 2);
            assertWorks(kek);
            pass(Duration.ofSeconds(16));
            assertWorks(kek);
            await().until(() -> asked("AssumeRole") == 3);

            pass(Duration.ofMinutes(4));
            assertThat(failureOf(kek).code()).isEqualTo(UNAVAILABLE);
            region.heal();
            assertWorks(kek);
        }
    }

    @ParameterizedTest(name = "{0} {2} is {3}")
    @CsvSource({
        "400, text/xml, IDPCommunicationError, UNAVAILABLE",
        "400, text/xml, InvalidIdentityToken, UNAUTHENTICATED",
        "403, text/xml, AccessDenied, UNAUTHENTICATED",
        "503, text/xml, ServiceUnavailable, UNAVAILABLE",
        "403, text/html, '', BAD_ANSWER",
        "404, text/html, '', BAD_ANSWER",
        "302, text/html, '', BAD_ANSWER",
        "408, text/html, '', UNAVAILABLE",
        "502, text/html, '', UNAVAILABLE"
    })
    @DisplayName("of a role are refused by STS alone: not by its troubles, nor by something else that answers")
    void refusedOrNot(int status, String contentType, String error, Code code) {
        String body = error.isEmpty()
                ? "<html><body>a proxy</body></html>"
                : "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>"
                        + error + "</Code><Message>m</Message></Error></ErrorResponse>";
        region.always("AssumeRole", AwsFault.answer(status, contentType, body));
        assertFails(code, roleSettings());
    }

    @Test
    @DisplayName("of a role that AWS no longer takes are fetched anew within the call")
    void revoked() {
        try (KekHandle kek = open(roleSettings())) {
            assertWorks(kek);
            iam.revokeSessions();
            assertWorks(kek);
            assertThat(iam.assumptions()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("come from the endpoint of EKS Pod Identity and ECS, with its authorization token from a file")
    void container() throws IOException {
        try (FakeAwsMetadata metadata = FakeAwsMetadata.start(this::session)) {
            property(
                    "aws.containerCredentialsFullUri",
                    metadata.containerEndpoint().toString());
            property(
                    "aws.containerAuthorizationTokenFile",
                    Files.writeString(folder.resolve("authorization"), metadata.containerAuthorization())
                            .toString());
            for (String origin : List.of("container", "default")) {
                try (KekHandle kek = open(bare(origin))) {
                    assertWorks(kek);
                }
            }
            await().until(() -> log.lines().stream().anyMatch(line -> line.contains("the container's endpoint")));
            assertThat(metadata.refused()).isEmpty();
        }
    }

    @Test
    @DisplayName("come from the metadata service of an instance, in version 2 alone")
    void instance() {
        System.clearProperty("aws.disableEc2Metadata");
        try (FakeAwsMetadata metadata = FakeAwsMetadata.start(this::session)) {
            property(
                    "aws.ec2MetadataServiceEndpoint",
                    metadata.instanceEndpoint().toString());
            for (String origin : List.of("instance", "default")) {
                try (KekHandle kek = open(bare(origin))) {
                    assertWorks(kek);
                }
            }
            assertThat(metadata.refused()).isEmpty();
        }
        assertThat(assertFails(UNAVAILABLE, bare("instance"))).hasMessageContaining("hop limit");
    }

    @Test
    @DisplayName("that are nowhere are an error that tells every place that was looked at")
    void nowhere() {
        assertThat(assertFails(UNAUTHENTICATED, bare("default")))
                .hasMessageContaining("the environment")
                .hasMessageContaining("the profile default")
                .hasMessageContaining("the instance metadata service");
        assertThat(assertFails(UNAUTHENTICATED, bare("environment"))).hasMessageContaining("AWS_ACCESS_KEY_ID");
        assertThat(assertFails(UNAUTHENTICATED, bare("web-identity")))
                .hasMessageContaining("AWS_WEB_IDENTITY_TOKEN_FILE");
        assertThat(assertFails(UNAVAILABLE, bare("container"))).hasMessageContaining("AWS_CONTAINER_CREDENTIALS");
    }

    @Test
    @DisplayName("whose owner STS does not tell are used all the same")
    void callerUnknown() {
        region.always("GetCallerIdentity", AwsFault.error(503, "x"));
        try (KekHandle kek = open(fixture.settings(key.arn()))) {
            assertWorks(kek);
            await().until(() -> log.lines().stream().anyMatch(line -> line.contains("not known: STS")));
        }
    }

    private FakeAwsCredentials session() {
        return iam.issueSession("pod", "s", Duration.ofHours(6));
    }

    private Map<String, Object> roleSettings() {
        Map<String, Object> settings = fixture.settings(key.arn());
        settings.put("roleArn", iam.addRole("kms"));
        return settings;
    }

    private Map<String, Object> bare(String origin) {
        Map<String, Object> settings = new HashMap<>(fixture.bare(key.arn()));
        settings.put("credentials", origin);
        return settings;
    }

    private long asked(String action) {
        return region.actions().stream().filter(action::equals).count();
    }

    private void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    private KekHandle open(Map<String, Object> settings) {
        return new AwsKmsProvider().open(ProviderConfig.of(settings), new ProviderContext("m", log, now::get));
    }

    private static void assertWorks(KekHandle kek) {
        assertThat(kek.describe(soon()).state()).isEqualTo(KekDescription.State.ENABLED);
    }

    private KmsException assertFails(Code code, Map<String, Object> settings) {
        try (KekHandle kek = open(settings)) {
            KmsException failure = failureOf(kek);
            assertThat(failure.code()).as("the code of %s", failure).isEqualTo(code);
            return failure;
        }
    }

    private static KmsException failureOf(KekHandle kek) {
        AtomicReference<KmsException> failure = new AtomicReference<>();
        assertThatExceptionOfType(KmsException.class)
                .isThrownBy(() -> kek.describe(soon()))
                .satisfies(failure::set);
        return failure.get();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(8));
    }
}
