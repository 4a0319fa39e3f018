package io.trousseau.benchmarks;

import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.Keyring;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What does the first open of a local KEK cost beside the KMS's own time, such as after a restart, once for each local
 * KEK? And what do more members add?
 */
@SuppressWarnings("NullAway.Init")
public class ColdOpenBenchmark extends Measured {
    /** How many of how many members open. */
    @Param({"1of1", "2of3"})
    public String policy;

    private Keyring keyring;
    private Envelope next;
    private Envelope afterNext;

    /** Opens a keyring that remembers one local KEK, and seals elsewhere under two others. */
    @Setup
    public void open() {
        Keks keks = Keks.of(policy);
        next = keks.sealedElsewhere(new byte[32]);
        afterNext = keks.sealedElsewhere(new byte[32]);
        keyring = keks.open(keks.config().maxCachedLocalKeks(1));
        // Until its members are known it would ask them in another order.
        keyring.settled().join();
    }

    /** Closes the keyring. */
    @TearDown
    public void close() {
        keyring.close();
    }

    /** Opens the two by turns: each has driven the other from memory, so that its members are asked again. */
    @Benchmark
    public byte[] openAfterUnwrap() {
        Envelope envelope = next;
        next = afterNext;
        afterNext = envelope;
        return keyring.open(envelope, Keks.PURPOSE, Keks.ASSOCIATED_DATA, Keks.soon());
    }
}
