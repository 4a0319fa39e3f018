package io.trousseau.testkit.aws;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A KMS key of the fake: its material, which all regions share, and its state in each region. Safe for use by several
 * threads.
 */
public final class FakeAwsKey {
    /** What {@code DescribeKey} says of a key in one region: its state, and when it ends if that is scheduled. */
    record RegionalState(String state, Optional<Instant> deletionDate) {}

    /** What kind of key it is. */
    enum Kind {
        SYMMETRIC("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "AWS_KMS"),
        CUSTOM_KEY_STORE("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "AWS_CLOUDHSM"),
        SIGNING("SIGN_VERIFY", "ECC_NIST_P256", "AWS_KMS");

        private final String usage;
        private final String spec;
        private final String origin;

        Kind(String usage, String spec, String origin) {
            this.usage = usage;
            this.spec = spec;
            this.origin = origin;
        }

        String usage() {
            return usage;
        }

        String spec() {
            return spec;
        }

        String origin() {
            return origin;
        }
    }

    private final String partition;
    private final String account;
    private final String id;
    private final Kind kind;
    private final InstantSource clock;
    private final Instant created;
    private final List<KeyMaterial> materials = new CopyOnWriteArrayList<>();
    private final Map<String, RegionalState> states = new ConcurrentHashMap<>();
    private volatile Optional<Instant> materialExpiry = Optional.empty();

    FakeAwsKey(String partition, String account, String id, Kind kind, List<String> regions, InstantSource clock) {
        this.partition = partition;
        this.account = account;
        this.id = id;
        this.kind = kind;
        this.clock = clock;
        this.created = clock.instant();
        materials.add(new KeyMaterial(id, created));
        regions.forEach(region -> states.put(region, new RegionalState("Enabled", Optional.empty())));
    }

    /** The key id, which starts with {@code mrk-} for a multi-Region key. */
    public String id() {
        return id;
    }

    /** The ARN of the key in its only region, or of the replica in the first of them by name. */
    public String arn() {
        return arn(new TreeMap<>(states).firstKey());
    }

    /** The ARN in a region. */
    public String arn(String region) {
        return "arn:" + partition + ":kms:" + region + ":" + account + ":key/" + id;
    }

    /** The id of the material that encrypts now. */
    public String currentMaterialId() {
        return current().id();
    }

    /** Rotates: new material encrypts from now on, the old goes on decrypting. */
    public void rotate() {
        if (kind != Kind.SYMMETRIC) {
            throw new IllegalStateException("the service does not rotate such a key");
        }
        materials.add(new KeyMaterial(id, clock.instant()));
    }

    /** Disables the key in every region. */
    public void disable() {
        states.keySet().forEach(region -> setState(region, "Disabled"));
    }

    /** Enables the key in every region. */
    public void enable() {
        states.keySet().forEach(region -> setState(region, "Enabled"));
    }

    /** Schedules the deletion of the key in every region. */
    public void scheduleDeletion(Instant at) {
        states.replaceAll((region, before) -> new RegionalState("PendingDeletion", Optional.of(at)));
    }

    /** Cancels the deletion in every region: as at the service, the key is disabled then. */
    public void cancelDeletion() {
        disable();
    }

    /**
     * Sets the state in one region.
     *
     * @param state a {@code KeyState}: {@code Enabled}, {@code Disabled}, {@code PendingDeletion}, {@code PendingImport},
     *     {@code PendingReplicaDeletion}, {@code Unavailable}, {@code Creating}, {@code Updating}
     */
    public void setState(String region, String state) {
        if (states.replace(region, new RegionalState(state, Optional.empty())) == null) {
            throw new NoSuchElementException("the key is not in " + region);
        }
    }

    /** Makes the key one of imported material that expires. */
    public void expireMaterialAt(Instant at) {
        materialExpiry = Optional.of(at);
    }

    /** The state in a region; nothing if the key is not there. */
    Optional<RegionalState> state(String region) {
        return Optional.ofNullable(states.get(region));
    }

    List<String> regions() {
        return List.copyOf(new TreeMap<>(states).keySet());
    }

    Kind kind() {
        return kind;
    }

    String account() {
        return account;
    }

    Instant created() {
        return created;
    }

    Optional<Instant> materialExpiry() {
        return materialExpiry;
    }

    boolean multiRegion() {
        return id.startsWith("mrk-");
    }

    /** Whether the service names the material of such a key. */
    boolean namesMaterial() {
        return kind == Kind.SYMMETRIC;
    }

    KeyMaterial current() {
        return materials.get(materials.size() - 1);
    }

    /** The materials, oldest first. */
    List<KeyMaterial> materials() {
        return new ArrayList<>(materials);
    }

    /** The id and the regions. */
    @Override
    public String toString() {
        return "FakeAwsKey[" + id + " in " + regions() + "]";
    }
}
