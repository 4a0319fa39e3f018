package io.trousseau.provider.azure.login;

import com.azure.core.credential.AccessToken;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelineNextSyncPolicy;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import io.trousseau.api.Deadline;
import io.trousseau.provider.azure.http.Http;
import reactor.core.publisher.Mono;

/**
 * Puts the token on each request. A refused one is replaced and the request sent once more.
 *
 * <p>Unlike the SDK's own policy this one follows no challenge: where to log in and for which resource is configuration, so
 * that no server can have a token made for another. And it waits with the deadline of the call.
 */
public final class BearerPolicy implements HttpPipelinePolicy {
    private static final int UNAUTHORIZED = 401;

    private final AccessTokens tokens;

    /** Takes the tokens from {@code tokens}. */
    public BearerPolicy(AccessTokens tokens) {
        this.tokens = tokens;
    }

    @Override
    public HttpResponse processSync(HttpPipelineCallContext call, HttpPipelineNextSyncPolicy next) {
        Deadline deadline = call.getData(Http.deadlineKey())
                .map(Deadline.class::cast)
                .orElseGet(() -> Deadline.after(Http.LOGIN_LIMIT));
        HttpPipelineNextSyncPolicy again = next.clone();
        AccessToken token = tokens.get(deadline);
        put(token, call);
        HttpResponse response = next.processSync();
        if (response.getStatusCode() != UNAUTHORIZED) {
            return response;
        }
        response.close();
        put(tokens.insteadOf(token, deadline), call);
        return again.processSync();
    }

    private static void put(AccessToken token, HttpPipelineCallContext call) {
        call.getHttpRequest().setHeader(HttpHeaderName.AUTHORIZATION, "Bearer " + token.getToken());
    }

    /** Blocks like the other; nothing here asks so. */
    @Override
    public Mono<HttpResponse> process(HttpPipelineCallContext call, HttpPipelineNextPolicy next) {
        return Mono.error(new UnsupportedOperationException("only synchronous calls are made here"));
    }
}
