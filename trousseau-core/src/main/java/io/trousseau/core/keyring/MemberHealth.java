package io.trousseau.core.keyring;

import io.trousseau.api.KekDescription;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.KmsException.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one member, from its probes alone: a call on behalf of a stored envelope may fail for reasons of the
 * envelope, and only asks for a probe.
 *
 * <p>A state machine without thread, clock or I/O: {@link #passed} and {@link #failed} are its events. A refusal counts
 * once a second probe in a row says the same; an outage counts at once. Not safe for use by
 * several threads.
 */
final class MemberHealth {
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);

    private final Set<String> identities = new HashSet<>();
    private final Set<KekVersion> superseded = new HashSet<>();
    private MemberPhase phase = MemberPhase.STARTING;
    private String message = "no answer yet";
    private @Nullable Code failure;
    private @Nullable KekVersion current;
    private Optional<Instant> destructionAt = Optional.empty();
    private int failuresInRow;
    private @Nullable Verdict suspected;
    private int probes;
    private long lastPass;
    private boolean everPassed;

    /** A probe passed: the KMS described an enabled KEK, and a random value went there and back. */
    void passed(KekDescription description, long now) {
        probes++;
        destructionAt = description.destructionAt();
        identities.add(description.current().identity());
        suspected = null;
        failuresInRow = 0;
        everPassed = true;
        lastPass = now;
        if (superseded.contains(description.current())) {
            phase = MemberPhase.SET_BACK;
            failure = null;
            message = "the KMS says that version " + description.current().version()
                    + " is current, which a newer one had replaced; make the newer one current again,"
                    + " or raise keyring.epoch if going back is meant";
            return;
        }
        current = description.current();
        phase = MemberPhase.WELL;
        failure = null;
        message = "ok";
    }

    /** The KMS answered, and the KEK is out of use. */
    void outOfUse(KekDescription description) {
        destructionAt = description.destructionAt();
        identities.add(description.current().identity());
        Code code = description.state() == KekDescription.State.DISABLED ? Code.KEY_DISABLED : Code.KEY_DESTROYED;
        String state = description.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        failed(code, "the KEK " + description.current().identity() + " is " + state);
    }

    /** A probe failed. */
    void failed(Code code, String text) {
        probes++;
        failuresInRow++;
        failure = code;
        message = code.label() + ": " + text;
        Verdict verdict = code.verdict() == Verdict.CALL ? Verdict.TRANSIENT : code.verdict();
        if (verdict == Verdict.TRANSIENT) {
            // A KEK that is known to be gone does not come back because the KMS is down now.
            if (phase != MemberPhase.GONE && phase != MemberPhase.DENIED) {
                phase = MemberPhase.UNREACHABLE;
            }
            suspected = null;
            return;
        }
        if (suspected != verdict) {
            suspected = verdict;
            return;
        }
        phase = verdict == Verdict.DENIED ? MemberPhase.DENIED : MemberPhase.GONE;
    }

    /** The member protects under {@code version} from now on; whatever it protected under before must not come back. */
    void protects(KekVersion version, @Nullable KekVersion before) {
        identities.add(version.identity());
        if (before != null && !before.equals(version)) {
            superseded.add(before);
        }
    }

    /** How long until the next probe. */
    Duration nextProbeIn(Duration interval) {
        if (failuresInRow == 0) {
            return interval;
        }
        Duration retry = FIRST_RETRY.multipliedBy(1L << Math.min(failuresInRow - 1, 3));
        retry = retry.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : retry;
        return retry.compareTo(interval) < 0 ? retry : interval;
    }

    /** Another keyring of this process has seen {@code version} replaced. */
    void mustNotReturn(KekVersion version) {
        superseded.add(version);
    }

    /** The versions that must not come back; a view. */
    Set<KekVersion> superseded() {
        return superseded;
    }

    boolean isSuperseded(KekVersion version) {
        return superseded.contains(version);
    }

    /** Whether the KMS has said that the member's KEK has this identity. */
    boolean hasIdentity(String identity) {
        return identities.contains(identity);
    }

    /** Whether the KMS has said what its KEK is called. */
    boolean isIdentified() {
        return !identities.isEmpty();
    }

    MemberPhase phase() {
        return phase;
    }

    /** What is wrong, or {@code ok}. */
    String message() {
        return message;
    }

    Optional<Code> failure() {
        return Optional.ofNullable(failure);
    }

    Optional<KekVersion> current() {
        return Optional.ofNullable(current);
    }

    Optional<Instant> destructionAt() {
        return destructionAt;
    }

    /** How many probes have ended. */
    int probes() {
        return probes;
    }

    /** When a probe last passed; empty if never. */
    Optional<Long> lastPass() {
        return everPassed ? Optional.of(lastPass) : Optional.empty();
    }
}
