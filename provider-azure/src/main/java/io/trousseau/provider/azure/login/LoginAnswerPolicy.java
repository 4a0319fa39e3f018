package io.trousseau.provider.azure.login;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelineNextSyncPolicy;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import io.trousseau.api.KmsException.Code;
import java.time.Duration;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * Ends a login at an answer that passes: MSAL hides the status of a metadata service's, loses Retry-After, and refuses to
 * ask again for 5 seconds by itself.
 */
final class LoginAnswerPolicy implements HttpPipelinePolicy {
    @Override
    public HttpResponse processSync(HttpPipelineCallContext call, HttpPipelineNextSyncPolicy next) {
        HttpResponse response = next.processSync();
        int status = response.getStatusCode();
        String host = call.getHttpRequest().getUrl().getHost();
        if (status == 429) {
            throw new LoginFailure(
                    Code.THROTTLED,
                    host + " asks to come less often (HTTP 429)",
                    null,
                    retryAfter(response).orElse(null));
        }
        // The metadata service answers 404 or 410 while it is being updated.
        if (status >= 500 || status == 404 || status == 410 || (status >= 300 && status < 400)) {
            throw new LoginFailure(
                    Code.UNAVAILABLE,
                    host + " cannot serve now (HTTP " + status + ")",
                    null,
                    retryAfter(response).orElse(null));
        }
        return response;
    }

    private static Optional<Duration> retryAfter(HttpResponse response) {
        return Optional.ofNullable(response.getHeaderValue(HttpHeaderName.RETRY_AFTER))
                .filter(seconds -> seconds.matches("[0-9]{1,5}"))
                .map(seconds -> Duration.ofSeconds(Integer.parseInt(seconds)));
    }

    /** MSAL asks synchronously. */
    @Override
    public Mono<HttpResponse> process(HttpPipelineCallContext call, HttpPipelineNextPolicy next) {
        return Mono.error(new UnsupportedOperationException("only synchronous calls are made here"));
    }
}
