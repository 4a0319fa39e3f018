package io.trousseau.core.keyring;

import io.trousseau.api.KekDescription;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.envelope.MemberKek;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.core.keyring.ProtectionPlan.Action;
import io.trousseau.core.keyring.ProtectionPlan.Drop;
import io.trousseau.core.keyring.ProtectionPlan.MakeLocalKek;
import io.trousseau.core.keyring.ProtectionPlan.Promote;
import io.trousseau.core.keyring.ProtectionPlan.Serve;
import io.trousseau.core.keyring.ProtectionPlan.WakeIn;
import io.trousseau.core.keyring.ProtectionPlan.Wrap;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.localkek.ProvenLocalKeks;
import io.trousseau.core.localkek.WornOutException;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.core.member.Member;
import io.trousseau.core.member.Member.Role;
import io.trousseau.core.sharing.SecretSharing;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The thin shell around the state machines: performs what {@link ProtectionPlan} and {@link MemberHealth} decide, on the
 * loop's thread, and publishes the outcome as one immutable {@link Snapshot}.
 */
final class Engine implements AutoCloseable {
    /** Before the first protection, Status may wait this long, so that a cold start is complete at once. */
    static final Duration COLD_START = Duration.ofSeconds(2);

    private static final Logger LOG = System.getLogger(Keyring.class.getName());
    /**
     * What a member gets beyond its deadline until it has answered: its first calls also load and set up its provider's
     * client, which may take longer than the KMS. Given up, they would only be repeated later, and the set without the
     * member be promoted meanwhile.
     */
    private static final Duration SET_UP = Duration.ofSeconds(3);

    private static final Duration PROBE_AGAIN = Duration.ofSeconds(1);
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * What everybody else sees.
     *
     * @param protection seals; null before the first one and after failing closed
     * @param serving what the keyring does
     * @param reason why it does less than all
     * @param wipedUpTo local KEKs up to this number are not to be used any more, whoever still holds them
     * @param members by name, in configured order
     * @param replaced what must not protect again, since this process has seen something newer
     */
    record Snapshot(
            @Nullable Protection protection,
            Serving serving,
            String reason,
            int wipedUpTo,
            Map<String, MemberView> members,
            Set<MemberKek> replaced) {}

    /**
     * A member as the last probe left it.
     *
     * @param lastPass on the monotonic clock
     */
    record MemberView(
            MemberPhase phase,
            String message,
            Optional<Code> failure,
            Optional<KekVersion> current,
            Optional<Instant> destructionAt,
            Optional<Duration> latency,
            Optional<Long> lastPass) {}

    /** A local KEK of this process on its way. */
    private static final class Making {
        final LocalKek localKek;
        final long madeAt;
        final Map<String, Integer> places;
        final Map<Integer, byte[]> shares;
        final Map<String, Protection.Copy> copies = new LinkedHashMap<>();
        boolean promoted;
        private boolean dropped;

        Making(LocalKek localKek, long madeAt, Map<String, Integer> places, Map<Integer, byte[]> shares) {
            this.localKek = localKek;
            this.madeAt = madeAt;
            this.places = places;
            this.shares = shares;
        }

        /** A copy for the member's own thread, which wipes it; so that none waits in a queue. */
        synchronized byte[] copyShare(int x) {
            if (dropped) {
                throw new KmsException(Code.CLOSED, "the local KEK was dropped before it was wrapped");
            }
            return Objects.requireNonNull(shares.get(x)).clone();
        }

        synchronized void drop() {
            dropped = true;
            shares.values().forEach(share -> Arrays.fill(share, (byte) 0));
            if (!promoted) {
                localKek.wipe();
            }
        }
    }

    private final KeyringConfig config;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Loop loop;
    private final KeyringListener listener;
    private final ProvenLocalKeks proven;
    private final ProtectionPlan plan;
    private final Map<String, MemberHealth> health = new LinkedHashMap<>();
    private final Map<String, Long> lastProbe = new HashMap<>();
    private final Map<String, Integer> probeTurn = new HashMap<>();
    private final Map<String, Boolean> probing = new HashMap<>();
    private final Map<Integer, Making> making = new HashMap<>();
    private final Map<String, Duration> latency = new HashMap<>();
    private final CompletableFuture<@Nullable Void> decided = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> settled = new CompletableFuture<>();
    private Serving serving = Serving.STARTING;
    private String reason = "";
    private @Nullable Protection protection;
    private int newest;
    private int wipedUpTo;
    private @Nullable Long nextWake;
    private volatile Snapshot snapshot;

