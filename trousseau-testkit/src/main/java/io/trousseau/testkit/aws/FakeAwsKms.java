package io.trousseau.testkit.aws;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * AWS KMS of one account, with as much of STS as it takes to get credentials. Everything in it is real but the hardware:
 * AES-256-GCM with the encryption context as associated data, key states, key material that is replaced, multi-Region keys
 * that share their material, requests whose signature is verified, and roles whose credentials expire.
 *
 * <pre>{@code
 * try (FakeAwsKms aws = FakeAwsKms.start("eu-central-1")) {
 *     FakeAwsKey key = aws.createKey("eu-central-1");
 *     FakeAwsCredentials user = aws.iam().addUser("trousseau");
 *     // point a client at aws.region("eu-central-1").endpoint() ...
 *     aws.region("eu-central-1").next("Encrypt", AwsFault.throttle());
 *     key.rotate();
 * }
 * }</pre>
 *
 * <p>Not modelled, and refused: grants, key policies, asymmetric encryption, and every action that is not in the package's
 * list; keys are managed by the methods of this class. Safe for use by several threads.
 */
@SuppressWarnings({"ReturnValueIgnored"})
public final class FakeAwsKms implements AutoCloseable {
    private static final String ACCOUNT = "111122223333";

    private final String partition;
    private final InstantSource clock;
    private final FakeAwsIam iam;
    private final Map<String, FakeAwsRegion> regions = new ConcurrentHashMap<>();
    private final List<FakeAwsKey> keys = new CopyOnWriteArrayList<>();
    private final Map<String, FakeAwsKey> aliases = new ConcurrentHashMap<>();
    private final List<String> notModelled = new CopyOnWriteArrayList<>();

    private FakeAwsKms(InstantSource clock, List<String> regions) {
        this.partition = partitionOf(regions.get(0));
        this.clock = clock;
        this.iam = new FakeAwsIam(partition, ACCOUNT, clock);
        regions.forEach(region -> this.regions.put(region, new FakeAwsRegion(this, region)));
    }

    /** Starts the service in regions of one partition, one or more. */
    public static FakeAwsKms start(String... regions) {
        return start(InstantSource.system(), regions);
    }

    /** Starts the service with a clock, by which credentials expire and rotations are dated. */
    public static FakeAwsKms start(InstantSource clock, String... regions) {
        return new FakeAwsKms(clock, List.of(regions));
    }

    private static String partitionOf(String region) {
        return region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
    }

    /** The account that has the keys. */
    public String account() {
        return ACCOUNT;
    }

    /** Users, roles and denials. */
    public FakeAwsIam iam() {
        return iam;
    }

    /**
     * A region.
     *
     * @throws NoSuchElementException if the service was not started there
     */
    public FakeAwsRegion region(String name) {
        return Optional.ofNullable(regions.get(name))
                .orElseThrow(() -> new NoSuchElementException("the fake was not started in " + name));
    }

    /** Makes a symmetric key in one region. */
    public FakeAwsKey createKey(String region) {
        return add(UUID.randomUUID().toString(), FakeAwsKey.Kind.SYMMETRIC, List.of(region));
    }

    /** Makes a symmetric multi-Region key with a replica in each region. */
    public FakeAwsKey createMultiRegionKey(String... replicas) {
        return add(
                "mrk-" + UUID.randomUUID().toString().replace("-", ""), FakeAwsKey.Kind.SYMMETRIC, List.of(replicas));
    }

    /** Makes a symmetric key in a custom key store, whose material has no name and is never rotated. */
    public FakeAwsKey createKeyInCustomKeyStore(String region) {
        return add(UUID.randomUUID().toString(), FakeAwsKey.Kind.CUSTOM_KEY_STORE, List.of(region));
    }

    /** Makes a key that signs and does not encrypt. */
    public FakeAwsKey createSigningKey(String region) {
        return add(UUID.randomUUID().toString(), FakeAwsKey.Kind.SIGNING, List.of(region));
    }

    private FakeAwsKey add(String id, FakeAwsKey.Kind kind, List<String> where) {
        where.forEach(this::region);
        FakeAwsKey key = new FakeAwsKey(partition, ACCOUNT, id, kind, where, clock);
        keys.add(key);
        return key;
    }

    /**
     * Points an alias of a region at a key, or at another key.
     *
     * @param alias with its {@code alias/}
     */
    public void alias(String region, String alias, FakeAwsKey key) {
        key.state(region).orElseThrow(() -> new NoSuchElementException("the key is not in " + region));
        aliases.put("arn:" + partition + ":kms:" + region + ":" + ACCOUNT + ":" + alias, key);
    }

    List<FakeAwsKey> keysIn(String region) {
        return keys.stream().filter(key -> key.state(region).isPresent()).toList();
    }

    /** The key of a region by id, ARN, alias or alias ARN. */
    Optional<FakeAwsKey> find(String region, String asked) {
        String prefix = "arn:" + partition + ":kms:" + region + ":" + ACCOUNT + ":";
        String arn = asked.startsWith("arn:") ? asked : prefix + (asked.startsWith("alias/") ? asked : "key/" + asked);
        return Stream.concat(
                        Optional.ofNullable(aliases.get(arn)).stream(),
                        keysIn(region).stream().filter(key -> key.arn(region).equals(arn)))
                .findFirst();
    }

    void notModelled(String what) {
        notModelled.add(what);
    }

    /**
     * Ends the service. Idempotent.
     *
     * @throws IllegalStateException if something was asked for that is not modelled
     */
    @Override
    public void close() {
        regions.values().forEach(FakeAwsRegion::close);
        if (!notModelled.isEmpty()) {
            List<String> what = List.copyOf(notModelled);
            notModelled.clear();
            throw new IllegalStateException("the fake was asked for what it does not model: " + what);
        }
    }

    /** The account and the regions. */
    @Override
    public String toString() {
        return "FakeAwsKms[" + ACCOUNT + " in " + regions.values() + "]";
    }
}
