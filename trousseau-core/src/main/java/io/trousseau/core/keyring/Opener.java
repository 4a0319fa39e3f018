package io.trousseau.core.keyring;

import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.KmsException.Verdict;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.MemberKek;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.core.keyring.UnwrapRace.Action;
import io.trousseau.core.keyring.UnwrapRace.ArmHedge;
import io.trousseau.core.keyring.UnwrapRace.Ask;
import io.trousseau.core.keyring.UnwrapRace.Candidate;
import io.trousseau.core.keyring.UnwrapRace.Lost;
import io.trousseau.core.keyring.UnwrapRace.Won;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.localkek.ProvenLocalKeks;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.core.member.Member;
import io.trousseau.core.sharing.SecretSharing;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Gets the local KEK of an envelope from the members: one race per distinct header and copies, whoever waits for it, and a
 * short memory of failures under the same key.
 *
 * <p>All state belongs to the loop's thread.
 */
final class Opener implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Keyring.class.getName());
    private static final Duration REMEMBER_OUTAGE = Duration.ofSeconds(1);
    private static final Duration REMEMBER_REFUSAL = Duration.ofSeconds(5);
    private static final int MAX_REMEMBERED = 10_000;
    private static final Duration FIRST_HEDGE = Duration.ofMillis(50);
    private static final Duration LONGEST_HEDGE = Duration.ofMillis(500);

    private record Failure(KeyringException exception, long until) {}

    private final KeyringConfig config;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Engine engine;
    private final Loop loop;
    private final KeyringListener listener;
    private final ProvenLocalKeks proven;
    private final Map<String, CompletableFuture<LocalKek>> running = new HashMap<>();
    private final Map<String, Failure> failures = new LinkedHashMap<>();
    private final Quieted warnings = new Quieted();
    // Unlike the rest for any thread: who waits must be told, even if the loop never gets to it.
    private final Map<Long, CompletableFuture<LocalKek>> waiting = new ConcurrentHashMap<>();
    private final AtomicLong arrivals = new AtomicLong();
    private volatile boolean closed;

    Opener(
            KeyringConfig config,
            List<Member> members,
            Engine engine,
            Loop loop,
            KeyringListener listener,
            ProvenLocalKeks proven) {
        this.config = config;
        members.forEach(member -> this.members.put(member.name(), member));
        this.engine = engine;
        this.loop = loop;
        this.listener = listener;
        this.proven = proven;
    }

    /**
     * The local KEK of an envelope whose header is acceptable. Any thread.
     *
     * @return completes on the loop's thread; belongs to the caller alone, so that its cancellation harms nobody
     */
    CompletableFuture<LocalKek> localKekOf(Envelope envelope) {
        String key = HexFormat.of().formatHex(envelope.unwrapKey());
        CompletableFuture<LocalKek> result = new CompletableFuture<>();
        long arrival = arrivals.incrementAndGet();
        waiting.put(arrival, result);
        CompletableFuture<Boolean> unusedRemoval = result.handle((localKek, e) -> waiting.remove(arrival) != null);
        loop.execute(() -> {
            LocalKek known = proven.get(envelope.header().commitment());
            if (known != null) {
                result.complete(known);
                return;
            }
            Failure failure = failures.get(key);
            if (failure != null && failure.until() - loop.nanoTime() > 0) {
                result.completeExceptionally(failure.exception());
                return;
            }
            CompletableFuture<LocalKek> shared = running.get(key);
            if (shared == null) {
                shared = new CompletableFuture<>();
                running.put(key, shared);
                new Attempt(envelope, key, shared).start();
            }
            // A dependent of its own: the caller may give up on it without harm to the others.
            CompletableFuture<Boolean> unused = shared.handle(
                    (localKek, e) -> e == null ? result.complete(localKek) : result.completeExceptionally(e));
        });
        if (closed) {
            refuse(result);
        }
        return result;
    }

    private void remember(String key, KeyringException exception) {
        boolean outage = exception.code() == KeyringException.Code.UNAVAILABLE
                || exception.code() == KeyringException.Code.TIMEOUT;
        long now = loop.nanoTime();
        failures.values().removeIf(failure -> failure.until() - now <= 0);
        if (failures.size() >= MAX_REMEMBERED) {
            failures.remove(failures.keySet().iterator().next());
        }
        failures.put(key, new Failure(exception, now + (outage ? REMEMBER_OUTAGE : REMEMBER_REFUSAL).toNanos()));
    }

    private void warn(String kind, String text) {
        warnings.tell(kind, loop.nanoTime())
                .ifPresent(untold -> LOG.log(
                        Level.WARNING,
                        () -> untold == 0
                                ? text
                                : text + " (and " + untold + " more like this since the last such line)"));
    }

    /** Fails what is under way, and what comes. Any thread. */
    @Override
    public void close() {
        closed = true;
        waiting.values().forEach(Opener::refuse);
    }

    private static void refuse(CompletableFuture<LocalKek> future) {
        future.completeExceptionally(new KeyringException(KeyringException.Code.CLOSED, "the keyring is closed"));
    }

    /** One race for one header and copies. */
    private final class Attempt {
        private final Header header;
        private final List<byte[]> copies;
        private final String key;
        private final CompletableFuture<LocalKek> result;
        private final List<Candidate> candidates = new ArrayList<>();
        private final Map<Candidate, Runnable> calls = new HashMap<>();
        private final Map<Integer, byte[]> sharesByX = new HashMap<>();
        private final Map<String, KmsException> problems = new LinkedHashMap<>();
        private final Set<String> contradicted = new HashSet<>();
        private @Nullable UnwrapRace race;
        private @Nullable LocalKek found;
        private int hedges;

        Attempt(Envelope envelope, String key, CompletableFuture<LocalKek> result) {
            this.header = envelope.header();
            this.copies = envelope.copies();
            this.key = key;
            this.result = result;
        }

        void start() {
            Set<Integer> held = new HashSet<>();
            List<MemberKek> unheld = new ArrayList<>();
            List<MemberKek> keks = header.kekPart().keks();
            for (int i = 0; i < keks.size(); i++) {
                if (addCandidates(keks.get(i), i)) {
                    held.add(i);
                } else {
                    unheld.add(keks.get(i));
                }
            }
            if (held.size() < threshold()) {
                lose(unknownKek(unheld));
                return;
            }
            candidates.sort(Comparator.comparingInt(this::reluctance)
                    .thenComparing(
                            candidate -> engine.latencyOf(candidate.member()).orElse(Member.DEFAULT_DEADLINE)));
            race = new UnwrapRace(threshold(), candidates);
            perform(race.start());
        }

        private int threshold() {
            return header.kekPart().decryptThreshold();
        }

        private boolean addCandidates(MemberKek kek, int index) {
            boolean held = false;
            for (Member member : members.values()) {
                String identity = kek.version().identity();
                MemberHealth health = engine.healthOf(member.name());
                // A member whose KMS never answered may hold any KEK; its provider refuses what is not its own.
                if (member.provider().equals(kek.provider())
                        && (health.hasIdentity(identity)
                                || member.formerKeks().contains(identity)
                                || !health.isIdentified())) {
                    candidates.add(new Candidate(member.name(), index));
                    held = true;
                    if (health.hasIdentity(identity)
                            && !health.current().equals(Optional.of(kek.version()))
                            && !health.isSuperseded(kek.version())) {
                        // Another node may have seen a new version first.
                        engine.probeSoon(member.name());
                    }
                }
            }
            return held;
        }

        /** Members that are well come first. */
        private int reluctance(Candidate candidate) {
            return switch (engine.healthOf(candidate.member()).phase()) {
                case WELL, SET_BACK -> 0;
                case STARTING -> 1;
                case UNREACHABLE -> 2;
                case DENIED, GONE -> 3;
            };
        }

        private KeyringException unknownKek(List<MemberKek> unheld) {
            List<String> lines = new ArrayList<>();
            for (MemberKek kek : unheld) {
                lines.add("to the member of provider " + kek.provider() + " whose KMS can unwrap it add formerKeks: [\""
                        + kek.version().identity() + "\"]");
            }
            return new KeyringException(
                    KeyringException.Code.UNKNOWN_KEK,
                    "no member holds the KEK that protects this envelope; " + String.join("; ", lines));
        }

        private void perform(List<Action> actions) {
            for (Action action : actions) {
                if (action instanceof Ask ask) {
                    ask(ask.candidate());
                } else if (action instanceof ArmHedge) {
                    armHedge();
                } else if (action instanceof Won) {
                    win();
                } else if (action instanceof Lost) {
                    lose(verdict());
                }
            }
        }

        private void armHedge() {
            int turn = ++hedges;
            Duration slowest = calls.keySet().stream()
                    .map(candidate -> engine.latencyOf(candidate.member()).orElse(FIRST_HEDGE))
                    .max(Comparator.naturalOrder())
                    .orElse(FIRST_HEDGE)
                    .multipliedBy(3);
            Duration wait = slowest.compareTo(FIRST_HEDGE) < 0
                    ? FIRST_HEDGE
                    : slowest.compareTo(LONGEST_HEDGE) > 0 ? LONGEST_HEDGE : slowest;
            loop.schedule(wait, () -> {
                if (turn == hedges && race != null) {
                    perform(race.hedge());
                }
            });
        }

        private void ask(Candidate candidate) {
            Member member = Objects.requireNonNull(members.get(candidate.member()));
            KekVersion version = header.kekPart().keks().get(candidate.index()).version();
            WrappedKey wrapped = new WrappedKey(copies.get(candidate.index()), version);
            WrapContext context =
                    MemberWork.contextOf(config.name(), header.commitment(), threshold(), xOf(candidate.index()));
            long start = loop.nanoTime();
            calls.put(
                    candidate,
                    loop.<UnwrapResult>call(
                            member,
                            Purpose.OPEN,
                            engine.deadlineOf(member),
                            (kek, deadline) -> kek.unwrap(wrapped, context, deadline),
                            (answer, failure) -> {
                                calls.remove(candidate);
                                answered(candidate, answer, failure, start);
                            }));
        }

        private int xOf(int index) {
            return header.shares().isEmpty() ? 0 : header.shares().get(index).x();
        }

        private void answered(
                Candidate candidate, @Nullable UnwrapResult answer, @Nullable KmsException failure, long start) {
            UnwrapRace current = Objects.requireNonNull(race);
            if (answer == null) {
                KmsException why = Objects.requireNonNull(failure);
                problems.put(candidate.member(), why);
                if (why.code() == Code.INVALID_CIPHERTEXT) {
                    damaged(candidate, "its KMS refuses the copy");
                } else {
                    warn(
                            candidate.member() + " failed",
                            "member " + candidate.member() + " did not unwrap: " + why.getMessage());
                    engine.probeSoon(candidate.member());
                }
                perform(current.failed(candidate));
                return;
            }
            engine.answered(candidate.member(), Duration.ofNanos(loop.nanoTime() - start));
            byte[] secret;
            try (answer) {
                secret = answer.plaintext();
            }
            try {
                if (accept(candidate, secret)) {
                    perform(current.good(candidate));
                } else {
                    problems.put(
                            candidate.member(),
                            new KmsException(Code.BAD_ANSWER, "what it unwrapped is not what the envelope names"));
                    contradicted.add(candidate.member());
                    damaged(
                            candidate,
                            threshold() == 1
                                    ? "what it unwrapped is not the local KEK which the envelope names"
                                    : "its share is not the one which the envelope names");
                    perform(current.failed(candidate));
                }
            } finally {
                Arrays.fill(secret, (byte) 0);
            }
        }

        private boolean accept(Candidate candidate, byte[] secret) {
            if (threshold() == 1) {
                found = LocalKek.prove(secret, header.commitment());
                return found != null;
            }
            if (secret.length != LocalKek.BYTES
                    || !header.shares().get(candidate.index()).fits(header.commitment(), secret)) {
                return false;
            }
            byte[] before = sharesByX.put(xOf(candidate.index()), secret.clone());
            if (before != null) {
                // Two members were asked for one share.
                Arrays.fill(before, (byte) 0);
            }
            return true;
        }

        private void damaged(Candidate candidate, String what) {
            warn(
                    candidate.member() + " damaged",
                    "the copy of member " + candidate.member() + " in an envelope of local KEK " + header.commitment()
                            + " is of no use: " + what);
            listener.damagedCopy(candidate.member());
        }

        private void win() {
            LocalKek localKek = found;
            if (localKek == null) {
                byte[] joined = SecretSharing.join(sharesByX);
                localKek = LocalKek.prove(joined, header.commitment());
                Arrays.fill(joined, (byte) 0);
            }
            if (localKek == null) {
                lose(
                        new KeyringException(
                                KeyringException.Code.NOT_AUTHENTIC,
                                "the envelope is forged: its shares are genuine by their hashes and do not give the local KEK"));
                return;
            }
            end();
            Engine.Snapshot now = engine.snapshot();
            if (now.serving() == Serving.FAILED_CLOSED) {
                // The cache was wiped while the members were asked; nothing comes back into it.
                localKek.wipe();
                result.completeExceptionally(new KeyringException(
                        KeyringException.Code.FAILED_CLOSED, "the keyring has failed closed: " + now.reason()));
                return;
            }
            proven.add(localKek);
            result.complete(localKek);
        }

        private void lose(KeyringException why) {
            end();
            remember(key, why);
            result.completeExceptionally(why);
        }

        private void end() {
            running.remove(key);
            hedges++;
            List.copyOf(calls.values()).forEach(Runnable::run);
            calls.clear();
            sharesByX.values().forEach(share -> Arrays.fill(share, (byte) 0));
        }

        /** What the failures of the members together mean. */
        private KeyringException verdict() {
            List<String> texts = new ArrayList<>();
            Set<Verdict> verdicts = EnumSet.noneOf(Verdict.class);
            boolean onlyTimeouts = true;
            for (Map.Entry<String, KmsException> problem : problems.entrySet()) {
                Code code = problem.getValue().code();
                texts.add(problem.getKey() + ": " + code.label() + ": "
                        + problem.getValue().getMessage());
                Verdict verdict = code.verdict();
                if (contradicted.contains(problem.getKey())) {
                    // A wrong secret under a genuine answer is the envelope's fault, not an outage.
                    verdict = Verdict.CALL;
                } else if (code == Code.CLOSED || code == Code.INTERRUPTED) {
                    // A call that was given up, or met a closed handle, says nothing of the envelope.
                    verdict = Verdict.TRANSIENT;
                }
                verdicts.add(verdict);
                if (verdict == Verdict.TRANSIENT) {
                    onlyTimeouts &= code == Code.TIMEOUT;
                }
            }
            String message = "too few members unwrapped the local KEK " + header.commitment() + " ("
                    + String.join("; ", texts) + ")";
            if (verdicts.contains(Verdict.TRANSIENT)) {
                return new KeyringException(
                        onlyTimeouts ? KeyringException.Code.TIMEOUT : KeyringException.Code.UNAVAILABLE, message);
            }
            if (verdicts.contains(Verdict.DENIED)) {
                return new KeyringException(KeyringException.Code.DENIED, message);
            }
            if (verdicts.contains(Verdict.GONE)) {
                return new KeyringException(KeyringException.Code.KEK_GONE, message);
            }
            return new KeyringException(KeyringException.Code.NOT_AUTHENTIC, message);
        }
    }
}
