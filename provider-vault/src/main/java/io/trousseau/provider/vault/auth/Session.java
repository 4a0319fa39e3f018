package io.trousseau.provider.vault.auth;

import io.trousseau.api.Deadline;
import io.trousseau.api.NanoClock;
import io.trousseau.provider.vault.http.FileStamp;
import io.trousseau.provider.vault.http.Transport;
import io.trousseau.provider.vault.http.Vault;
import io.trousseau.provider.vault.http.VaultAnswer;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import io.trousseau.provider.vault.http.VaultRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A cluster with a token: logs in at the first call, keeps a good token from then on, and calls with it.
 *
 * <p>One thread does all that has to do with the token, so that there is never more than one login under way; callers wait
 * for what comes of it, each within its deadline. When Vault forbids a call, the token is asked about itself: if it is the
 * cause, another takes its place and the call is made again, within the same deadline.
 *
 * <p>Safe for use by any number of threads. Closing ends the thread and the transport; the token is left to expire.
 */
public final class Session implements Vault, AutoCloseable {
    private static final Duration LONGEST_LOGIN = Duration.ofSeconds(10);
    private static final Duration SHORTEST_LOGIN = Duration.ofSeconds(2);
    private static final Duration DOUBT = Duration.ofSeconds(30);

    private final String name;
    private final Transport transport;
    private final Login login;
    private final System.Logger logger;
    private final NanoClock clock = NanoClock.system();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition outcome = lock.newCondition();

    // Guarded by the lock.
    private TokenLife life = TokenLife.none();
    private List<FileStamp> lookedAt = List.of();
    private @Nullable Thread keeper;
    private boolean demanded;
    private Duration longestWait = Duration.ZERO;
    private long steps;
    private @Nullable VaultException lastFailure;
    private boolean lookupWorks;
    private @Nullable Long doubtUntil;
    private boolean closed;

    /**
     * Makes a session; does nothing before the first call.
     *
     * @param name in the names of its threads
     * @param transport to the cluster; becomes the session's, which closes it
     * @param login how to get a token
     * @param logger where failures of the background are told
     */
    public Session(String name, Transport transport, Login login, System.Logger logger) {
        this.name = name;
        this.transport = transport;
        this.login = login;
        this.logger = logger;
        login.warnings().forEach(warning -> logger.log(System.Logger.Level.WARNING, warning));
    }

    /**
     * Calls with a good token.
     *
     * @throws VaultException of kind {@link Kind#UNAUTHENTICATED} if there is none to be had; of kind
     *     {@link Kind#FORBIDDEN} if the token is good and Vault does not allow the request
     */
    @Override
    public VaultAnswer call(VaultRequest request, Deadline deadline) {
        Token token = token(deadline);
        try {
            return transport.call(request, Optional.of(token.value()), deadline);
        } catch (VaultException e) {
            if (e.kind() != Kind.FORBIDDEN || !isTheCause(token, deadline)) {
                throw e;
            }
        }
        Token another = tokenInsteadOf(token, deadline);
        try {
            return transport.call(request, Optional.of(another.value()), deadline);
        } catch (VaultException e) {
            if (e.kind() == Kind.FORBIDDEN) {
                doubt(another, deadline);
            }
            throw e;
        }
    }

    /**
     * Asks Vault about the token in use, after logging in if there is none.
     *
     * @throws VaultException of kind {@link Kind#FORBIDDEN} also if the token's policy does not allow it
     */
    public TokenReport lookAtToken(Deadline deadline) {
        Token token = token(deadline);
        try (VaultAnswer answer =
                transport.call(TokenRequests.lookupSelf(login.namespace()), Optional.of(token.value()), deadline)) {
            return TokenReport.of(answer.json("data"));
        }
    }

    /** The transport, for looking at the cluster's nodes. */
    public Transport transport() {
        return transport;
    }

    /** How this session logs in. */
    public Login login() {
        return login;
    }

    private boolean isTheCause(Token token, Deadline deadline) {
        if (looksAtItself(token, deadline)) {
            return false;
        }
        lock.lock();
        try {
            // A policy may forbid to look at oneself. Then another login was no help a short time ago, and is none now.
            return lookupWorks || doubtUntil == null || clock.nanoTime() - doubtUntil >= 0;
        } finally {
            lock.unlock();
        }
    }

