package io.trousseau.core.keyring;

import io.trousseau.api.Deadline;
import io.trousseau.core.envelope.Commitment;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.envelope.MemberKek;
import io.trousseau.core.keyring.KeyringException.Code;
import io.trousseau.core.keyring.KeyringStatus.LocalKekStatus;
import io.trousseau.core.keyring.KeyringStatus.MemberStatus;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.localkek.ProvenLocalKeks;
import io.trousseau.core.localkek.WornOutException;
import io.trousseau.core.member.Member;
import io.trousseau.core.member.Member.Role;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.crypto.AEADBadTagException;
import org.jspecify.annotations.Nullable;

/**
 * Seals payloads so that any threshold of its members can open them, on any node.
 *
 * <h2>Security guarantees</h2>
 * A payload is answered only after its authenticated encryption proved header, purpose, associated data and payload; what
 * cannot be proven is an error, and an empty payload is never answered. Nothing is stored outside the envelope, so that
 * every process with the same configuration opens what another one sealed.
 *
 * <h2>Availability</h2>
 * Sealing needs no KMS at the moment of the call: it uses a local KEK that at least w members have wrapped and given back
 * before. Opening needs k members once per local KEK; afterwards it is served from memory, also while a KMS is down.
 *
 * <h2>Concurrency and lifecycle</h2>
 * Safe for use by any number of threads without external locking. A keyring owns one thread and, while calls are under
 * way, up to 16 per member; {@link #close} stops them, closes the members' handles and wipes every key. Calls after that
 * fail with {@link Code#CLOSED}.
 */
