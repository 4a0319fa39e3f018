package io.trousseau.core.keyring;

import io.trousseau.api.KekVersion;
import io.trousseau.core.keyring.KeyringConfig.Reaction;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a new local KEK is made, who wraps it, when it is promoted, and when the keyring stops.
 *
 * <p>A state machine without thread, clock or I/O: each event returns the actions that follow from it, and who performs
 * them reports back by events. The rules:
 *
 * <ul>
 *   <li>A local KEK is promoted once w members have proven their copy. If not all have, the rest gets {@link #GRACE}.
 *   <li>The same local KEK only gains copies. Another KEK version, and a member that is confirmed denied or gone, need a
 *       new one. A member that is merely unreachable changes nothing: its copies exist.
 *   <li>Age and use make a new one too, but never at the price of a member: it waits until all that protect now protect
 *       the new one as well. The hard bound on uses does not wait.
 *   <li>A member that returns changes the key_id at most once per hold time.
 * </ul>
 *
 * Not safe for use by several threads.
 */
final class ProtectionPlan {
    /** How long a quorum waits for the rest before it is promoted without it. */
    static final Duration GRACE = Duration.ofMillis(1500);

    /** What the plan wants done. */
    sealed interface Action {}

    /** Make a local KEK and call it by this number. */
    record MakeLocalKek(int number) implements Action {}

    /** Have the member wrap the local KEK and read the copy back; report by {@link #copyProven} or {@link #copyFailed}. */
    record Wrap(int number, String member) implements Action {}

    /** Seal with this local KEK from now on, protected by these members' copies. */
    record Promote(int number, Set<String> members) implements Action {}

    /** Change what the keyring does. {@link Serving#FAILED_CLOSED} wipes every local KEK. */
    record Serve(Serving serving, String reason) implements Action {}

    /** Forget this local KEK; it was never promoted or has been replaced. */
    record Drop(int number) implements Action {}

    /** Call {@link #wake} after this time. */
    record WakeIn(Duration duration) implements Action {}

    private enum Reason {
        FIRST,
        VERSION,
        LOSS,
        HARD_BOUND,
        AGE,
        USES;

        boolean waitsForAll() {
            return this == AGE || this == USES;
        }
    }

    private static final class Generation {
        final int number;
        final Reason reason;
        final long madeAt;
        final Map<String, KekVersion> copies = new LinkedHashMap<>();
        final Set<String> pending = new HashSet<>();
        final Map<String, Integer> failedAtProbe = new HashMap<>();

        @Nullable Long quorumAt;

        Generation(int number, Reason reason, long madeAt) {
            this.number = number;
            this.reason = reason;
            this.madeAt = madeAt;
        }
    }

    private record View(MemberPhase phase, @Nullable KekVersion current, int probes, String message) {
        boolean refuses() {
            return phase == MemberPhase.GONE || phase == MemberPhase.DENIED;
        }
    }

    private final KeyringConfig config;
    private final List<String> members;
    private final Map<String, View> views = new LinkedHashMap<>();
    private Serving serving = Serving.STARTING;
    private String reason = "";
    private @Nullable Generation promoted;
    private Map<String, KekVersion> protecting = Map.of();
    private @Nullable Generation building;
    private int numbers;
    private boolean softWorn;
    private boolean hardWorn;
    private @Nullable Long lastGain;

    /**
     * A plan that has seen nothing yet.
     *
     * @param members the names of the members that wrap, in configured order
     */
    ProtectionPlan(KeyringConfig config, List<String> members) {
        this.config = config;
        this.members = List.copyOf(members);
        for (String member : members) {
            views.put(member, new View(MemberPhase.STARTING, null, 0, ""));
        }
    }

    /** Start, or time has passed. */
    List<Action> wake(long now) {
        List<Action> actions = new ArrayList<>();
        decide(now, actions);
        return actions;
    }

    /** A probe of a wrapping member ended. */
    List<Action> probed(String member, MemberHealth health, long now) {
        views.put(member, new View(health.phase(), health.current().orElse(null), health.probes(), health.message()));
        return wake(now);
    }

    /** A member wrapped a local KEK and gave it back. */
    List<Action> copyProven(int number, String member, KekVersion version, long now) {
        Generation generation = generation(number);
        if (generation != null) {
            generation.pending.remove(member);
            generation.copies.put(member, version);
        }
        return wake(now);
    }

    /** A member did not wrap a local KEK, or not so that it came back. It is asked again after its next good probe. */
    List<Action> copyFailed(int number, String member, long now) {
        Generation generation = generation(number);
        if (generation != null) {
            generation.pending.remove(member);
            generation.failedAtProbe.put(member, view(member).probes());
        }
        return wake(now);
    }

    /** The promoted local KEK has reached a bound on its uses. */
    List<Action> worn(int number, boolean hard, long now) {
        if (promoted != null && promoted.number == number) {
            softWorn = true;
            hardWorn |= hard;
        }
        return wake(now);
    }

    private void decide(long now, List<Action> actions) {
        if (!mayBuild(actions)) {
            return;
        }
        if (building == null) {
            Reason why = reasonToBuild(now);
            if (why != null) {
                building = new Generation(++numbers, why, now);
                actions.add(new MakeLocalKek(building.number));
            }
        } else if (promoted != null && building.reason.waitsForAll()) {
            Reason why = reasonToBuild(now);
            if (why != null && !why.waitsForAll()) {
                // What was only a matter of time has become urgent.
                actions.add(new Drop(building.number));
                building = new Generation(++numbers, why, now);
                actions.add(new MakeLocalKek(building.number));
            }
        }
        if (building != null) {
            dropOutdatedCopies(building);
            askMissing(building, actions);
            promoteIfReady(building, now, actions);
        } else if (promoted != null) {
            askMissing(promoted, actions);
            gainIfReady(promoted, now, actions);
        }
        if (promoted != null && building == null) {
            long left = promoted.madeAt + config.localKekMaxAge().toNanos() - now;
            actions.add(new WakeIn(
                    Duration.ofNanos(Math.max(left, Duration.ofSeconds(1).toNanos()))));
        }
    }

    /** Settles what the keyring does; false if it must not make local KEKs now. */
    private boolean mayBuild(List<Action> actions) {
        List<String> gone = inPhase(MemberPhase.GONE);
        List<String> denied = inPhase(MemberPhase.DENIED);
        int quorum = config.writeQuorum();
        Reaction reaction = Reaction.SERVE;
        String why = "";
        if (members.size() - gone.size() < quorum) {
            reaction = config.gone();
            why = reasons(gone);
        } else if (members.size() - gone.size() - denied.size() < quorum) {
            reaction = config.denied();
            List<String> both = new ArrayList<>(gone);
            both.addAll(denied);
            why = reasons(both);
        }
        switch (reaction) {
            case FAIL_CLOSED -> {
                serve(Serving.FAILED_CLOSED, why, actions);
                dropAll(actions);
                return false;
            }
            case STOP_SEALING -> {
                serve(Serving.OPENING_ONLY, why, actions);
                return false;
            }
            case SERVE -> {
                serve(promoted == null ? Serving.STARTING : Serving.SEALING, why, actions);
                return why.isEmpty();
            }
        }
        throw new AssertionError(reaction);
    }

    private void serve(Serving next, String why, List<Action> actions) {
        if (next != serving || !why.equals(reason)) {
            serving = next;
            reason = why;
            actions.add(new Serve(next, why));
        }
    }

    private void dropAll(List<Action> actions) {
        if (building != null) {
            actions.add(new Drop(building.number));
        }
        if (promoted != null) {
            actions.add(new Drop(promoted.number));
        }
        building = null;
        promoted = null;
        protecting = Map.of();
    }

    private @Nullable Reason reasonToBuild(long now) {
        if (promoted == null) {
            return Reason.FIRST;
        }
        for (Map.Entry<String, KekVersion> entry : protecting.entrySet()) {
            View view = view(entry.getKey());
            if (view.phase() == MemberPhase.WELL && !entry.getValue().equals(view.current())) {
                return Reason.VERSION;
            }
        }
        for (String member : protecting.keySet()) {
            if (view(member).refuses()) {
                return Reason.LOSS;
            }
        }
        if (hardWorn) {
            return Reason.HARD_BOUND;
        }
        if (now - promoted.madeAt >= config.localKekMaxAge().toNanos()) {
            return Reason.AGE;
        }
        return softWorn ? Reason.USES : null;
    }

    /** A KEK may be rotated while a local KEK is being wrapped: a copy under the old version is not promoted. */
    private void dropOutdatedCopies(Generation generation) {
        for (String member : members) {
            KekVersion version = generation.copies.get(member);
            View view = view(member);
            if (version != null
                    && view.phase() == MemberPhase.WELL
                    && view.current() != null
                    && !version.equals(view.current())) {
                generation.copies.remove(member);
                // A KMS that describes one version and wraps under another is asked once per probe, not in a loop.
                generation.failedAtProbe.put(member, view.probes());
            }
        }
    }

    private void askMissing(Generation generation, List<Action> actions) {
        for (String member : members) {
            if (generation.copies.containsKey(member) || generation.pending.contains(member)) {
                continue;
            }
            View view = view(member);
            Integer failedAt = generation.failedAtProbe.get(member);
            boolean first =
                    failedAt == null && (view.phase() == MemberPhase.WELL || view.phase() == MemberPhase.STARTING);
            boolean again = failedAt != null && view.phase() == MemberPhase.WELL && view.probes() > failedAt;
            if (first || again) {
                generation.pending.add(member);
                actions.add(new Wrap(generation.number, member));
            }
        }
    }

    private void promoteIfReady(Generation next, long now, List<Action> actions) {
        if (next.copies.size() < config.writeQuorum()) {
            next.quorumAt = null;
            return;
        }
        Long quorumAt = next.quorumAt;
        if (quorumAt == null) {
            quorumAt = now;
            next.quorumAt = now;
        }
        List<String> missing = members.stream()
                .filter(member ->
                        !next.copies.containsKey(member) && !view(member).refuses())
                .toList();
        if (next.reason.waitsForAll() && missing.stream().anyMatch(protecting::containsKey)) {
            return;
        }
        long left = quorumAt + GRACE.toNanos() - now;
        if (!missing.isEmpty() && left > 0) {
            actions.add(new WakeIn(Duration.ofNanos(left)));
            return;
        }
        Generation before = promoted;
        promoted = next;
        building = null;
        softWorn = false;
        hardWorn = false;
        promote(next, actions);
        if (before != null) {
            actions.add(new Drop(before.number));
        }
        askMissing(next, actions);
    }

    private void gainIfReady(Generation generation, long now, List<Action> actions) {
        if (generation.copies.keySet().equals(protecting.keySet())) {
            return;
        }
        Long last = lastGain;
        long left = last == null ? 0 : last + config.keyIdHold().toNanos() - now;
        if (left > 0) {
            actions.add(new WakeIn(Duration.ofNanos(left)));
            return;
        }
        lastGain = now;
        promote(generation, actions);
    }

    private void promote(Generation generation, List<Action> actions) {
        protecting = Map.copyOf(generation.copies);
        actions.add(new Promote(generation.number, Set.copyOf(protecting.keySet())));
        serve(Serving.SEALING, reason, actions);
    }

    private @Nullable Generation generation(int number) {
        if (building != null && building.number == number) {
            return building;
        }
        return promoted != null && promoted.number == number ? promoted : null;
    }

    private List<String> inPhase(MemberPhase phase) {
        return members.stream().filter(member -> view(member).phase() == phase).toList();
    }

    private String reasons(List<String> names) {
        List<String> texts = new ArrayList<>();
        for (String name : names) {
            texts.add(name + ": " + view(name).message());
        }
        return String.join("; ", texts);
    }

    private View view(String member) {
        View view = views.get(member);
        if (view == null) {
            throw new IllegalArgumentException("no wrapping member is named " + member);
        }
        return view;
    }
}
