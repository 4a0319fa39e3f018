package io.trousseau.provider.aws;

import static io.trousseau.api.KmsException.Code.INVALID_CIPHERTEXT;
import static io.trousseau.api.KmsException.Code.KEY_DISABLED;
import static io.trousseau.api.KmsException.Code.KEY_NOT_FOUND;
import static io.trousseau.api.KmsException.Code.THROTTLED;
import static io.trousseau.api.KmsException.Code.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.aws.AwsFault;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsKms;
import io.trousseau.testkit.aws.FakeAwsRegion;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A multi-Region key")
class RegionsTest {
    private static final String NEAR = "eu-central-1";
    private static final String FAR = "eu-west-1";
    private static final byte[] SECRET = new byte[32];

    @TempDir
    Path folder;

    private AwsFixture fixture;
    private FakeAwsRegion near;
    private FakeAwsRegion far;
    private FakeAwsKey key;

    @BeforeEach
    void start() {
        fixture = new AwsFixture(folder, FakeAwsKms.start(NEAR, FAR), NEAR, FAR);
        near = fixture.aws().region(NEAR);
        far = fixture.aws().region(FAR);
        key = fixture.aws().createMultiRegionKey(NEAR, FAR);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    @DisplayName(
            "is one KEK whatever region is configured, asked or named in the ARN, so that two members on it are seen")
    void oneIdentity() {
        fixture.aws().alias(NEAR, "alias/t", key);
        fixture.aws().alias(FAR, "alias/t", key);
        KekVersion truth =
                new KekVersion("arn:aws:kms::" + fixture.aws().account() + ":key/" + key.id(), key.currentMaterialId());
        for (String name : List.of(key.id(), key.arn(NEAR), key.arn(FAR), "alias/t")) {
            try (KekHandle kek = open(name)) {
                assertThat(kek.describe(soon()).current()).as(name).isEqualTo(truth);
            }
        }
        for (FakeAwsRegion only : List.of(near, far)) {
            Map<String, Object> settings = new HashMap<>(fixture.settings(key.arn(only.name())));
            settings.put("regions", List.of(only.name()));
            settings.put("endpoints", List.of(only.endpoint().toString()));
            settings.put("stsEndpoints", List.of(only.endpoint().toString()));
            try (KekHandle kek = open(settings)) {
                assertThat(kek.describe(soon()).current()).as(only.name()).isEqualTo(truth);
            }
        }
    }

    @Test
    @DisplayName("goes on wrapping and unwrapping in the next region when one is gone, and comes back")
    void regionGone() {
        try (KekHandle kek = open(key.id())) {
            WrappedKey before = wrap(kek);
            assertThat(far.actions()).isEmpty();

            near.down();
            assertUnwraps(kek, before);
            WrappedKey during = wrap(kek);
            assertThat(kek.describe(soon()).state()).isEqualTo(KekDescription.State.ENABLED);

            near.up();
            far.down();
            assertUnwraps(kek, during);
            assertUnwraps(kek, wrap(kek));
        }
    }

    @Test
    @DisplayName("is asked in the region that served last, not in one that was silent a moment ago")
    void silentRegionIsAskedOnce() {
        try (KekHandle kek = open(key.id())) {
            near.always("*", AwsFault.hold());
            WrappedKey wrapped = wrap(kek);
            for (int i = 0; i < 5; i++) {
                assertUnwraps(kek, wrapped);
            }
            assertThat(near.actions()).filteredOn("Encrypt"::equals).hasSize(1);
            assertThat(near.actions()).doesNotContain("Decrypt");
        }
    }

    @Test
    @DisplayName("is served elsewhere when its region drops packets, throttles or breaks, within one deadline")
    void transientFailures() throws IOException {
        for (AwsFault fault : List.of(
                AwsFault.throttle(),
                AwsFault.error(500, "KMSInternalException"),
                AwsFault.error(503, "ServiceUnavailable"),
                AwsFault.truncate(),
                AwsFault.drop(),
                AwsFault.hold(),
                AwsFault.answer(200, "text/html", "<html/>"))) {
            try (KekHandle kek = open(key.id())) {
                near.always("*", fault);
                assertUnwraps(kek, wrap(kek));
                near.heal();
            }
        }
        try (BadServer blackHole = BadServer.blackHole()) {
            Map<String, Object> settings = new HashMap<>(fixture.settings(key.id()));
            List<String> endpoints =
                    List.of(blackHole.uri().toString(), far.endpoint().toString());
            settings.put("endpoints", endpoints);
            settings.put("stsEndpoints", endpoints);
            settings.put("roleArn", fixture.aws().iam().addRole("kms"));
            try (KekHandle kek = open(settings)) {
                assertUnwraps(kek, wrap(kek));
            }
        }
    }

    @Test
    @DisplayName("that a region refuses is refused: what one has decided, the next is not asked")
    void decisionsStand() {
        try (KekHandle kek = open(key.id())) {
            WrappedKey wrapped = wrap(kek);
            key.setState(NEAR, "Disabled");
            assertThatExceptionOfType(KmsException.class)
                    .isThrownBy(() -> kek.wrap(SECRET, WrapContext.empty(), soon()))
                    .matches(e -> e.code() == KEY_DISABLED);
            assertThat(kek.describe(soon()).state()).isEqualTo(KekDescription.State.DISABLED);
            key.enable();
            WrappedKey damaged = new WrappedKey(new byte[184], wrapped.version());
            assertThatExceptionOfType(KmsException.class)
                    .isThrownBy(() -> kek.unwrap(damaged, WrapContext.empty(), soon()))
                    .matches(e -> e.code() == INVALID_CIPHERTEXT);
            assertThat(far.actions()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Disabled", "PendingDeletion", "none"})
    @DisplayName("is not gone because a region further back says so, while the one before it cannot be asked")
    void goneFurtherBack(String farState) {
        try (KekHandle kek = open(key.id())) {
            WrappedKey wrapped = wrap(kek);
            if (farState.equals("none")) {
                far.always("*", AwsFault.error(400, "NotFoundException"));
            } else {
                key.setState(FAR, farState);
            }
            near.down();
            // Also at the second time, when the far one is asked first.
            for (int i = 0; i < 2; i++) {
                for (ThrowingCallable call : List.<ThrowingCallable>of(
                        () -> kek.wrap(SECRET, WrapContext.empty(), soon()),
                        () -> kek.unwrap(wrapped, WrapContext.empty(), soon()),
                        () -> kek.describe(soon()))) {
                    assertThatExceptionOfType(KmsException.class)
                            .isThrownBy(call)
                            .matches(e -> e.code() == UNAVAILABLE)
                            .withMessageContaining(NEAR)
                            .satisfies(e -> assertThat(e.getSuppressed())
                                    .singleElement()
                                    .asString()
                                    .contains(FAR));
                }
            }
            near.up();
            assertUnwraps(kek, wrap(kek));
            key.setState(NEAR, "Disabled");
            assertThat(kek.describe(soon()).state()).isEqualTo(KekDescription.State.DISABLED);
            assertThatExceptionOfType(KmsException.class)
                    .isThrownBy(() -> kek.wrap(SECRET, WrapContext.empty(), soon()))
                    .matches(e -> e.code() == KEY_DISABLED);
        }
    }

    @Test
    @DisplayName("fails with what the last region said when none serves, and the others' failures beside it")
    void nowhere() {
        try (KekHandle kek = open(key.id())) {
            near.down();
            far.always("*", AwsFault.throttle());
            assertThatExceptionOfType(KmsException.class)
                    .isThrownBy(() -> kek.wrap(SECRET, WrapContext.empty(), soon()))
                    .matches(e -> e.code() == THROTTLED)
                    .withMessageContaining(FAR)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .singleElement()
                            .asString()
                            .contains(NEAR));
        }
    }

    @Test
    @DisplayName("is what several regions need: an alias that leads to a key of one region is refused")
    void singleRegionKeyUnderAlias() {
        FakeAwsKey single = fixture.aws().createKey(NEAR);
        fixture.aws().alias(NEAR, "alias/t", single);
        try (KekHandle kek = open("alias/t")) {
            assertThatExceptionOfType(KmsException.class)
                    .isThrownBy(() -> kek.describe(soon()))
                    .matches(e -> e.code() == KEY_NOT_FOUND)
                    .withMessageContaining("one region only");
            assertThatExceptionOfType(KmsException.class)
                    .isThrownBy(() -> kek.wrap(SECRET, WrapContext.empty(), soon()))
                    .matches(e -> e.code() == KEY_NOT_FOUND);
        }
    }

    @Test
    @DisplayName("whose alias leads to another key in another region never unwraps under that one")
    void aliasesThatDiffer() {
        FakeAwsKey another = fixture.aws().createMultiRegionKey(NEAR, FAR);
        fixture.aws().alias(NEAR, "alias/t", key);
        fixture.aws().alias(FAR, "alias/t", another);
        try (KekHandle kek = open("alias/t")) {
            WrappedKey wrapped = wrap(kek);
            near.down();
            assertUnwraps(kek, wrapped);
            WrappedKey elsewhere =
                    new WrappedKey(kek.wrap(SECRET, WrapContext.empty(), soon()).ciphertext(), wrapped.version());
            assertThatExceptionOfType(KmsException.class)
                    .isThrownBy(() -> kek.unwrap(elsewhere, WrapContext.empty(), soon()))
                    .matches(e -> e.code() == INVALID_CIPHERTEXT);
        }
    }

    private KekHandle open(String name) {
        return open(fixture.settings(name));
    }

    private static KekHandle open(Map<String, Object> settings) {
        return new AwsKmsProvider()
                .open(
                        ProviderConfig.of(settings),
                        new ProviderContext("m", new RecordingLogger(), InstantSource.system()));
    }

    private static WrappedKey wrap(KekHandle kek) {
        return new WrappedKey(
                kek.wrap(SECRET, WrapContext.empty(), soon()).ciphertext(),
                kek.describe(soon()).current());
    }

    private void assertUnwraps(KekHandle kek, WrappedKey wrapped) {
        try (UnwrapResult answer = kek.unwrap(wrapped, WrapContext.empty(), soon())) {
            assertThat(answer.plaintext()).isEqualTo(SECRET);
            assertThat(answer.version()).contains(wrapped.version());
        }
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(4));
    }
}