public final class Keyring implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Keyring.class.getName());
    private static final int MAX_OPENED = 100;

    private final KeyringConfig config;
    private final List<Member> members;
    private final Loop loop;
    private final KeyringListener listener;
    private final ProvenLocalKeks proven;
    private final Engine engine;
    private final Opener opener;
    private final long startedAt;
    private final Map<KeyId, Instant> opened = new LinkedHashMap<>(16, 0.75f, true);

    Keyring(
            KeyringConfig config,
            List<Member> members,
            Loop loop,
            KeyringListener listener,
            @Nullable Keyring predecessor) {
        this.config = config;
        this.members = List.copyOf(members);
        this.loop = loop;
        this.listener = listener;
        this.proven = new ProvenLocalKeks(config.maxCachedLocalKeks());
        this.engine = new Engine(config, members, loop, listener, proven, replacedBefore(predecessor, config));
        this.opener = new Opener(config, members, engine, loop, listener, proven);
        this.startedAt = loop.nanoTime();
        engine.start();
    }

    /**
     * Opens a keyring. Does not wait for the KMSes: it probes them and makes the first local KEK in the background.
     *
     * @param config policy and bounds
     * @param members one or more; the keyring closes their handles
     * @param listener hears what happens
     * @throws IllegalArgumentException if the members do not fit the policy or each other; no handle is closed then
     */
    public static Keyring open(KeyringConfig config, List<Member> members, KeyringListener listener) {
        return open(config, members, listener, null);
    }

    /**
     * Opens the keyring that takes the place of another one of this process, such as after a change of its configuration.
     * A KEK version that the predecessor has seen replaced does not protect in the new one either, as long as both have the
     * same name and epoch. Local KEKs are not handed over: that the new members can open what is stored should show while
     * the predecessor is still there, not after the next restart.
     *
     * @param predecessor goes on as it was; may be closed; null if there is none
     * @throws IllegalArgumentException as {@link #open(KeyringConfig, List, KeyringListener)} does
     */
    public static Keyring open(
            KeyringConfig config, List<Member> members, KeyringListener listener, @Nullable Keyring predecessor) {
        check(config, members);
        return new Keyring(config, members, new ThreadedLoop(config.name(), members, listener), listener, predecessor);
    }

    private static Set<MemberKek> replacedBefore(@Nullable Keyring predecessor, KeyringConfig config) {
        return predecessor != null
                        && predecessor.config.name().equals(config.name())
                        && predecessor.config.epoch() == config.epoch()
                ? predecessor.engine.snapshot().replaced()
                : Set.of();
    }

    /** Opens a keyring of which nobody hears. See {@link #open(KeyringConfig, List, KeyringListener)}. */
    public static Keyring open(KeyringConfig config, List<Member> members) {
        return open(config, members, KeyringListener.NONE);
    }

    static void check(KeyringConfig config, List<Member> members) {
        Set<String> names = new HashSet<>();
        for (Member member : members) {
            if (!names.add(member.name())) {
                throw new IllegalArgumentException("two members are named " + member.name());
            }
        }
        if (members.size() > KekPart.MAX_KEKS) {
            throw new IllegalArgumentException("there are " + members.size() + " members, at most " + KekPart.MAX_KEKS);
        }
        long wrapping =
                members.stream().filter(member -> member.role() == Role.WRAP).count();
        if (config.writeQuorum() > wrapping) {
            throw new IllegalArgumentException(
                    "writeQuorum is " + config.writeQuorum() + " and only " + wrapping + " members wrap");
        }
    }

    /**
     * Seals a payload. Waits for the first local KEK, as long as the deadline allows, if there is none yet; otherwise does
     * not block.
     *
     * @param payload 1 to {@link Envelope#MAX_PAYLOAD_BYTES} bytes
     * @param purpose what the payload is for, 1 to {@link LocalKek#MAX_PURPOSE_BYTES} printable ASCII characters; opening
     *     takes the same
     * @param associatedData what else the payload is bound to; may be empty; opening takes the same
     * @param deadline when to give up waiting
     * @throws KeyringException {@link Code#INVALID_ARGUMENT}, {@link Code#NOT_READY}, {@link Code#SEALING_STOPPED},
     *     {@link Code#FAILED_CLOSED}, {@link Code#INTERRUPTED} or {@link Code#CLOSED}
     */
    public Envelope seal(byte[] payload, String purpose, byte[] associatedData, Deadline deadline) {
        if (engine.snapshot().protection() == null) {
            awaitDecision(deadline);
        }
        return sealUnder(null, payload, purpose, associatedData);
    }

    /**
     * Opens an envelope.
     *
     * @param envelope may come from hostile storage
     * @param purpose as given to {@link #seal}
     * @param associatedData as given to {@link #seal}
     * @param deadline when to give up
     * @return the payload, 1 or more bytes, fresh; the caller wipes it
     * @throws KeyringException any code
     */
    public byte[] open(Envelope envelope, String purpose, byte[] associatedData, Deadline deadline) {
        return await(openAsync(envelope, envelope.keyId().text(), purpose, associatedData, deadline), deadline);
    }

    /**
     * Whether an envelope is protected as a new one would be. If not, {@link #reseal} renews it.
     *
     * @return false also while nothing can be sealed
     */
    public boolean isCurrent(Envelope envelope) {
        Protection protection = engine.snapshot().protection();
        return protection != null && protection.header().keyId().equals(envelope.keyId());
    }

    /**
     * Opens an envelope and seals the payload anew.
     *
     * @throws KeyringException as {@link #open} and {@link #seal}; the old envelope stays good
     */
    public Envelope reseal(Envelope envelope, String purpose, byte[] associatedData, Deadline deadline) {
        byte[] payload = open(envelope, purpose, associatedData, deadline);
        try {
            return seal(payload, purpose, associatedData, deadline);
        } finally {
            Arrays.fill(payload, (byte) 0);
        }
    }

    /** A view of this keyring for one client, whose Status and Encrypt agree. Costs nothing. */
    public KeyringSession newSession() {
        return new KeyringSession(this, loop::nanoTime);
    }

    /** What the keyring knows of itself, from memory. */
    public KeyringStatus status() {
        return statusOf(engine.snapshot());
    }

    /**
     * Completes once the first protection is there, or the KMSes have definitely refused, or the 2 s of a cold start are
     * over. The caller may cancel it.
     */
    public CompletableFuture<@Nullable Void> settled() {
        return engine.settled().copy();
    }

    /**
     * Completes as soon as the thread on which the keyring decides gets to it: within milliseconds, or never if that
     * thread is stuck. For a watchdog. After {@link #close} it completes at once.
     */
    public CompletableFuture<@Nullable Void> heartbeat() {
        CompletableFuture<@Nullable Void> beat = new CompletableFuture<>();
        loop.execute(() -> beat.complete(null));
        if (engine.snapshot().serving() == Serving.CLOSED) {
            beat.complete(null);
        }
        return beat;
    }

    /** The snapshot that seals now. */
    Engine.Snapshot snapshot() {
        return engine.snapshot();
    }

    /**
     * Seals without waiting.
     *
     * @param pinned what a client was told, preferred if it still seals; null for none
     */
    Envelope sealUnder(@Nullable Protection pinned, byte[] payload, String purpose, byte[] associatedData) {
        checkPurpose(purpose);
        if (payload.length == 0) {
            throw new KeyringException(Code.INVALID_ARGUMENT, "the payload is empty");
        }
        if (payload.length > Envelope.MAX_PAYLOAD_BYTES) {
            throw new KeyringException(
                    Code.INVALID_ARGUMENT,
                    "the payload has " + payload.length + " bytes, at most " + Envelope.MAX_PAYLOAD_BYTES);
        }
        Engine.Snapshot now = engine.snapshot();
        Protection current = now.protection();
        switch (now.serving()) {
            case CLOSED -> throw new KeyringException(Code.CLOSED, "the keyring is closed");
            case FAILED_CLOSED ->
                throw new KeyringException(Code.FAILED_CLOSED, "the keyring has failed closed: " + now.reason());
            case OPENING_ONLY ->
                throw new KeyringException(Code.SEALING_STOPPED, "the keyring seals no more: " + now.reason());
            case STARTING, SEALING -> {
                if (current == null) {
                    throw new KeyringException(Code.NOT_READY, "no local KEK is protected yet: " + memberProblems(now));
                }
            }
        }
        if (pinned != null && !pinned.equals(current) && pinned.number() > now.wipedUpTo()) {
            try {
                return sealed(pinned, payload, purpose, associatedData);
            } catch (WornOutException e) {
                // The client's next Status will tell the new key_id.
                return sealCurrent(current, payload, purpose, associatedData);
            }
        }
        return sealCurrent(current, payload, purpose, associatedData);
    }

    private Envelope sealCurrent(@Nullable Protection current, byte[] payload, String purpose, byte[] associatedData) {
        Protection protection = Objects.requireNonNull(current);
        try {
            return sealed(protection, payload, purpose, associatedData);
        } catch (WornOutException e) {
            // Wiped, rather than worn out, if the keyring was closed or failed closed meanwhile.
            checkServing();
            engine.worn(protection.number(), true);
            throw new KeyringException(Code.NOT_READY, "the local KEK is worn out and no new one is protected yet", e);
        }
    }

    private Envelope sealed(Protection protection, byte[] payload, String purpose, byte[] associatedData)
            throws WornOutException {
        Envelope envelope = protection.seal(payload, purpose, associatedData);
        if (protection.localKek().firstReaches(config.localKekSoftUses())) {
            engine.worn(protection.number(), false);
        }
        noteOpened(envelope.keyId());
        listener.sealed();
        return envelope;
    }

    /**
     * Opens an envelope without blocking the calling thread.
     *
     * @param statedKeyId the key_id that is stored beside the envelope
     * @return completed at once if the local KEK is in memory or the envelope is refused; else completed by the keyring's
     *     thread, with a {@link KeyringException} if it fails
     */
    public CompletableFuture<byte[]> openAsync(
            Envelope envelope, String statedKeyId, String purpose, byte[] associatedData, Deadline deadline) {
        LocalKek known;
        try {
            checkPurpose(purpose);
            checkHeader(envelope, statedKeyId);
            known = known(envelope.header().commitment());
            if (known != null) {
                return CompletableFuture.completedFuture(openWith(known, envelope, purpose, associatedData, true));
            }
        } catch (KeyringException e) {
            listener.refused(e.code());
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<LocalKek> unwrapped = opener.localKekOf(envelope);
        Runnable timer = loop.schedule(
                deadline.remaining(),
                () -> unwrapped.completeExceptionally(new KeyringException(
                        Code.TIMEOUT, "the deadline passed before enough members unwrapped the local KEK")));
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> opening = unwrapped.thenAccept(localKek -> {
            timer.run();
            if (result.isDone()) {
                // The caller has given up; nobody would wipe the payload.
                return;
            }
            checkServing();
            byte[] payload = openWith(localKek, envelope, purpose, associatedData, false);
            if (!result.complete(payload)) {
                Arrays.fill(payload, (byte) 0);
            }
        });
        CompletableFuture<@Nullable Void> unused = opening.exceptionally(e -> {
            timer.run();
            Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
            listener.refused(cause instanceof KeyringException failure ? failure.code() : Code.INTERRUPTED);
            result.completeExceptionally(cause);
            return null;
        });
        return result;
    }

    /** A proven local KEK in memory; the one that seals is proven, even when the cache has no room for it. */
    private @Nullable LocalKek known(Commitment commitment) {
        LocalKek cached = proven.get(commitment);
        if (cached != null) {
            return cached;
        }
        Protection protection = engine.snapshot().protection();
        return protection != null && protection.localKek().commitment().equals(commitment)
                ? protection.localKek()
                : null;
    }

    /** Everything that can be refused without asking a KMS. */
    private void checkHeader(Envelope envelope, String statedKeyId) {
        checkServing();
        KekPart kekPart = envelope.header().kekPart();
        if (!kekPart.keyring().equals(config.name())) {
            throw new KeyringException(
                    Code.FOREIGN_KEYRING,
                    "the envelope belongs to the keyring " + kekPart.keyring() + ", this is " + config.name());
        }
        int threshold = kekPart.decryptThreshold();
        if (threshold < config.decryptThreshold() && !config.formerThresholds().contains(threshold)) {
            throw new KeyringException(
                    Code.POLICY_REFUSED,
                    "the envelope states decryptThreshold " + threshold + ", the policy demands "
                            + config.decryptThreshold() + "; if it was sealed under an earlier policy, add to"
                            + " keyring.formerPolicies: {decryptThreshold: " + threshold + "}");
        }
        if (!envelope.keyId().text().equals(statedKeyId)) {
            throw new KeyringException(
                    Code.KEY_ID_MISMATCH, "the key_id stored beside the envelope is not the one of its header");
        }
    }

    private void checkServing() {
        Engine.Snapshot now = engine.snapshot();
        if (now.serving() == Serving.CLOSED) {
            throw new KeyringException(Code.CLOSED, "the keyring is closed");
        }
        if (now.serving() == Serving.FAILED_CLOSED) {
            throw new KeyringException(Code.FAILED_CLOSED, "the keyring has failed closed: " + now.reason());
        }
    }

    private static void checkPurpose(String purpose) {
        if (purpose.isEmpty()
                || purpose.length() > LocalKek.MAX_PURPOSE_BYTES
                || !purpose.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new KeyringException(
                    Code.INVALID_ARGUMENT,
                    "the purpose must have 1 to " + LocalKek.MAX_PURPOSE_BYTES + " printable ASCII characters");
        }
    }

    private byte[] openWith(
            LocalKek localKek, Envelope envelope, String purpose, byte[] associatedData, boolean fromMemory) {
        byte[] payload;
        try {
            payload = localKek.open(envelope.header(), purpose, associatedData, envelope.sealed());
        } catch (AEADBadTagException e) {
            throw new KeyringException(
                    Code.NOT_AUTHENTIC,
                    "the envelope is damaged or forged, or is opened with another purpose or associated data",
                    e);
        } catch (WornOutException e) {
            checkServing();
            throw new KeyringException(Code.FAILED_CLOSED, "the local KEK was wiped meanwhile", e);
        }
        if (payload.length == 0) {
            throw new KeyringException(Code.NOT_AUTHENTIC, "the envelope holds an empty payload");
        }
        noteOpened(envelope.keyId());
        listener.opened(fromMemory);
        return payload;
    }

    private void noteOpened(KeyId keyId) {
        synchronized (opened) {
            opened.put(keyId, loop.wallTime());
            if (opened.size() > MAX_OPENED) {
                opened.remove(opened.keySet().iterator().next());
            }
        }
    }

    KeyringStatus statusOf(Engine.Snapshot now) {
        long clock = loop.nanoTime();
        Protection protection = now.protection();
        List<MemberStatus> statuses = new ArrayList<>();
        for (Member member : members) {
            Engine.MemberView view = Objects.requireNonNull(now.members().get(member.name()));
            statuses.add(new MemberStatus(
                    member.name(),
                    member.provider(),
                    member.role(),
                    view.phase(),
                    view.message(),
                    view.failure(),
                    view.current(),
                    protection != null && protection.versions().containsKey(member.name()),
                    view.destructionAt(),
                    view.latency(),
                    view.lastPass().map(at -> Duration.ofNanos(clock - at))));
        }
        Map<KeyId, Instant> keyIds;
        synchronized (opened) {
            keyIds = new LinkedHashMap<>(opened);
        }
        String health = healthOf(now);
        return new KeyringStatus(
                config.name(),
                now.serving(),
                Optional.ofNullable(protection).map(p -> p.header().keyId()),
                health.equals("ok"),
                health,
                protection != null && protection.versions().size() < wrapping(),
                Optional.ofNullable(protection)
                        .map(p -> new LocalKekStatus(
                                p.header().commitment(),
                                Duration.ofNanos(clock - p.madeAt()),
                                p.localKek().uses())),
                proven.size(),
                List.copyOf(statuses),
                Collections.unmodifiableMap(keyIds));
    }

    private long wrapping() {
        return members.stream().filter(member -> member.role() == Role.WRAP).count();
    }

    private String healthOf(Engine.Snapshot now) {
        if (!now.reason().isEmpty()) {
            return now.reason();
        }
        if (now.protection() == null) {
            return "no local KEK is protected yet: " + memberProblems(now);
        }
        long able = members.stream()
                .filter(member -> member.role() == Role.WRAP)
                .map(member -> Objects.requireNonNull(now.members().get(member.name())))
                .filter(view -> view.phase() == MemberPhase.WELL || view.phase() == MemberPhase.STARTING)
                .count();
        if (able < config.writeQuorum()) {
            return able + " of " + config.writeQuorum() + " members needed are well: " + memberProblems(now);
        }
        return "ok";
    }

    private static String memberProblems(Engine.Snapshot now) {
        List<String> texts = new ArrayList<>();
        now.members().forEach((name, view) -> {
            if (view.phase() != MemberPhase.WELL) {
                texts.add(name + ": " + view.message());
            }
        });
        return texts.isEmpty() ? "copies are being made" : String.join("; ", texts);
    }

    private static <T> T await(CompletableFuture<T> future, Deadline deadline) {
        try {
            return future.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            future.cancel(false);
            throw new KeyringException(Code.INTERRUPTED, "interrupted while waiting", e);
        } catch (TimeoutException e) {
            future.cancel(false);
            throw new KeyringException(Code.TIMEOUT, "the deadline passed", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KeyringException failure) {
                throw failure;
            }
            throw new IllegalStateException("unexpected failure of the keyring", e.getCause());
        }
    }

    /** Waits until something can be sealed, or definitely cannot; if the deadline passes first, who seals will see why. */
    private void awaitDecision(Deadline deadline) {
        try {
            engine.decided().get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyringException(Code.INTERRUPTED, "interrupted while waiting for the first local KEK", e);
        } catch (TimeoutException e) {
            LOG.log(Level.DEBUG, "the deadline of a seal passed before the first local KEK was protected");
        } catch (ExecutionException e) {
            throw new AssertionError("never completed exceptionally", e);
        }
    }

    /** How long the keyring has been open. */
    public Duration uptime() {
        return Duration.ofNanos(loop.nanoTime() - startedAt);
    }

    /** Stops, closes the members' handles and wipes every key. Idempotent; calls under way fail. */
    @Override
    public void close() {
        engine.close();
        opener.close();
    }
}