    /**
     * Does nothing until {@link #start}.
     *
     * @param replaced what keyrings before this one have seen replaced
     */
    Engine(
            KeyringConfig config,
            List<Member> members,
            Loop loop,
            KeyringListener listener,
            ProvenLocalKeks proven,
            Set<MemberKek> replaced) {
        this.config = config;
        this.loop = loop;
        this.listener = listener;
        this.proven = proven;
        members.forEach(member -> {
            this.members.put(member.name(), member);
            MemberHealth state = new MemberHealth();
            replaced.stream()
                    .filter(kek -> kek.provider().equals(member.provider()))
                    .forEach(kek -> state.mustNotReturn(kek.version()));
            health.put(member.name(), state);
        });
        this.plan = new ProtectionPlan(
                config,
                members.stream()
                        .filter(member -> member.role() == Role.WRAP)
                        .map(Member::name)
                        .toList());
        this.snapshot = view();
    }

    /** Starts probing and the first local KEK. */
    void start() {
        loop.execute(() -> {
            perform(plan.wake(loop.nanoTime()));
            members.keySet().forEach(this::probe);
        });
        loop.schedule(COLD_START, () -> settled.complete(null));
    }

    /** What is known now; from memory. */
    Snapshot snapshot() {
        return snapshot;
    }

    /** Completes at the first promotion, at the first definite refusal, or when this is closed. */
    CompletableFuture<@Nullable Void> decided() {
        return decided;
    }

    /** Completes as {@link #decided}, or after {@link #COLD_START}. */
    CompletableFuture<@Nullable Void> settled() {
        return settled;
    }

    /** A moving average of the member's answers; loop's thread only. */
    Optional<Duration> latencyOf(String member) {
        return Optional.ofNullable(latency.get(member));
    }

    /** Takes the duration of a good answer into the average; loop's thread only. */
    void answered(String member, Duration duration) {
        latency.merge(
                member, duration, (old, now) -> old.multipliedBy(7).plus(now).dividedBy(8));
    }

    /** How long one operation at the member may take now; loop's thread only. */
    Duration deadlineOf(Member member) {
        boolean answered = healthOf(member.name()).lastPass().isPresent();
        return answered ? member.deadline() : member.deadline().plus(SET_UP);
    }

    /** The member's health; loop's thread only. */
    MemberHealth healthOf(String member) {
        return Objects.requireNonNull(health.get(member));
    }

    /** The promoted local KEK has reached a bound on its uses. Any thread. */
    void worn(int number, boolean hard) {
        loop.execute(() -> perform(plan.worn(number, hard, loop.nanoTime())));
    }

    /** Something about the member is in doubt: probe it before its turn. Loop's thread only. */
    void probeSoon(String member) {
        Long last = lastProbe.get(member);
        long left = last == null ? 0 : last + PROBE_AGAIN.toNanos() - loop.nanoTime();
        if (left <= 0) {
            probe(member);
        } else {
            scheduleProbe(member, Duration.ofNanos(left));
        }
    }

    private void probe(String name) {
        if (Boolean.TRUE.equals(probing.put(name, true))) {
            return;
        }
        Member member = Objects.requireNonNull(members.get(name));
        long start = loop.nanoTime();
        lastProbe.put(name, start);
        loop.<KekDescription>call(
                member,
                Purpose.PROBE,
                deadlineOf(member),
                (kek, deadline) -> MemberWork.probe(kek, member.role(), config.name(), deadline),
                (description, failure) -> {
                    probing.put(name, false);
                    probed(member, description, failure, start);
                });
    }

    private void probed(
            Member member, @Nullable KekDescription description, @Nullable KmsException failure, long start) {
        MemberHealth state = healthOf(member.name());
        MemberPhase before = state.phase();
        long now = loop.nanoTime();
        if (description == null) {
            KmsException why = Objects.requireNonNull(failure);
            state.failed(why.code(), messageOf(why));
        } else if (description.state() == KekDescription.State.ENABLED) {
            answered(member.name(), Duration.ofNanos(now - start));
            state.passed(description, now);
        } else {
            state.outOfUse(description);
        }
        logPhase(member, before, state);
        if (member.role() == Role.WRAP) {
            perform(plan.probed(member.name(), state, now));
        }
        publish();
        Duration next = state.nextProbeIn(config.probeInterval());
        scheduleProbe(member.name(), next.plus(Duration.ofNanos((long) (next.toNanos() * 0.1 * loop.jitter()))));
    }

    private void scheduleProbe(String member, Duration delay) {
        int turn = probeTurn.merge(member, 1, Integer::sum);
        loop.schedule(delay, () -> {
            if (turn == Objects.requireNonNull(probeTurn.get(member))) {
                probe(member);
            }
        });
    }

