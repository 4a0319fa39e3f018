package io.trousseau.provider.gcp;

import com.google.api.client.http.HttpResponseException;
import com.google.auth.RequestMetadataCallback;
import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.ComputeEngineCredentials;
import com.google.auth.oauth2.ExternalAccountCredentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ImpersonatedCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.auth.oauth2.UserCredentials;
import com.google.gson.stream.MalformedJsonException;
import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderContext;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of Google credentials. They are cached, and fetched anew in the background before they expire, by Google's
 * library; what is added here is that nobody waits for them beyond a deadline, that a changed file is read, and errors
 * that say what to do.
 */
final class BearerTokens implements Authorization {
    static final String SCOPE = "https://www.googleapis.com/auth/cloudkms";

    private static final String IAM_SCOPE = "https://www.googleapis.com/auth/iam";
    private static final String QUOTA_PROJECT_HEADER = "x-goog-user-project";
    private static final int IMPERSONATION_SECONDS = 3600;
    private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(10);

    private final CredentialSource source;
    private final List<String> impersonate;
    private final Optional<String> quotaProject;
    private final URI audience;
    private final HttpTransportFactory http;
    private final Executor waiting;
    private final ProviderContext host;
    private final Set<CompletableFuture<?>> waits = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();

    // Guarded by the lock.
    private @Nullable GoogleCredentials current;
    private Object stamp = "";
    private Deadline quiet = Deadline.after(Duration.ZERO);
    private boolean announced;

    /**
     * Fetches nothing yet.
     *
     * @param first the source's credentials, if they have been read
     * @param impersonate service accounts, each allowed to make tokens of the next; the last one calls
     * @param quotaProject the project that is charged, instead of the one in the credentials
     */
    BearerTokens(
            CredentialSource source,
            Optional<GoogleCredentials> first,
            List<String> impersonate,
            Optional<String> quotaProject,
            String universeDomain,
            HttpTransportFactory http,
            Executor waiting,
            ProviderContext host) {
        this.source = source;
        this.impersonate = impersonate;
        this.quotaProject = quotaProject;
        this.audience = URI.create("https://cloudkms." + universeDomain + "/");
        this.http = http;
        this.waiting = waiting;
        this.host = host;
        this.stamp = source.stamp();
        this.current = first.map(this::forCloudKms).orElse(null);
    }

