package io.trousseau.provider.gcp;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.assertj.core.api.Assertions;

/** A handle with short names for what tests do with it. */
final class OpenKek implements AutoCloseable {
    static final String KEY = "projects/acme-prod/locations/europe-west3/keyRings/kubernetes/cryptoKeys/secrets";
    static final WrapContext CONTEXT = WrapContext.of(Map.of("keyring", "prod", "k", "1"));
    static final byte[] PLAINTEXT =
            "0123456789abcdef0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    final KekHandle handle;
    final RecordingLogger log = new RecordingLogger();

    private OpenKek(Map<String, Object> settings, Map<String, String> environment, Path home) {
        handle = new GcpKmsProvider(environment, home)
                .open(ProviderConfig.of(settings), new ProviderContext("gcp-eu", log, InstantSource.system()));
    }

    static OpenKek on(FakeGoogleKms kms) {
        return at(kms.endpoint());
    }

    static OpenKek at(String endpoint) {
        return with(Map.of("key", KEY, "endpoint", endpoint));
    }

    static OpenKek with(Map<String, Object> settings) {
        return new OpenKek(settings, Map.of(), Path.of("/nonexistent"));
    }

    static OpenKek with(Map<String, Object> settings, Map<String, String> environment, Path home) {
        return new OpenKek(settings, environment, home);
    }

    WrappedKey wrap() {
        return wrap(soon());
    }

    WrappedKey wrap(Deadline deadline) {
        WrapResult result = handle.wrap(PLAINTEXT, CONTEXT, deadline);
        return new WrappedKey(result.ciphertext(), result.version().orElseThrow());
    }

    byte[] unwrap(WrappedKey wrapped) {
        try (UnwrapResult result = handle.unwrap(wrapped, CONTEXT, soon())) {
            return result.plaintext();
        }
    }

    KekVersion current() {
        return handle.describe(soon()).current();
    }

    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(10));
    }

    static KmsException failureOf(Runnable call) {
        return Assertions.catchThrowableOfType(KmsException.class, call::run);
    }

    @Override
    public void close() {
        handle.close();
    }
}
