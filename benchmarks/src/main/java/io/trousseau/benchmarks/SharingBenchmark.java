package io.trousseau.benchmarks;

import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.sharing.SecretSharing;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** What does arithmetic without branches and tables cost, once for each local KEK, when two or more members must agree? */
@SuppressWarnings("NullAway.Init")
public class SharingBenchmark extends Measured {
    /** How many of how many members open. */
    @Param({"2of3", "3of5"})
    public String policy;

    private final SecureRandom random = new SecureRandom();
    private final byte[] secret = new byte[LocalKek.BYTES];
    private int threshold;
    private int members;
    private Map<Integer, byte[]> shares;

    /** Splits once, for {@link #join}. */
    @Setup
    public void prepare() {
        String[] numbers = policy.split("of", 2);
        threshold = Integer.parseInt(numbers[0]);
        members = Integer.parseInt(numbers[1]);
        random.nextBytes(secret);
        shares = new LinkedHashMap<>(split());
        while (shares.size() > threshold) {
            shares.remove(shares.keySet().iterator().next());
        }
    }

    /** What does a new local KEK cost? */
    @Benchmark
    public Map<Integer, byte[]> split() {
        return SecretSharing.split(secret, threshold, members, random);
    }

    /** What does the first open cost? */
    @Benchmark
    public byte[] join() {
        return SecretSharing.join(shares);
    }
}