    @Override
    public Token token(Operation operation, Deadline deadline) {
        GoogleCredentials credentials = current(operation);
        CompletableFuture<Map<String, List<String>>> answer = new CompletableFuture<>();
        credentials.getRequestMetadata(audience, waiting, new RequestMetadataCallback() {
            @Override
            public void onSuccess(Map<String, List<String>> headers) {
                answer.complete(headers);
            }

            @Override
            public void onFailure(Throwable failure) {
                answer.completeExceptionally(failure);
            }
        });
        waits.add(answer);
        try {
            Map<String, List<String>> headers =
                    new HashMap<>(answer.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS));
            quotaProject.ifPresent(project -> headers.put(QUOTA_PROJECT_HEADER, List.of(project)));
            announce(credentials);
            return new Token(headers, Optional.of(credentials));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw operation.interrupted();
        } catch (TimeoutException e) {
            throw operation.failure(
                    Code.TIMEOUT, "the deadline passed before there was a token, credentials from " + source.origin());
        } catch (ExecutionException e) {
            throw failure(operation, e.getCause() == null ? e : e.getCause());
        } catch (CancellationException e) {
            throw operation.closed();
        } finally {
            forget(answer);
        }
    }

    @SuppressWarnings("UndefinedEquals") // A future equals itself alone, which is what is meant.
    private void forget(CompletableFuture<?> answer) {
        waits.remove(answer);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // Whether these are the very ones that were refused.
    public boolean renew(Token refused) {
        synchronized (lock) {
            if (refused.from().isEmpty() || refused.from().get() != current) {
                return true;
            }
            if (!quiet.hasPassed()) {
                return false;
            }
            quiet = Deadline.after(BETWEEN_RENEWALS);
            current = null;
            return true;
        }
    }

    @Override
    public String describe() {
        GoogleCredentials credentials;
        synchronized (lock) {
            credentials = current;
        }
        return (credentials == null ? "credentials" : principal(credentials)) + " from " + source.origin();
    }

    @Override
    public void close() {
        waits.forEach(wait -> wait.cancel(true));
    }

    /** The credentials, read anew if there are none or their file has changed. A file that became unusable is ignored. */
    private GoogleCredentials current(Operation operation) {
        Object now = source.stamp();
        synchronized (lock) {
            GoogleCredentials before = current;
            if (before != null && now.equals(stamp)) {
                return before;
            }
            try {
                GoogleCredentials read = forCloudKms(source.load());
                current = read;
                stamp = now;
                announced = false;
                return read;
            } catch (UnusableCredentialsException e) {
                if (before == null) {
                    throw operation.failure(Code.UNAUTHENTICATED, String.valueOf(e.getMessage()));
                }
                stamp = now;
                host.logger()
                        .log(
                                System.Logger.Level.WARNING,
                                "member {0}: {1}; the credentials read before are used on",
                                host.member(),
                                String.valueOf(e.getMessage()));
                return before;
            }
        }
    }

    private GoogleCredentials forCloudKms(GoogleCredentials read) {
        if (impersonate.isEmpty()) {
            return scoped(read, SCOPE);
        }
        int last = impersonate.size() - 1;
        return ImpersonatedCredentials.create(
                scoped(read, IAM_SCOPE),
                impersonate.get(last),
                impersonate.subList(0, last),
                List.of(SCOPE),
                IMPERSONATION_SECONDS,
                http);
    }

    private static GoogleCredentials scoped(GoogleCredentials credentials, String scope) {
        GoogleCredentials scoped = credentials.createScoped(List.of(scope));
        // Signed here, so that the KMS is all that has to be reached.
        return scoped instanceof ServiceAccountCredentials account
                ? account.createWithUseJwtAccessWithScope(true)
                : scoped;
    }

    private void announce(GoogleCredentials credentials) {
        synchronized (lock) {
            if (announced) {
                return;
            }
            announced = true;
        }
        host.logger()
                .log(
                        System.Logger.Level.INFO,
                        "member {0}: calls as {1}, credentials from {2}",
                        host.member(),
                        principal(credentials),
                        source.origin());
    }

    private static String principal(GoogleCredentials credentials) {
        if (credentials instanceof ServiceAccountCredentials account) {
            return account.getClientEmail();
        }
        if (credentials instanceof ImpersonatedCredentials impersonated) {
            return impersonated.getAccount() + ", impersonated by " + principal(impersonated.getSourceCredentials());
        }
        if (credentials instanceof ExternalAccountCredentials external) {
            String account = external.getServiceAccountEmail();
            return account == null ? "a federated identity" : account + ", impersonated by a federated identity";
        }
        if (credentials instanceof UserCredentials) {
            return "a user";
        }
        return credentials instanceof ComputeEngineCredentials ? "the machine's service account" : "an account";
    }

    private KmsException failure(Operation operation, Throwable cause) {
        String place = "no token with the credentials from " + source.origin() + ": ";
        Optional<NoTokenServerException> server = NoTokenServerException.in(cause);
        if (server.isPresent()) {
            Code code = server.get().isThrottling() ? Code.THROTTLED : Code.UNAVAILABLE;
            return operation.failure(code, place + server.get().getMessage(), cause);
        }
        if (isNoJson(cause)) {
            // Without the cause, which can quote the answer.
            return operation.failure(
                    Code.BAD_ANSWER,
                    place + "what answered with success gave no JSON; look for a proxy, at proxy and at caFile");
        }
        int status = cause.getCause() instanceof HttpResponseException answer ? answer.getStatusCode() : 0;
        if (status == 403 && !impersonate.isEmpty()) {
            return operation.failure(
                    Code.PERMISSION_DENIED,
                    place + "impersonation was refused (HTTP status 403); each account of the chain needs"
                            + " roles/iam.serviceAccountTokenCreator on the next",
                    cause);
        }
        return operation.failure(
                Code.UNAUTHENTICATED,
                place
                        + (status == 0
                                ? "they were refused, or what they refer to is not there"
                                : "HTTP status " + status),
                cause);
    }

    private static boolean isNoJson(Throwable failure) {
        @Nullable Throwable next = failure;
        for (int depth = 0; next != null && depth < 16; depth++) {
            if (next instanceof MalformedJsonException) {
                return true;
            }
            next = next.getCause();
        }
        return false;
    }
}
