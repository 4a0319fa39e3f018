package io.trousseau.provider.azure.login;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.util.Configuration;
import com.azure.identity.AadCredentialBuilderBase;
import com.azure.identity.CredentialBuilderBase;
import io.trousseau.provider.azure.http.Http;
import java.util.concurrent.ExecutorService;

/**
 * Where and with what to log in.
 *
 * @param authorityHost the URL of Entra ID
 * @param pipeline what sends the requests: it repeats none
 * @param threads where MSAL does its work
 */
public record Entra(String authorityHost, HttpPipeline pipeline, ExecutorService threads) {
    /** Logging in through {@code http}. */
    public static Entra through(Http http, String authorityHost) {
        return new Entra(authorityHost, pipeline(http), http.threads());
    }

    /** What sends the requests of logins through {@code http}. */
    public static HttpPipeline pipeline(HttpClient http) {
        return new HttpPipelineBuilder()
                .policies(new LoginAnswerPolicy())
                .httpClient(http)
                .build();
    }

    /** Gives a builder what all have: no retries, and nothing from the environment. */
    <T extends CredentialBuilderBase<T>> T ready(T builder) {
        return builder.pipeline(pipeline).configuration(Configuration.NONE);
    }

    /**
     * Gives a builder what those that talk to Entra ID have. The authority comes from the configuration, so nothing is
     * gained by asking another host whether it exists.
     */
    <T extends AadCredentialBuilderBase<T>> T at(T builder) {
        return ready(builder)
                .authorityHost(authorityHost)
                .executorService(threads)
                .disableInstanceDiscovery();
    }
}
