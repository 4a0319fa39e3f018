package io.trousseau.provider.aws;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.FailureTable;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.aws.AwsFault;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsRegion;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("docs/aws.md")
@Timeout(60)
class GuideTest {
    @TempDir
    Path folder;

    private final List<KmsException> failures = new ArrayList<>();

    @Test
    @DisplayName("tells each failure in the words of the provider")
    void failures() throws Exception {
        try (AwsFixture fixture = AwsFixture.start(folder)) {
            ofTheKey(fixture);
            ofTheService(fixture);
            ofTheWay(fixture);
        }
        FailureTable.in(Path.of("../docs/aws.md"), "What each failure looks like")
                .hasTheTextsOf(failures);
    }

    private void ofTheKey(AwsFixture fixture) {
        FakeAwsKey key = fixture.aws().createKey(AwsFixture.REGION);
        try (KekHandle kek = fixture.open(key.arn(), context())) {
            WrappedKey wrapped = new WrappedKey(
                    kek.wrap(new byte[32], WrapContext.empty(), soon()).ciphertext(),
                    kek.describe(soon()).current());
            byte[] changed = wrapped.ciphertext();
            changed[changed.length - 1] ^= 1;
            fails(() -> kek.unwrap(new WrappedKey(changed, wrapped.version()), WrapContext.empty(), soon()));
            key.disable();
            fails(kek);
            key.scheduleDeletion(Instant.now().plus(Duration.ofDays(7)));
            fails(kek);
        }
        fails(fixture.settings(key.arn().replaceFirst("key/.*", "key/00000000-0000-0000-0000-000000000000")));
        fails(fixture.settings(fixture.aws().createSigningKey(AwsFixture.REGION).arn()));
    }

    private void ofTheService(AwsFixture fixture) {
        FakeAwsRegion region = fixture.aws().region(AwsFixture.REGION);
        FakeAwsKey key = fixture.aws().createKey(AwsFixture.REGION);
        try (KekHandle kek = fixture.open(key.arn(), context())) {
            fixture.aws().iam().deny("kms:Encrypt");
            fails(kek);
            fixture.aws().iam().allow("kms:Encrypt");
            for (String error :
                    List.of("DisabledException", "RequestExpired", "ThrottlingException", "KMSInternalException")) {
                region.always("Encrypt", AwsFault.error(400, error));
                fails(kek);
            }
            // The state is asked for only at this one.
            region.always("Encrypt", AwsFault.error(400, "KMSInvalidStateException"));
            key.setState(AwsFixture.REGION, "Disabled");
            fails(kek);
            region.heal();
            key.enable();
            region.always("Encrypt", AwsFault.answer(403, "text/html", "<html>"));
            fails(kek);
            region.heal();
            fixture.aws().iam().revoke(fixture.user());
            fails(kek);
        }
    }

    private void ofTheWay(AwsFixture fixture) throws Exception {
        String key = fixture.aws().createKey(AwsFixture.REGION).arn();
        failsAt(fixture, key, "https://kms.invalid");
        try (BadServer server = BadServer.refusing()) {
            failsAt(fixture, key, server.uri().toString());
        }
        try (BadServer server = BadServer.untrusted()) {
            failsAt(fixture, key, server.uri().toString());
        }
        try (BadServer server = BadServer.silent();
                KekHandle kek = open(at(server.uri().toString(), fixture, key))) {
            fails(() -> kek.wrap(new byte[32], WrapContext.empty(), Deadline.after(Duration.ofMillis(500))));
        }
    }

    private void failsAt(AwsFixture fixture, String key, String endpoint) {
        fails(at(endpoint, fixture, key));
    }

    private static Map<String, Object> at(String endpoint, AwsFixture fixture, String key) {
        Map<String, Object> settings = new HashMap<>(fixture.settings(key));
        settings.put("endpoints", List.of(endpoint));
        return settings;
    }

    /** What a wrap fails with under these settings. */
    private void fails(Map<String, Object> settings) {
        try (KekHandle kek = open(settings)) {
            fails(kek);
        }
    }

    private static KekHandle open(Map<String, Object> settings) {
        return new AwsKmsProvider().open(ProviderConfig.of(settings), context());
    }

    private void fails(KekHandle kek) {
        fails(() -> kek.wrap(new byte[32], WrapContext.empty(), soon()));
    }

    private void fails(Runnable call) {
        failures.add(catchThrowableOfType(KmsException.class, call::run));
    }

    private static ProviderContext context() {
        return new ProviderContext("m", new RecordingLogger(), InstantSource.system());
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(10));
    }
}
