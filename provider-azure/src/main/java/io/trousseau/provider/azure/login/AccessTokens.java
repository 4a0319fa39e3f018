package io.trousseau.provider.azure.login;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenRequestContext;
import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException.Code;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The one token of a handle. One login at a time, on a thread of its own, whoever waits for it: a caller that gives up
 * leaves the login to the others. A token is replaced at half of its life in the background, so that an outage of Entra ID
 * is noticed while there is still a token.
 *
 * <p>Safe for use by any number of threads.
 */
public final class AccessTokens {
    private static final Duration SLACK = Duration.ofSeconds(15);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);

    private final String member;
    private final Login login;
    private final Entra entra;
    private final TokenRequestContext request;
    private final InstantSource clock;
    private final System.Logger logger;
    private final Object lock = new Object();

    // Guarded by the lock.
    private @Nullable AccessToken held;
    private Instant replaceAt = Instant.MIN;
    private @Nullable CompletableFuture<AccessToken> underWay;
    private boolean announced;

    /**
     * Logs in at the first {@link #get}.
     *
     * @param member for log lines
     * @param scope what the tokens are for: {@code https://vault.azure.net/.default}
     */
    public AccessTokens(
            String member, Login login, Entra entra, String scope, InstantSource clock, System.Logger logger) {
        this.member = member;
        this.login = login;
        this.entra = entra;
        this.request = new TokenRequestContext().addScopes(scope);
        this.clock = clock;
        this.logger = logger;
    }

    /** The way to log in. */
    public Login login() {
        return login;
    }

    /**
     * A token that is valid for a while.
     *
     * @throws LoginFailure if there is none by the deadline
     */
    public AccessToken get(Deadline deadline) {
        CompletableFuture<AccessToken> coming;
        synchronized (lock) {
            Instant now = clock.instant();
            if (held != null && now.isBefore(held.getExpiresAt().toInstant().minus(SLACK))) {
                if (!now.isBefore(replaceAt)) {
                    CompletableFuture<AccessToken> unused = logIn();
                }
                return held;
            }
            coming = logIn();
        }
        return await(coming, deadline);
    }

    /**
     * Another token than one that Key Vault refused.
     *
     * @throws LoginFailure if there is none by the deadline
     */
    public AccessToken insteadOf(AccessToken refused, Deadline deadline) {
        CompletableFuture<AccessToken> coming;
        synchronized (lock) {
            if (held != null && !held.getToken().equals(refused.getToken())) {
                return held;
            }
            held = null;
            coming = logIn();
        }
        return await(coming, deadline);
    }

    /** The token at hand, for those who explain. */
    public Optional<AccessToken> held() {
        synchronized (lock) {
            return Optional.ofNullable(held);
        }
    }

    /** Joins the login under way, or begins one. Under the lock. */
    private CompletableFuture<AccessToken> logIn() {
        if (underWay != null) {
            return underWay;
        }
        CompletableFuture<AccessToken> coming = new CompletableFuture<>();
        underWay = coming;
        try {
            entra.threads().execute(() -> {
                try {
                    AccessToken token = login.credential(entra).getTokenSync(request);
                    arrived(token);
                    coming.complete(token);
                } catch (IOException e) {
                    failed(LoginFailure.of(login.describe(), e), coming);
                } catch (RuntimeException e) {
                    failed(LoginFailure.of(login.describe(), e), coming);
                } catch (Error e) {
                    // Whoever waits must not wait for ever because a class is missing.
                    failed(new LoginFailure(Code.INTERNAL, "login failed unexpectedly", e, null), coming);
                    throw e;
                }
            });
        } catch (RejectedExecutionException e) {
            underWay = null;
            coming.completeExceptionally(new LoginFailure(Code.CLOSED, "closed", e, null));
        }
        return coming;
    }

    private void arrived(AccessToken token) {
        Instant now = clock.instant();
        Duration life = Duration.between(now, token.getExpiresAt().toInstant());
        boolean first;
        synchronized (lock) {
            underWay = null;
            held = token;
            // A metadata service answers with the token that it has: asked again at half of what is left, it is not
            // asked often.
            Duration half = life.dividedBy(2);
            replaceAt = now.plus(half.compareTo(AFTER_FAILURE) < 0 ? AFTER_FAILURE : half);
            first = !announced;
            announced = true;
        }
        if (first) {
            logger.log(
                    System.Logger.Level.INFO,
                    "member {0}: logged in with {1}, which is {2}; the token lives until {3}",
                    member,
                    login.describe(),
                    TokenClaims.of(token.getToken()).describe(),
                    token.getExpiresAt().toInstant().toString());
        }
    }

    private void failed(LoginFailure failure, CompletableFuture<AccessToken> coming) {
        boolean stillHeld;
        synchronized (lock) {
            underWay = null;
            stillHeld = held != null;
            replaceAt = clock.instant().plus(AFTER_FAILURE);
        }
        if (stillHeld && failure.code() != Code.CLOSED) {
            logger.log(
                    System.Logger.Level.WARNING,
                    "member {0}: no new token yet, the one at hand goes on: {1}",
                    member,
                    String.valueOf(failure.getMessage()));
        }
        coming.completeExceptionally(failure);
    }

    private AccessToken await(CompletableFuture<AccessToken> coming, Deadline deadline) {
        try {
            return coming.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new LoginFailure(Code.TIMEOUT, "login with " + login.describe() + " did not end in time", e, null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoginFailure(Code.INTERRUPTED, "interrupted during the login with " + login.describe(), e, null);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof LoginFailure failure)) {
                throw new IllegalStateException("a login fails with nothing but a LoginFailure", e);
            }
            throw new LoginFailure(
                    // The interrupt was the login's, by close, not the caller's.
                    failure.code() == Code.INTERRUPTED ? Code.CLOSED : failure.code(),
                    String.valueOf(failure.getMessage()),
                    failure,
                    failure.retryAfter().orElse(null));
        }
    }

    /** How it logs in. */
    @Override
    public String toString() {
        return "AccessTokens[" + login.describe() + "]";
    }
}
