package io.trousseau.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.aws.AwsFault;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsRegion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("An error of KMS")
class RefusalsTest {
    @TempDir
    static Path folder;

    private static AwsFixture fixture;
    private static FakeAwsRegion region;
    private static FakeAwsKey key;
    private static KekHandle kek;
    private static WrappedKey wrapped;

    @BeforeAll
    static void start() {
        fixture = AwsFixture.start(folder);
        region = fixture.aws().region(AwsFixture.REGION);
        key = fixture.aws().createKey(AwsFixture.REGION);
        kek = fixture.open(key.arn(), new ProviderContext("m", new RecordingLogger(), InstantSource.system()));
        wrapped = new WrappedKey(
                kek.wrap(new byte[32], WrapContext.empty(), soon()).ciphertext(),
                kek.describe(soon()).current());
    }

    @AfterAll
    static void stop() {
        kek.close();
        fixture.close();
    }

    @AfterEach
    void heal() {
        region.heal();
    }

    /** The rows of the table that users read. */
    static Stream<String[]> table() throws IOException {
        Pattern row = Pattern.compile("\\| *`(\\w+)` *\\| *(\\d{3}) *\\| *`([A-Z_]+)` *\\|.*");
        List<String[]> rows;
        try (Stream<String> lines = Files.lines(Path.of("README.md"))) {
            rows = lines.map(row::matcher)
                    .filter(Matcher::matches)
                    .map(match -> new String[] {match.group(1), match.group(2), match.group(3)})
                    .toList();
        }
        return rows.stream();
    }

    @ParameterizedTest(name = "{0} is {2}")
    @MethodSource("table")
    @DisplayName("has the code that the documentation gives, at each operation, and is told with KMS's request id")
    void row(String error, int status, Code code) {
        for (Map.Entry<String, Supplier<?>> call : calls().entrySet()) {
            // Once and for the second look: credentials that are refused are read again.
            region.always(call.getKey(), AwsFault.error(status, error));
            KmsException failure = failureOf(call.getValue());
            assertThat(failure.code())
                    .as("%s at %s: %s", error, call.getKey(), failure)
                    .isEqualTo(code);
            assertThat(failure)
                    .hasMessageContaining(call.getKey())
                    .hasMessageContaining(key.arn())
                    .hasMessageContaining(error)
                    .hasMessageContaining("request ")
                    .hasMessageNotContaining("scripted");
            region.heal();
        }
    }

    @Test
    @DisplayName("is in a table of some thirty rows")
    void wholeTable() throws IOException {
        assertThat(table().map(row -> row[0]))
                .hasSizeGreaterThan(25)
                .doesNotHaveDuplicates()
                .containsAll(Refusals.CODES.keySet());
    }

    @ParameterizedTest
    @CsvSource({
        "500, application/x-amz-json-1.1, {}, UNAVAILABLE",
        "502, text/html, <html>bad gateway</html>, UNAVAILABLE",
        "503, text/plain, busy, UNAVAILABLE",
        "504, text/html, <html>gateway timeout</html>, UNAVAILABLE",
        "429, text/plain, slow down, THROTTLED",
        "408, text/plain, too late, UNAVAILABLE",
        "403, text/html, <html>your proxy says no</html>, BAD_ANSWER",
        "404, text/html, <html>not found</html>, BAD_ANSWER",
        "302, text/html, <html>log in first</html>, BAD_ANSWER",
        "200, text/html, <html>log in first</html>, BAD_ANSWER",
        "400, application/x-amz-json-1.1, '{\"__type\":\"FutureException\"}', INTERNAL"
    })
    @DisplayName("that is none of KMS's is told by its HTTP status, and its text is not repeated")
    void otherAnswers(int status, String contentType, String body, Code code) {
        for (Map.Entry<String, Supplier<?>> call : calls().entrySet()) {
            region.next(call.getKey(), AwsFault.answer(status, contentType, body));
            KmsException failure = failureOf(call.getValue());
            assertThat(failure.code()).as("%s: %s", call.getKey(), failure).isEqualTo(code);
            assertThat(failure).hasMessageNotContaining("html").hasMessageNotContaining("proxy says");
        }
    }

    @Test
    @DisplayName("that denies names the permission that is missing")
    void denied() {
        for (Map.Entry<String, Supplier<?>> call : calls().entrySet()) {
            fixture.aws().iam().deny("kms:" + call.getKey());
            KmsException failure = failureOf(call.getValue());
            fixture.aws().iam().allow("kms:" + call.getKey());
            assertThat(failure.code()).isEqualTo(Code.PERMISSION_DENIED);
            assertThat(failure).hasMessageContaining("allow kms:" + call.getKey());
        }
    }

    @Test
    @DisplayName("about a clock that is wrong says so")
    void clock() {
        region.always("Encrypt", AwsFault.error(400, "RequestExpired"));
        assertThat(failureOf(calls().get("Encrypt"))).hasMessageContaining("clock");
    }

    private static Map<String, Supplier<?>> calls() {
        Map<String, Supplier<?>> calls = new HashMap<>();
        calls.put("Encrypt", () -> kek.wrap(new byte[32], WrapContext.empty(), soon()));
        calls.put("Decrypt", () -> kek.unwrap(wrapped, WrapContext.empty(), soon()));
        calls.put("DescribeKey", () -> kek.describe(soon()));
        return calls;
    }

    private static KmsException failureOf(Supplier<?> call) {
        try {
            return fail("must fail and answered %s", call.get());
        } catch (KmsException e) {
            return e;
        }
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(10));
    }
}
