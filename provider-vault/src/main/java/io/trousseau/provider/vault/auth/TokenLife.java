package io.trousseau.provider.vault.auth;

import io.trousseau.provider.vault.http.FileStamp;
import io.trousseau.provider.vault.http.VaultException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The life of a session's token, decided apart from the doing. Immutable; each event gives the next state. Times are
 * readings of a monotonic clock in nanoseconds.
 *
 * <ul>
 *   <li>A token is renewed at about two thirds of its life, by a random bit earlier so that nodes do not come together.
 *   <li>When it cannot be renewed, or a renewal gave it less than half of its first life, another login takes the place
 *       of the next renewal. The old token serves until then, and as long as it lives when the login fails.
 *   <li>After a failure nothing is tried for a while, which doubles. Who needs a token now does not wait for that when
 *       Vault merely was not reached; when Vault refused the credentials, only if their files have changed since.
 * </ul>
 */
final class TokenLife {
    static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private static final double RENEW_AT = 2.0 / 3;
    private static final double EARLIER_BY_UP_TO = 0.1;
    private static final int DOUBLINGS = 5;

    /** What to do now. */
    enum Step {
        NOTHING,
        RENEW,
        LOG_IN
    }

    private final @Nullable Token token;
    private final boolean good;
    private final long obtainedAt;
    private final Duration ttl;
    private final @Nullable Long refreshAt;
    private final boolean renews;
    private final int failures;
    private final long pauseUntil;
    private final @Nullable Refusal refusal;

    /** Vault refused the credentials in these files. */
    private record Refusal(VaultException because, List<FileStamp> files) {}

    private TokenLife(
            @Nullable Token token,
            boolean good,
            long obtainedAt,
            Duration ttl,
            @Nullable Long refreshAt,
            boolean renews,
            int failures,
            long pauseUntil,
            @Nullable Refusal refusal) {
        this.token = token;
        this.good = good;
        this.obtainedAt = obtainedAt;
        this.ttl = ttl;
        this.refreshAt = refreshAt;
        this.renews = renews;
        this.failures = failures;
        this.pauseUntil = pauseUntil;
        this.refusal = refusal;
    }

    /** Without a token. */
    static TokenLife none() {
        return new TokenLife(null, false, 0, Duration.ZERO, null, false, 0, 0, null);
    }

    /** The token that may be used now, or {@code null}. */
    @Nullable Token usable(long now) {
        boolean expired = !ttl.isZero() && now - obtainedAt >= ttl.toNanos();
        return good && !expired ? token : null;
    }

    /** Whether {@code obtained} is only the token of before, of which Vault no longer says anything. */
    boolean isDead(Token obtained, long now) {
        return !obtained.known()
                && token != null
                && token.value().equals(obtained.value())
                && (token.known() || usable(now) == null);
    }

    /**
     * What to do now.
     *
     * @param demanded whether somebody waits for a token
     * @param files of the credentials, as they are now
     */
    Step next(long now, boolean demanded, List<FileStamp> files) {
        Token usable = usable(now);
        boolean due = usable == null || (refreshAt != null && now - refreshAt >= 0);
        if (!due) {
            return Step.NOTHING;
        }
        boolean paused = failures > 0 && now - pauseUntil < 0;
        if (paused && (refusal != null ? refusal.files.equals(files) : !demanded || usable != null)) {
            return Step.NOTHING;
        }
        return usable != null && renews ? Step.RENEW : Step.LOG_IN;
    }

    /** When {@link #next} may say something else without an event; {@code null} if never. */
    @Nullable Long wakeAt(long now) {
        Long due = usable(now) == null ? (Long) now : refreshAt;
        return due != null && failures > 0 && pauseUntil - due > 0 ? (Long) pauseUntil : due;
    }

    /** Why nobody gets a token now: Vault's refusal of the credentials in {@code files}, or {@code null}. */
    @Nullable VaultException refusal(long now, List<FileStamp> files) {
        return refusal != null && failures > 0 && now - pauseUntil < 0 && refusal.files.equals(files)
                ? refusal.because
                : null;
    }

    /** A login gave {@code obtained}, whose life began at {@code at}. */
    TokenLife loggedIn(Token obtained, long at, double jitter) {
        return new TokenLife(
                obtained,
                true,
                at,
                obtained.ttl(),
                refreshAt(at, obtained.ttl(), jitter),
                obtained.renewable(),
                0,
                0,
                null);
    }

    /** A renewal at {@code at} gave {@code granted} to the token. */
    TokenLife renewed(Token granted, long at, double jitter) {
        Token first = Objects.requireNonNull(token, "token");
        // While it was renewed, another token may have come into the file, or this one have been lost: a login stays
        // due.
        if (!renews) {
            return new TokenLife(first, good, at, granted.ttl(), refreshAt, false, 0, 0, null);
        }
        boolean worthIt = granted.renewable() && granted.ttl().multipliedBy(2).compareTo(first.ttl()) >= 0;
        return new TokenLife(first, good, at, granted.ttl(), refreshAt(at, granted.ttl(), jitter), worthIt, 0, 0, null);
    }

    /** Vault does not renew the token: a login is due. */
    TokenLife renewalEnded(long now) {
        return new TokenLife(token, good, obtainedAt, ttl, now, false, 0, 0, null);
    }

    /** Vault was not reached, or could not do it: login or renewal. */
    TokenLife failed(long now, double jitter) {
        return new TokenLife(token, good, obtainedAt, ttl, refreshAt, renews, failures + 1, now + pause(jitter), null);
    }

    /** Vault refused the credentials in {@code files}. */
    TokenLife refused(VaultException because, List<FileStamp> files, long now, double jitter) {
        long pause = because.retryAfter().map(Duration::toNanos).orElseGet(() -> pause(jitter));
        return new TokenLife(
                token,
                good,
                obtainedAt,
                ttl,
                refreshAt,
                renews,
                failures + 1,
                now + pause,
                new Refusal(because, files));
    }

    /** Vault does not accept {@code bad} any more. Nothing happens if another has taken its place. */
    TokenLife lost(Token bad) {
        return token == null || !token.value().equals(bad.value())
                ? this
                : new TokenLife(token, false, obtainedAt, ttl, refreshAt, false, failures, pauseUntil, refusal);
    }

    /** Another token lies in the file: it is to be read, and the old one serves until then. */
    TokenLife outdated(long now) {
        return new TokenLife(token, good, obtainedAt, ttl, now, false, failures, pauseUntil, refusal);
    }

    private static @Nullable Long refreshAt(long at, Duration ttl, double jitter) {
        return ttl.isZero() ? null : (Long) (at + (long) (ttl.toNanos() * (RENEW_AT - EARLIER_BY_UP_TO * jitter)));
    }

    private long pause(double jitter) {
        long pause = Math.min(FIRST_PAUSE.toNanos() << Math.min(failures, DOUBLINGS), LONGEST_PAUSE.toNanos());
        return (long) (pause * (1 - jitter / 4));
    }

    /** Nothing of the token. */
    @Override
    public String toString() {
        return "TokenLife[" + token + (good ? "" : ", lost") + ", " + failures + " failures]";
    }
}
