package io.trousseau.core.keyring;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides who is asked next to unwrap one envelope's copies, so that k good ones come in soon and few are asked in vain.
 *
 * <p>A state machine without thread, clock or I/O. It starts with as many candidates as copies are needed, turns to the
 * next one at every failure, and to one more whenever the hedge time passes without an end. Not safe for use by several
 * threads.
 */
final class UnwrapRace {
    /** What the race wants done. */
    sealed interface Action {}

    /** Ask this candidate; report by {@link #good} or {@link #failed}. */
    record Ask(Candidate candidate) implements Action {}

    /** Call {@link #hedge} after the hedge time. */
    record ArmHedge() implements Action {}

    /** k good copies are there. */
    record Won() implements Action {}

    /** k good copies cannot be had any more. */
    record Lost() implements Action {}

    /**
     * A member that can be asked for a copy.
     *
     * @param member the member's name
     * @param index which copy, in header order
     */
    record Candidate(String member, int index) {}

    private final int needed;
    private final List<Candidate> waiting;
    private final Set<Candidate> asked = new LinkedHashSet<>();
    private final BitSet good = new BitSet();
    private boolean ended;

    /**
     * A race that has not started.
     *
     * @param needed k
     * @param candidates best first
     */
    UnwrapRace(int needed, List<Candidate> candidates) {
        this.needed = needed;
        this.waiting = new ArrayList<>(candidates);
    }

    /** The race begins. */
    List<Action> start() {
        return advance(false);
    }

    /** The candidate's copy is good. */
    List<Action> good(Candidate candidate) {
        asked.remove(candidate);
        good.set(candidate.index());
        return advance(false);
    }

    /** The candidate did not give a good copy. */
    List<Action> failed(Candidate candidate) {
        asked.remove(candidate);
        return advance(false);
    }

    /** The hedge time has passed. */
    List<Action> hedge() {
        return advance(true);
    }

    private List<Action> advance(boolean hedge) {
        if (ended) {
            return List.of();
        }
        if (good.cardinality() >= needed) {
            ended = true;
            return List.of(new Won());
        }
        // Copies that are good already, and second ways to them, are of no more use.
        waiting.removeIf(candidate -> good.get(candidate.index()));
        List<Action> actions = new ArrayList<>();
        int wanted = hedge ? inFlight() + 1 : needed - good.cardinality();
        boolean more = true;
        while (more && inFlight() < wanted) {
            more = askNext(actions);
        }
        if (hedge && actions.isEmpty()) {
            // All copies are being asked for; another member may still be the faster way to one of them.
            askAny(actions);
        }
        if (good.cardinality() + inFlight() < needed) {
            ended = true;
            return List.of(new Lost());
        }
        if (!waiting.isEmpty() && (hedge || !actions.isEmpty())) {
            actions.add(new ArmHedge());
        }
        return actions;
    }

    private boolean askNext(List<Action> actions) {
        Set<Integer> busy = new HashSet<>();
        asked.forEach(candidate -> busy.add(candidate.index()));
        for (Candidate candidate : waiting) {
            if (!busy.contains(candidate.index())) {
                ask(candidate, actions);
                return true;
            }
        }
        return false;
    }

    private void askAny(List<Action> actions) {
        if (!waiting.isEmpty()) {
            ask(waiting.get(0), actions);
        }
    }

    private void ask(Candidate candidate, List<Action> actions) {
        waiting.remove(candidate);
        asked.add(candidate);
        actions.add(new Ask(candidate));
    }

    /** How many different copies are being asked for. */
    private int inFlight() {
        BitSet indexes = new BitSet();
        asked.forEach(candidate -> indexes.set(candidate.index()));
        indexes.andNot(good);
        return indexes.cardinality();
    }
}
