package io.trousseau.benchmarks;

import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.localkek.LocalKek;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What does it cost to seal and to open while the local KEK is in memory, which is nearly always?
 *
 * <p>kube-apiserver sends 32 bytes; who embeds the keyring may send more.
 */
@SuppressWarnings("NullAway.Init")
public class SealOpenBenchmark extends Measured {
    /** The payload, in bytes. */
    @Param({"32", "1024", "65536"})
    public int bytes;

    private byte[] payload;
    private Keyring keyring;
    private Envelope envelope;

    /** Opens a keyring over one KEK. */
    @Setup
    public void open() {
        payload = new byte[bytes];
        Keks keks = new Keks(1, 1);
        // The default would have a new local KEK made every few seconds of this.
        keyring = keks.open(keks.config().localKekSoftUses(LocalKek.HARD_USES));
        envelope = keyring.seal(payload, Keks.PURPOSE, Keks.ASSOCIATED_DATA, Keks.soon());
    }

    /** Closes the keyring. */
    @TearDown
    public void close() {
        keyring.close();
    }

    /** What does a write cost? */
    @Benchmark
    public Envelope seal() {
        return keyring.seal(payload, Keks.PURPOSE, Keks.ASSOCIATED_DATA, Keks.soon());
    }

    /** What does a read cost? */
    @Benchmark
    public byte[] openFromMemory() {
        return keyring.open(envelope, Keks.PURPOSE, Keks.ASSOCIATED_DATA, Keks.soon());
    }
}