    private boolean looksAtItself(Token token, Deadline deadline) {
        try {
            transport
                    .call(TokenRequests.lookupSelf(login.namespace()), Optional.of(token.value()), deadline)
                    .close();
        } catch (VaultException e) {
            if (e.kind() == Kind.FORBIDDEN) {
                return false;
            }
            throw e;
        }
        lock.lock();
        try {
            lookupWorks = true;
        } finally {
            lock.unlock();
        }
        return true;
    }

    /** A fresh token was forbidden the call too. Unless it may look at itself, another login is no help for a while. */
    private void doubt(Token fresh, Deadline deadline) {
        try {
            if (looksAtItself(fresh, deadline)) {
                return;
            }
        } catch (VaultException e) {
            // The next call asks again.
            return;
        }
        lock.lock();
        try {
            // It may have been allowed to the tokens of before.
            lookupWorks = false;
            doubtUntil = clock.nanoTime() + DOUBT.toNanos();
        } finally {
            lock.unlock();
        }
    }

    private Token tokenInsteadOf(Token bad, Deadline deadline) {
        lock.lock();
        try {
            life = life.lost(bad);
        } finally {
            lock.unlock();
        }
        return token(deadline);
    }

    /** A good token; waits for one. */
    private Token token(Deadline deadline) {
        if (!login.followsItsFile()) {
            lock.lock();
            try {
                Token token = closed ? null : life.usable(clock.nanoTime());
                if (token != null) {
                    return token;
                }
            } finally {
                lock.unlock();
            }
        }
        List<FileStamp> files = login.stamps();
        lock.lock();
        try {
            long now = clock.nanoTime();
            if (life.usable(now) != null && !files.equals(lookedAt)) {
                lookedAt = files;
                life = life.outdated(now);
                startKeeper();
                work.signal();
            }
            return await(files, deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw VaultException.of(Kind.INTERRUPTED, null, "interrupted while logging in")
                    .build();
        } finally {
            lock.unlock();
        }
    }

    private Token await(List<FileStamp> files, Deadline deadline) throws InterruptedException {
        long before = steps;
        while (true) {
            checkOpen();
            long now = clock.nanoTime();
            Token token = life.usable(now);
            if (token != null) {
                return token;
            }
            VaultException refusal = life.refusal(now, files);
            if (refusal != null) {
                throw refusal;
            }
            VaultException failure = lastFailure;
            if (steps != before && failure != null && failure.kind() != Kind.TIMEOUT) {
                throw failure;
            }
            before = steps;
            long left = deadline.remaining().toNanos();
            if (left == 0) {
                throw VaultException.of(
                                Kind.TIMEOUT,
                                null,
                                failure == null
                                        ? "the deadline passed while logging in with " + login.description()
                                        : "the deadline passed: " + failure.getMessage())
                        .build();
            }
            demand(left);
        }
    }

    /** Returns at any time; the caller looks again at what it waits for. */
    @SuppressWarnings("WaitNotInLoop")
    private void demand(long left) throws InterruptedException {
        startKeeper();
        longestWait = Duration.ofNanos(Math.max(longestWait.toNanos(), left));
        demanded = true;
        work.signal();
        long unused = outcome.awaitNanos(left);
    }

    private void startKeeper() {
        if (keeper == null) {
            Thread thread = new Thread(this::keep, "vault-" + name + "-token");
            thread.setDaemon(true);
            thread.start();
            keeper = thread;
        }
    }

    /** What the keeper does: step after step until the session is closed. */
    private void keep() {
        try {
            while (true) {
                List<FileStamp> files = login.stamps();
                TokenLife.Step step;
                TokenLife at;
                Deadline deadline;
                lock.lock();
                try {
                    if (closed) {
                        return;
                    }
                    long now = clock.nanoTime();
                    at = life;
                    step = at.next(now, demanded, files);
                    deadline = stepDeadline();
                    if (step == TokenLife.Step.NOTHING) {
                        rest(at.wakeAt(now), now);
                    }
                } finally {
                    lock.unlock();
                }
                take(step, at, files, deadline);
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private void take(TokenLife.Step step, TokenLife at, List<FileStamp> files, Deadline deadline) {
        try {
            switch (step) {
                case NOTHING -> {}
                case RENEW -> renew(at, deadline);
                case LOG_IN -> logIn(files, deadline);
            }
        } catch (RuntimeException e) {
            // A defect, or an answer that nobody foresaw: the thread must outlive it, and callers must hear of it.
            done(
                    VaultException.of(
                                    Kind.BAD_ANSWER,
                                    null,
                                    "logging in with " + login.description() + ": unexpected "
                                            + e.getClass().getName())
                            .cause(e)
                            .build(),
                    now -> life.failed(now, jitter()));
        }
    }

    private Deadline stepDeadline() {
        Duration time = !demanded || longestWait.compareTo(LONGEST_LOGIN) > 0 ? LONGEST_LOGIN : longestWait;
        longestWait = Duration.ZERO;
        return Deadline.after(time.compareTo(SHORTEST_LOGIN) < 0 ? SHORTEST_LOGIN : time, clock);
    }

    /** Returns at any time; the keeper decides anew. */
    @SuppressWarnings("WaitNotInLoop")
    private void rest(@Nullable Long wakeAt, long now) throws InterruptedException {
        if (wakeAt == null) {
            work.await();
        } else {
            long unused = work.awaitNanos(Math.max(1, wakeAt - now));
        }
    }

    private void renew(TokenLife at, Deadline deadline) {
        long start = clock.nanoTime();
        Token token = at.usable(start);
        if (token == null) {
            return;
        }
        try (VaultAnswer answer =
                transport.call(TokenRequests.renewSelf(login.namespace()), Optional.of(token.value()), deadline)) {
            Token granted = Token.ofLogin(token.value(), answer.json("auth"));
            done(null, now -> life.renewed(granted, start, jitter()));
        } catch (VaultException e) {
            switch (e.kind()) {
                case FORBIDDEN, BAD_REQUEST, NOT_FOUND -> done(null, now -> life.renewalEnded(now));
                default -> done(e, now -> life.failed(now, jitter()));
            }
        }
    }

    private void logIn(List<FileStamp> files, Deadline deadline) {
        long start = clock.nanoTime();
        VaultException failure;
        try {
            Token obtained = login.logIn(transport::call, deadline);
            if (!isDead(obtained)) {
                done(null, now -> {
                    lookedAt = files;
                    return life.loggedIn(obtained, start, jitter());
                });
                return;
            }
            failure = VaultException.of(Kind.UNAUTHENTICATED, null, login.remedy())
                    .build();
        } catch (VaultException e) {
            failure = e;
        }
        VaultException because = failure;
        boolean refused = because.kind() == Kind.UNAUTHENTICATED || because.kind() == Kind.RATE_LIMITED;
        done(because, now -> refused ? life.refused(because, files, now, jitter()) : life.failed(now, jitter()));
    }

    private boolean isDead(Token obtained) {
        lock.lock();
        try {
            return life.isDead(obtained, clock.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    private interface Event {
        TokenLife at(long now);
    }

    /** A step has ended, and all who waited for it learn what came of it. */
    private void done(@Nullable VaultException failure, Event event) {
        VaultException news = null;
        lock.lock();
        try {
            life = event.at(clock.nanoTime());
            steps++;
            demanded = false;
            String before = lastFailure == null ? null : lastFailure.getMessage();
            if (failure != null
                    && !closed
                    && !String.valueOf(failure.getMessage()).equals(before)) {
                news = failure;
            }
            lastFailure = failure;
            outcome.signalAll();
        } finally {
            lock.unlock();
        }
        if (news != null) {
            logger.log(System.Logger.Level.WARNING, "{0}: {1}", name, news.getMessage());
        }
    }

    private static double jitter() {
        return ThreadLocalRandom.current().nextDouble();
    }

    private void checkOpen() {
        if (closed) {
            throw VaultException.of(Kind.CLOSED, null, "closed").build();
        }
    }

    /** Ends calls under way, with {@link Kind#CLOSED}, and the thread. Idempotent, and waits for nothing. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            outcome.signalAll();
            if (keeper != null) {
                keeper.interrupt();
            }
        } finally {
            lock.unlock();
        }
        transport.close();
    }

    /** The login; nothing of the token. */
    @Override
    public String toString() {
        return "Session[" + login + "]";
    }
}