    private static void logPhase(Member member, MemberPhase before, MemberHealth state) {
        if (state.phase() != before) {
            Level level = state.phase() == MemberPhase.WELL ? Level.INFO : Level.WARNING;
            LOG.log(level, "member {0} is {1}: {2}", member.name(), label(state.phase()), state.message());
        }
    }

    private static String label(MemberPhase phase) {
        return phase.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private void perform(List<Action> actions) {
        if (snapshot.serving() == Serving.CLOSED) {
            return;
        }
        for (Action action : actions) {
            if (action instanceof MakeLocalKek make) {
                makeLocalKek(make.number());
            } else if (action instanceof Wrap wrap) {
                wrap(wrap.number(), Objects.requireNonNull(members.get(wrap.member())));
            } else if (action instanceof Promote promote) {
                promote(promote);
            } else if (action instanceof Serve serve) {
                serve(serve);
            } else if (action instanceof Drop drop) {
                drop(drop.number());
            } else if (action instanceof WakeIn wake) {
                wakeIn(wake.duration());
            }
        }
        publish();
    }

    private void makeLocalKek(int number) {
        LocalKek localKek = LocalKek.create();
        List<String> wrapping = members.values().stream()
                .filter(member -> member.role() == Role.WRAP)
                .map(Member::name)
                .toList();
        Map<String, Integer> places = new HashMap<>();
        Map<Integer, byte[]> shares = new HashMap<>();
        byte[] key = keyOf(localKek);
        try {
            if (config.decryptThreshold() == 1) {
                wrapping.forEach(name -> places.put(name, 0));
                shares.put(0, key.clone());
            } else {
                shares.putAll(SecretSharing.split(key, config.decryptThreshold(), wrapping.size(), RANDOM));
                for (int i = 0; i < wrapping.size(); i++) {
                    places.put(wrapping.get(i), i + 1);
                }
            }
        } finally {
            Arrays.fill(key, (byte) 0);
        }
        newest = number;
        making.put(number, new Making(localKek, loop.nanoTime(), places, shares));
    }

    private static byte[] keyOf(LocalKek localKek) {
        try {
            return localKek.copyKey();
        } catch (WornOutException e) {
            throw new AssertionError("a new local KEK is wiped", e);
        }
    }

    private void wrap(int number, Member member) {
        Making made = Objects.requireNonNull(making.get(number));
        int x = Objects.requireNonNull(made.places.get(member.name()));
        long start = loop.nanoTime();
        loop.<WrappedKey>call(
                member,
                Purpose.PROTECT,
                deadlineOf(member),
                (kek, deadline) -> {
                    byte[] secret = made.copyShare(x);
                    try {
                        return MemberWork.wrapProven(
                                kek,
                                secret,
                                MemberWork.contextOf(
                                        config.name(), made.localKek.commitment(), config.decryptThreshold(), x),
                                Optional.empty(),
                                deadline);
                    } finally {
                        Arrays.fill(secret, (byte) 0);
                    }
                },
                (copy, failure) -> {
                    if (copy != null) {
                        answered(member.name(), Duration.ofNanos((loop.nanoTime() - start) / 2));
                    }
                    wrapped(number, member, x, copy, failure);
                });
    }

    private void wrapped(int number, Member member, int x, @Nullable WrappedKey copy, @Nullable KmsException failure) {
        Making made = making.get(number);
        if (made == null) {
            return;
        }
        MemberHealth state = healthOf(member.name());
        String problem = null;
        if (copy == null) {
            problem = messageOf(Objects.requireNonNull(failure));
        } else if (state.isSuperseded(copy.version())) {
            problem = "the KMS wrapped under version " + copy.version().version() + ", which a newer one had replaced";
        } else {
            MemberKek kek = new MemberKek(member.provider(), copy.version());
            for (Map.Entry<String, Protection.Copy> other : made.copies.entrySet()) {
                if (!other.getKey().equals(member.name())
                        && other.getValue().kek().isSameKekAs(kek)) {
                    problem = "it is the same KEK as member " + other.getKey() + ", so that losing one loses both";
                }
            }
            if (problem == null) {
                byte[] share = Objects.requireNonNull(made.shares.get(x));
                made.copies.put(member.name(), new Protection.Copy(kek, copy.ciphertext(), x, share));
            }
        }
        if (problem != null) {
            LOG.log(Level.WARNING, "member {0} does not protect the new local KEK: {1}", member.name(), problem);
            probeSoon(member.name());
            perform(plan.copyFailed(number, member.name(), loop.nanoTime()));
            return;
        }
        KekVersion version = Objects.requireNonNull(copy).version();
        if (!state.current().equals(Optional.of(version))) {
            probeSoon(member.name());
        }
        perform(plan.copyProven(number, member.name(), version, loop.nanoTime()));
    }

    private void promote(Promote promote) {
        Making made = Objects.requireNonNull(making.get(promote.number()));
        Map<String, Protection.Copy> chosen = new LinkedHashMap<>(made.copies);
        chosen.keySet().retainAll(promote.members());
        Protection before = protection;
        Protection next = Protection.of(config, promote.number(), made.madeAt, made.localKek, chosen);
        next.versions()
                .forEach((member, version) -> healthOf(member)
                        .protects(
                                version,
                                before == null ? null : before.versions().get(member)));
        made.promoted = true;
        proven.add(made.localKek);
        protection = next;
        KeyId keyId = next.header().keyId();
        if (before == null || !before.header().keyId().equals(keyId)) {
            LOG.log(Level.INFO, "key_id is {0} ({1}), protected by {2}", keyId, keyId.hash(), describe(next));
            listener.promoted(keyId);
        }
        publish();
        decide();
    }

    private void decide() {
        decided.complete(null);
        settled.complete(null);
    }

    private static String describe(Protection protection) {
        List<String> texts = new ArrayList<>();
        protection
                .versions()
                .forEach((member, version) ->
                        texts.add(member + " (" + version.identity() + " version " + version.version() + ")"));
        texts.sort(null);
        return String.join(", ", texts);
    }

    private void serve(Serve serve) {
        serving = serve.serving();
        reason = serve.reason();
        if (serving == Serving.FAILED_CLOSED) {
            protection = null;
            wipedUpTo = newest;
            // Published first: nobody may find a wiped key behind a snapshot that still offers it.
            publish();
            proven.wipe();
            making.values().forEach(made -> made.localKek.wipe());
            LOG.log(Level.ERROR, "the keyring has failed closed: {0}", reason);
            decide();
        } else if (serving == Serving.OPENING_ONLY) {
            LOG.log(Level.ERROR, "the keyring seals no more: {0}", reason);
            decide();
        }
    }

    private void drop(int number) {
        Making made = making.remove(number);
        if (made != null) {
            made.drop();
        }
    }

    private void wakeIn(Duration duration) {
        long at = loop.nanoTime() + duration.toNanos();
        if (nextWake != null && nextWake - at <= 0) {
            return;
        }
        nextWake = at;
        loop.schedule(duration, () -> {
            if (nextWake != null && nextWake == at) {
                nextWake = null;
                perform(plan.wake(loop.nanoTime()));
            }
        });
    }

    private void publish() {
        publish(view());
    }

    /** A closed keyring stays closed, whatever the loop was about to say. */
    private synchronized void publish(Snapshot next) {
        if (snapshot.serving() != Serving.CLOSED) {
            snapshot = next;
        }
    }

    private Snapshot view() {
        Map<String, MemberView> views = new LinkedHashMap<>();
        health.forEach((name, state) -> views.put(
                name,
                new MemberView(
                        state.phase(),
                        state.message(),
                        state.failure(),
                        state.current(),
                        state.destructionAt(),
                        latencyOf(name),
                        state.lastPass())));
        Set<MemberKek> replaced = new HashSet<>();
        members.forEach((name, member) -> healthOf(name)
                .superseded()
                .forEach(version -> replaced.add(new MemberKek(member.provider(), version))));
        return new Snapshot(
                protection,
                serving,
                reason,
                wipedUpTo,
                Collections.unmodifiableMap(views),
                Collections.unmodifiableSet(replaced));
    }

    /** An exception's message is written for people and holds no secret; a missing one is its code. */
    private static String messageOf(KmsException e) {
        String message = e.getMessage();
        return message == null ? e.code().label() : message;
    }

    /** Stops everything and wipes every key. */
    @Override
    public void close() {
        Protection last = snapshot.protection();
        // Published first: nobody may find a wiped key, or wait for a stopped loop, behind a snapshot that still
        // serves.
        publish(new Snapshot(
                null, Serving.CLOSED, "closed", Integer.MAX_VALUE, snapshot.members(), snapshot.replaced()));
        loop.execute(() -> List.copyOf(making.keySet()).forEach(number -> {
            Objects.requireNonNull(making.get(number)).localKek.wipe();
            drop(number);
        }));
        loop.close();
        proven.close();
        if (last != null) {
            last.localKek().wipe();
        }
        decide();
    }
}
