package io.trousseau.provider.aws;

import static io.trousseau.api.KmsException.Code.BAD_ANSWER;
import static io.trousseau.api.KmsException.Code.THROTTLED;
import static io.trousseau.api.KmsException.Code.TIMEOUT;
import static io.trousseau.api.KmsException.Code.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.aws.AwsFault;
import io.trousseau.testkit.aws.FakeAwsKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Every call ends by its deadline, and says why")
class DeadlineTest {
    private static final Duration DEADLINE = Duration.ofMillis(700);

    /** Below what connecting to nobody, a server or the SDK's retries take; far above what a busy machine adds. */
    private static final Duration LIMIT = Duration.ofMillis(2500);

    @TempDir
    Path folder;

    private AwsFixture fixture;
    private FakeAwsKey key;

    @BeforeEach
    void start() {
        fixture = AwsFixture.start(folder);
        key = fixture.aws().createKey(AwsFixture.REGION);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    interface Opening {
        BadServer server() throws IOException;
    }

    static Stream<Arguments> badServers() {
        return Stream.of(
                Arguments.of("refuses", (Opening) BadServer::refusing, List.of(UNAVAILABLE)),
                Arguments.of("drops packets", (Opening) BadServer::blackHole, List.of(TIMEOUT)),
                Arguments.of("is silent", (Opening) BadServer::silent, List.of(TIMEOUT)),
                Arguments.of("drips", (Opening) BadServer::dripping, List.of(TIMEOUT)),
                Arguments.of("shows a certificate of nobody", (Opening) BadServer::untrusted, List.of(UNAVAILABLE)),
                Arguments.of("does not speak TLS", (Opening) BadServer::withoutTls, List.of(UNAVAILABLE)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badServers")
    @DisplayName("when the server of KMS")
    void badServer(String what, Opening opening, List<Code> codes) throws IOException {
        try (BadServer server = opening.server()) {
            Map<String, Object> settings = new HashMap<>(fixture.settings(key.arn()));
            settings.put("endpoints", List.of(server.uri().toString()));
            try (KekHandle kek = open(settings)) {
                assertEveryCallFails(kek, codes);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badServers")
    @DisplayName("when it needs a role, and the server of STS")
    void badSts(String what, Opening opening, List<Code> codes) throws IOException {
        try (BadServer server = opening.server()) {
            Map<String, Object> settings = new HashMap<>(fixture.settings(key.arn()));
            settings.put("stsEndpoints", List.of(server.uri().toString()));
            settings.put("roleArn", fixture.aws().iam().addRole("kms"));
            try (KekHandle kek = open(settings)) {
                // What goes wrong below STS is all one to who cannot get credentials; only the deadline shows.
                assertEveryCallFails(kek, List.of(UNAVAILABLE, TIMEOUT));
            }
        }
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of("10 s late", AwsFault.delay(Duration.ofSeconds(10)), TIMEOUT),
                Arguments.of("500 for ever", AwsFault.error(500, "KMSInternalException"), UNAVAILABLE),
                Arguments.of("throttling for ever", AwsFault.throttle(), THROTTLED),
                Arguments.of("no more than half a body", AwsFault.truncate(), BAD_ANSWER),
                Arguments.of("no body, and the end", AwsFault.drop(), UNAVAILABLE),
                Arguments.of(
                        "another content type", AwsFault.answer(200, "text/html", "<html>hello</html>"), BAD_ANSWER));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    @DisplayName("when the answer is")
    void fault(String what, AwsFault fault, Code code) {
        try (KekHandle kek = open(fixture.settings(key.arn()))) {
            fixture.aws().region(AwsFixture.REGION).always("*", fault);
            assertEveryCallFails(kek, List.of(code));
            fixture.aws().region(AwsFixture.REGION).heal();
            assertThat(kek.describe(Deadline.after(Duration.ofSeconds(10))).current())
                    .isEqualTo(new KekVersion(key.arn(), key.currentMaterialId()));
        }
    }

    @Test
    @DisplayName("when the host has no name")
    void unknownHost() {
        Map<String, Object> settings = new HashMap<>(fixture.settings(key.arn()));
        settings.put("endpoints", List.of("https://kms.invalid"));
        try (KekHandle kek = open(settings)) {
            assertEveryCallFails(kek, List.of(UNAVAILABLE, TIMEOUT));
        }
    }

    private static KekHandle open(Map<String, Object> settings) {
        return new AwsKmsProvider()
                .open(
                        ProviderConfig.of(settings),
                        new ProviderContext("m", new RecordingLogger(), InstantSource.system()));
    }

    private void assertEveryCallFails(KekHandle kek, List<Code> codes) {
        WrappedKey wrapped = new WrappedKey(new byte[184], new KekVersion(key.arn(), "any"));
        assertFails(codes, deadline -> kek.wrap(new byte[32], WrapContext.empty(), deadline));
        assertFails(codes, deadline -> kek.unwrap(wrapped, WrapContext.empty(), deadline));
        assertFails(codes, kek::describe);
    }

    private static void assertFails(List<Code> codes, Consumer<Deadline> call) {
        Deadline limit = Deadline.after(LIMIT);
        try {
            call.accept(Deadline.after(DEADLINE));
            fail("must fail with one of %s", codes);
        } catch (KmsException e) {
            assertThat(e.code()).as("the code of %s", e).isIn(codes);
        }
        assertThat(limit.hasPassed()).as("took more than %s", LIMIT).isFalse();
    }
}
