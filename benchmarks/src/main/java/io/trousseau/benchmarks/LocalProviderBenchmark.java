package io.trousseau.benchmarks;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.provider.local.LocalKmsProvider;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** What does the provider {@code local} cost, which reads its key file again for every wrap? */
@SuppressWarnings("NullAway.Init")
public class LocalProviderBenchmark extends Measured {
    private static final WrapContext CONTEXT = WrapContext.of(Map.of("keyring", "benchmark"));

    private final byte[] key = new byte[LocalKek.BYTES];
    private Scratch scratch;
    private KekHandle kek;
    private WrappedKey wrapped;

    /** Opens a fresh key file. */
    @Setup
    public void open() throws IOException {
        scratch = new Scratch();
        kek = new LocalKmsProvider()
                .open(
                        ProviderConfig.of(Map.of("keyFile", scratch.keyFile())),
                        new ProviderContext("local", System.getLogger("benchmarks"), InstantSource.system()));
        WrapResult result = wrap();
        wrapped = new WrappedKey(result.ciphertext(), result.version().orElseThrow());
    }

    /** Closes and deletes it. */
    @TearDown
    public void close() throws IOException {
        kek.close();
        scratch.close();
    }

    /** What does one more copy of a local KEK cost? */
    @Benchmark
    public WrapResult wrap() {
        return kek.wrap(key, CONTEXT, Keks.soon());
    }

    /** What does the first open of a local KEK cost? */
    @Benchmark
    public int unwrap() {
        try (UnwrapResult result = kek.unwrap(wrapped, CONTEXT, Keks.soon())) {
            return result.plaintext().length;
        }
    }

    /** What does a copy cost that counts, which is one that was given back? */
    @Benchmark
    public int wrapAndUnwrap() {
        WrapResult copy = wrap();
        WrappedKey given = new WrappedKey(copy.ciphertext(), copy.version().orElseThrow());
        try (UnwrapResult result = kek.unwrap(given, CONTEXT, Keks.soon())) {
            return result.plaintext().length;
        }
    }
}
