package io.trousseau.provider.aws;

import static io.trousseau.api.KmsException.Code.BAD_ANSWER;
import static io.trousseau.api.KmsException.Code.INVALID_CIPHERTEXT;
import static io.trousseau.api.KmsException.Code.KEY_DESTROYED;
import static io.trousseau.api.KmsException.Code.KEY_DISABLED;
import static io.trousseau.api.KmsException.Code.KEY_NOT_FOUND;
import static io.trousseau.api.KmsException.Code.TIMEOUT;
import static io.trousseau.api.KmsException.Code.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.aws.AwsFault;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsRegion;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A KEK in AWS KMS")
class AwsKekTest {
    private static final WrapContext CONTEXT = WrapContext.of(Map.of("b", "2", "a", "1"));
    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    private AwsFixture fixture;
    private FakeAwsRegion region;
    private FakeAwsKey key;

    @BeforeEach
    void start() {
        fixture = AwsFixture.start(folder);
        region = fixture.aws().region(AwsFixture.REGION);
        key = fixture.aws().createKey(AwsFixture.REGION);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    @DisplayName("is named by the ARN and the material id that KMS answers, whichever of its four names is configured")
    void namedByWhatIsAnswered() {
        fixture.aws().alias(AwsFixture.REGION, "alias/trousseau", key);
        String aliasArn = key.arn().replace("key/" + key.id(), "alias/trousseau");
        KekVersion truth = new KekVersion(key.arn(), key.currentMaterialId());
        for (String name : new String[] {key.id(), key.arn(), "alias/trousseau", aliasArn}) {
            try (KekHandle kek = open(name)) {
                assertThat(kek.describe(soon()).current()).as(name).isEqualTo(truth);
                try (UnwrapResult answer = kek.unwrap(wrap(kek), CONTEXT, soon())) {
                    assertThat(answer.plaintext()).isEqualTo(SECRET);
                    assertThat(answer.version()).as(name).contains(truth);
                }
            }
        }
    }

    @Test
    @DisplayName("is seen to be another when its alias points elsewhere; what the former one wrapped unwraps")
    void repointedAlias() {
        fixture.aws().alias(AwsFixture.REGION, "alias/trousseau", key);
        try (KekHandle kek = open("alias/trousseau")) {
            WrappedKey old = wrap(kek);
            FakeAwsKey next = fixture.aws().createKey(AwsFixture.REGION);
            fixture.aws().alias(AwsFixture.REGION, "alias/trousseau", next);

            assertThat(kek.describe(soon()).current()).isEqualTo(new KekVersion(next.arn(), next.currentMaterialId()));
            assertUnwraps(kek, old, key.currentMaterialId());
            assertUnwraps(kek, wrap(kek), next.currentMaterialId());
            WrappedKey mislabelled = new WrappedKey(old.ciphertext(), new KekVersion(next.arn(), "any"));
            assertFails(INVALID_CIPHERTEXT, () -> kek.unwrap(mislabelled, CONTEXT, soon()));
        }
    }

    @Test
    @DisplayName("never unwraps for a key of another account or region, and does not ask")
    void otherAccounts() {
        try (KekHandle kek = open(key.id())) {
            WrappedKey wrapped = wrap(kek);
            int asked = region.actions().size();
            for (String other : new String[] {
                key.arn().replace(fixture.aws().account(), "999999999999"),
                key.arn().replace(AwsFixture.REGION, "eu-west-1"),
                key.arn().replace("arn:aws:", "arn:aws-cn:"),
                key.arn().replace("key/", "alias/")
            }) {
                assertFails(
                        KEY_NOT_FOUND,
                        () -> kek.unwrap(
                                new WrappedKey(wrapped.ciphertext(), new KekVersion(other, "any")), CONTEXT, soon()));
            }
            assertThat(region.actions()).hasSize(asked);
        }
    }

    @Test
    @DisplayName("asks KMS once for the account of a key that is configured without one, before it unwraps for it")
    void accountIsAsked() {
        WrappedKey wrapped;
        try (KekHandle first = open(key.id())) {
            wrapped = wrap(first);
        }
        int before = region.actions().size();
        try (KekHandle kek = open(key.id())) {
            assertUnwraps(kek, wrapped, key.currentMaterialId());
            assertUnwraps(kek, wrapped, key.currentMaterialId());
        }
        assertThat(region.actions().subList(before, region.actions().size()))
                .filteredOn(action -> !action.equals("GetCallerIdentity"))
                .containsExactly("DescribeKey", "Decrypt", "Decrypt");
    }

    @Test
    @DisplayName("in a custom key store, whose material has no name, has the one version \"only\"")
    void customKeyStore() {
        FakeAwsKey unnamed = fixture.aws().createKeyInCustomKeyStore(AwsFixture.REGION);
        try (KekHandle kek = open(unnamed.arn())) {
            assertThat(kek.describe(soon()).current()).isEqualTo(new KekVersion(unnamed.arn(), "only"));
            assertUnwraps(kek, wrap(kek), "only");
        }
    }

    @Test
    @DisplayName("that signs instead of encrypting is refused by every call, with the way out")
    void signingKey() {
        FakeAwsKey signing = fixture.aws().createSigningKey(AwsFixture.REGION);
        try (KekHandle kek = open(signing.arn())) {
            assertThat(assertFails(KEY_DISABLED, () -> kek.describe(soon())))
                    .hasMessageContaining("SIGN_VERIFY")
                    .hasMessageContaining("SYMMETRIC_DEFAULT");
            assertThat(assertFails(KEY_DISABLED, () -> kek.wrap(SECRET, CONTEXT, soon())))
                    .hasMessageContaining("ENCRYPT_DECRYPT");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Enabled, ENABLED",
        "Updating, ENABLED",
        "Disabled, DISABLED",
        "PendingImport, DISABLED",
        "PendingDeletion, DESTRUCTION_SCHEDULED",
        "PendingReplicaDeletion, DESTRUCTION_SCHEDULED"
    })
    @DisplayName("is described in each state")
    void described(String awsState, KekDescription.State state) {
        key.setState(AwsFixture.REGION, awsState);
        try (KekHandle kek = open(key.arn())) {
            assertThat(kek.describe(soon()).state()).isEqualTo(state);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Disabled, KEY_DISABLED",
        "PendingImport, KEY_DISABLED",
        "PendingDeletion, KEY_DESTROYED",
        "PendingReplicaDeletion, KEY_DESTROYED",
        "Unavailable, UNAVAILABLE",
        "Creating, UNAVAILABLE"
    })
    @DisplayName("refuses in each state with the code that the state has, though KMS has one error for most")
    void refuses(String awsState, Code code) {
        try (KekHandle kek = open(key.arn())) {
            WrappedKey wrapped = wrap(kek);
            key.setState(AwsFixture.REGION, awsState);
            assertFails(code, () -> kek.wrap(SECRET, CONTEXT, soon()));
            assertFails(code, () -> kek.unwrap(wrapped, CONTEXT, soon()));
            if (code == UNAVAILABLE) {
                assertThat(assertFails(code, () -> kek.describe(soon()))).hasMessageContaining(awsState);
            }
        }
    }

    @Test
    @DisplayName("whose state may not be asked for stays transiently unavailable, not destroyed")
    void stateUnknown() {
        try (KekHandle kek = open(key.arn())) {
            key.setState(AwsFixture.REGION, "PendingDeletion");
            fixture.aws().iam().deny("kms:DescribeKey");
            assertFails(UNAVAILABLE, () -> kek.wrap(SECRET, CONTEXT, soon()));
        }
    }

    @Test
    @DisplayName("whose state is answered without one stays transiently unavailable too")
    void stateMissing() {
        try (KekHandle kek = open(key.arn())) {
            region.always("Encrypt", AwsFault.error(400, "KMSInvalidStateException"));
            region.always("DescribeKey", AwsFault.answer(200, "application/x-amz-json-1.1", "{}"));
            assertFails(UNAVAILABLE, () -> kek.wrap(SECRET, CONTEXT, soon()));
        }
    }

    @Test
    @DisplayName("tells when its deletion is scheduled, or its imported material expires")
    void scheduledDeath() {
        Instant end = Instant.now().plus(7, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
        try (KekHandle kek = open(key.arn())) {
            key.scheduleDeletion(end);
            assertThat(kek.describe(soon()).destructionAt()).contains(end);
            assertFails(KEY_DESTROYED, () -> kek.wrap(SECRET, CONTEXT, soon()));
            key.cancelDeletion();
            assertThat(kek.describe(soon()).state()).isEqualTo(KekDescription.State.DISABLED);
            key.enable();
            assertThat(kek.describe(soon()).destructionAt()).isEmpty();
            key.expireMaterialAt(end);
            assertThat(kek.describe(soon()).destructionAt()).contains(end);
            assertThat(kek.describe(soon()).state()).isEqualTo(KekDescription.State.ENABLED);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"KeyId\":\"ARN\"}",
                "{\"KeyId\":\"ARN\",\"CiphertextBlob\":\"\"}",
                "{\"CiphertextBlob\":\"AQID\"}",
                "{\"KeyId\":\"alias/trousseau\",\"CiphertextBlob\":\"AQID\"}",
                "{\"KeyId\":\"ARN-x\",\"CiphertextBlob\":\"AQID\"}",
                "<html>all is well</html>",
                ""
            })
    @DisplayName("takes no success of Encrypt that is not one")
    void badEncryptAnswers(String body) {
        try (KekHandle kek = open(key.arn())) {
            region.next("Encrypt", AwsFault.answer(200, "application/x-amz-json-1.1", body.replace("ARN", key.arn())));
            assertFails(BAD_ANSWER, () -> kek.wrap(SECRET, CONTEXT, soon()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"KeyId\":\"ARN\"}",
                "{\"KeyId\":\"ARN\",\"Plaintext\":\"\"}",
                "{\"Plaintext\":\"SECRET\"}",
                "{\"KeyId\":\"ARN-x\",\"Plaintext\":\"SECRET\"}",
                "{\"KeyId\":\"ID\",\"Plaintext\":\"SECRET\"}",
                "{\"KeyId\":\"ARN\",\"Plaintext\":\"SECRET\",\"KeyMaterialId\":\"\"}",
                "{\"KeyId\":\"ARN\",\"Plaintext\":\"SE"
            })
    @DisplayName("takes no success of Decrypt that is not one, and tells nothing of what was in it")
    void badDecryptAnswers(String body) {
        try (KekHandle kek = open(key.arn())) {
            WrappedKey wrapped = wrap(kek);
            String secret = Base64.getEncoder().encodeToString(SECRET);
            region.next(
                    "Decrypt",
                    AwsFault.answer(
                            200,
                            "application/x-amz-json-1.1",
                            body.replace("ARN", key.arn())
                                    .replace("ID\"", key.id() + "\"")
                                    .replace("SECRET", secret)));
            assertThat(assertFails(BAD_ANSWER, () -> kek.unwrap(wrapped, CONTEXT, soon())))
                    .hasMessageNotContaining(secret);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"KeyMetadata\":{}}",
                "{\"KeyMetadata\":{\"KeyId\":\"x\",\"Arn\":\"x\"}}",
                "{\"KeyMetadata\":{\"KeyId\":\"x\",\"Arn\":\"ARN\",\"KeyState\":\"Enabled\"}}",
                "[]",
                "null"
            })
    @DisplayName("takes no success of DescribeKey that is not one")
    void badDescriptions(String body) {
        try (KekHandle kek = open(key.arn())) {
            region.next(
                    "DescribeKey", AwsFault.answer(200, "application/x-amz-json-1.1", body.replace("ARN", key.arn())));
            assertFails(BAD_ANSWER, () -> kek.describe(soon()));
        }
    }

    @Test
    @DisplayName("leaves no thread when it is closed, neither its own nor the SDK's, also with a call under way")
    void threads() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        List<String> names = new ArrayList<>();
        try (KekHandle kek = open(key.arn())) {
            wrap(kek);
            region.always("*", AwsFault.hold());
            assertFails(TIMEOUT, () -> kek.describe(Deadline.after(Duration.ofMillis(300))));
            newThreads(before).forEach(thread -> names.add(thread.getName()));
        }
        region.heal();
        assertThat(names).anyMatch(name -> name.startsWith("trousseau-aws-m-"));
        await().until(() -> newThreads(before).findAny().isEmpty());
    }

    /** The threads that came since, but for the fake's. */
    private static Stream<Thread> newThreads(Set<Thread> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .filter(thread -> thread.getName().startsWith("trousseau-aws-")
                        || thread.getName().startsWith("sdk-"));
    }

    @Test
    @DisplayName("makes one attempt per call, whatever goes wrong")
    void oneAttempt() {
        try (KekHandle kek = open(key.arn())) {
            for (AwsFault fault : new AwsFault[] {
                AwsFault.drop(),
                AwsFault.truncate(),
                AwsFault.throttle(),
                AwsFault.error(500, "KMSInternalException"),
                AwsFault.error(503, "ServiceUnavailable"),
                AwsFault.error(400, "AccessDeniedException"),
                AwsFault.error(400, "RequestTimeoutException")
            }) {
                region.always("Encrypt", fault);
                long before = encrypts();
                assertThatExceptionOfType(KmsException.class).isThrownBy(() -> kek.wrap(SECRET, CONTEXT, soon()));
                assertThat(encrypts() - before).as("attempts with %s", fault).isEqualTo(1);
            }
        }
    }

    private long encrypts() {
        return region.actions().stream().filter("Encrypt"::equals).count();
    }

    private KekHandle open(String name) {
        return fixture.open(name, new ProviderContext("m", new RecordingLogger(), InstantSource.system()));
    }

    private static WrappedKey wrap(KekHandle kek) {
        return new WrappedKey(
                kek.wrap(SECRET, CONTEXT, soon()).ciphertext(),
                kek.describe(soon()).current());
    }

    private static void assertUnwraps(KekHandle kek, WrappedKey wrapped, String version) {
        try (UnwrapResult answer = kek.unwrap(wrapped, CONTEXT, soon())) {
            assertThat(answer.plaintext()).isEqualTo(SECRET);
            assertThat(answer.version())
                    .contains(new KekVersion(wrapped.version().identity(), version));
        }
    }

    private static KmsException assertFails(Code code, Supplier<?> call) {
        try {
            return fail("must fail with %s and answered %s", code, call.get());
        } catch (KmsException e) {
            assertThat(e.code()).as("the code of %s", e).isEqualTo(code);
            return e;
        }
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(10));
    }
}
