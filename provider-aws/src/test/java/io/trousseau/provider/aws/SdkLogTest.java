package io.trousseau.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.aws.AwsFault;
import io.trousseau.testkit.aws.FakeAwsCredentials;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsRegion;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@DisplayName("With every logger of the SDK wide open")
class SdkLogTest {
    private static final byte[] SECRET = "a plaintext that nobody may see!".getBytes(StandardCharsets.US_ASCII);

    private static final String SIGNER = "software.amazon.awssdk.http.auth.aws.internal.signer.";

    @TempDir
    Path folder;

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level before = root.getLevel();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getLoggerName() + " " + event.getFormattedMessage()
                    + (event.getThrowableProxy() == null
                            ? ""
                            : ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
    };

    @BeforeEach
    void listen() {
        appender.start();
        root.addAppender(appender);
        root.setLevel(Level.TRACE);
    }

    @AfterEach
    void stopListening() {
        root.detachAppender(appender);
        root.setLevel(before);
    }

    @Test
    @DisplayName(
            "no plaintext and no secret key is logged or stands in a failure's trace, and a session token only at its signer")
    void nothingSecret() {
        RecordingLogger own = new RecordingLogger();
        List<String> secrets = new ArrayList<>();
        String sessionToken;
        try (AwsFixture fixture = AwsFixture.start(folder)) {
            FakeAwsRegion region = fixture.aws().region(AwsFixture.REGION);
            FakeAwsKey key = fixture.aws().createKey(AwsFixture.REGION);
            FakeAwsCredentials session = fixture.aws().iam().issueSession("r", "s", Duration.ofHours(1));
            fixture.write(session);
            secrets.add(session.secretAccessKey());
            sessionToken = session.sessionToken().orElseThrow();
            secrets.add(sessionToken);
            secrets.add(new String(SECRET, StandardCharsets.US_ASCII));
            String base64 = Base64.getEncoder().encodeToString(SECRET);
            secrets.add(base64);
            Map<String, Object> settings = new HashMap<>(fixture.settings(key.arn()));
            settings.put("roleArn", fixture.aws().iam().addRole("kms"));
            try (KekHandle kek = new AwsKmsProvider()
                    .open(ProviderConfig.of(settings), new ProviderContext("m", own, InstantSource.system()))) {
                WrappedKey wrapped = new WrappedKey(
                        kek.wrap(SECRET, WrapContext.empty(), soon()).ciphertext(),
                        kek.describe(soon()).current());
                try (UnwrapResult answer = kek.unwrap(wrapped, WrapContext.empty(), soon())) {
                    assertThat(answer.plaintext()).isEqualTo(SECRET);
                }
                for (String body : List.of(
                        base64,
                        "{\"Plaintext\":" + base64 + "}",
                        "{\"Plaintext\":\"" + base64 + "\"",
                        "{\"KeyId\":\"" + base64 + "\",\"Plaintext\":\"" + base64 + "\"}",
                        "{\"Plaintext\":\"" + base64 + "!\"}")) {
                    region.next("Decrypt", AwsFault.answer(200, "application/x-amz-json-1.1", body));
                    assertThatExceptionOfType(KmsException.class)
                            .isThrownBy(() -> kek.unwrap(wrapped, WrapContext.empty(), soon()))
                            .satisfies(e -> lines.add(traceOf(e)));
                }
            }
        }
        lines.addAll(own.lines());
        assertThat(lines).as("what was logged").hasSizeGreaterThan(20);
        for (String secret : secrets) {
            assertThat(lines)
                    // The signer prints the headers that it signs, and a session token, which is nothing alone, is one.
                    .filteredOn(line -> !(secret.equals(sessionToken) && line.startsWith(SIGNER)))
                    .noneMatch(line -> line.contains(secret));
        }
    }

    private static String traceOf(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(10));
    }
}
