package io.trousseau.benchmarks;

import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import java.util.Arrays;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What does reading what is stored cost? And can whoever writes to etcd make a node busy with bytes that mean nothing?
 */
@SuppressWarnings("NullAway.Init")
public class ParsingBenchmark extends Measured {
    /** How many of how many members open. */
    @Param({"1of1", "2of3"})
    public String policy;

    private byte[] blob;
    private byte[] header;
    private byte[] garbage;
    private byte[] tooLong;

    /** Makes the bytes. */
    @Setup
    public void seal() {
        Envelope envelope = Keks.of(policy).sealedElsewhere(new byte[32]);
        blob = envelope.toBytes();
        header = envelope.header().toBytes();
        garbage = new byte[header.length];
        new Random(1).nextBytes(garbage);
        tooLong = Arrays.copyOf(header, header.length + 1);
    }

    /** How long does a genuine header take? */
    @Benchmark
    public Header header() throws MalformedEnvelopeException {
        return Header.parse(header);
    }

    /** How long does a whole envelope take, as embedders store it? */
    @Benchmark
    public Envelope envelope() throws MalformedEnvelopeException {
        return Envelope.parse(blob);
    }

    /** How fast is noise refused? */
    @Benchmark
    public MalformedEnvelopeException garbage() {
        return refusalOf(garbage);
    }

    /** How fast is a header refused that is wrong only in its last byte? */
    @Benchmark
    public MalformedEnvelopeException oneByteTooMany() {
        return refusalOf(tooLong);
    }

    private static MalformedEnvelopeException refusalOf(byte[] bytes) {
        try {
            throw new AssertionError("was read as " + Header.parse(bytes));
        } catch (MalformedEnvelopeException e) {
            return e;
        }
    }
}
