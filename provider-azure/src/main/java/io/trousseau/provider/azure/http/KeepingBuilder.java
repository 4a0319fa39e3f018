package io.trousseau.provider.azure.http;

import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Keeps the client that it builds, which the SDK hides, so that it can be shut down. */
final class KeepingBuilder implements HttpClient.Builder {
    private final HttpClient.Builder builder;
    private @Nullable HttpClient built;

    KeepingBuilder(HttpClient.Builder builder) {
        this.builder = builder;
    }

    @Override
    public HttpClient build() {
        built = builder.build();
        return built;
    }

    /** Ends the client's exchanges, connections and threads. Before JDK 21 it does that when it is forgotten. */
    void shutDownWhatWasBuilt() {
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(built);
        } catch (ReflectiveOperationException e) {
            // JDK 17 to 20 have no such method.
            built = null;
        }
    }

    @Override
    public HttpClient.Builder cookieHandler(CookieHandler handler) {
        builder.cookieHandler(handler);
        return this;
    }

    @Override
    public HttpClient.Builder connectTimeout(Duration timeout) {
        builder.connectTimeout(timeout);
        return this;
    }

    @Override
    public HttpClient.Builder sslContext(SSLContext context) {
        builder.sslContext(context);
        return this;
    }

    @Override
    public HttpClient.Builder sslParameters(SSLParameters parameters) {
        builder.sslParameters(parameters);
        return this;
    }

    @Override
    public HttpClient.Builder executor(Executor executor) {
        builder.executor(executor);
        return this;
    }

    @Override
    public HttpClient.Builder followRedirects(HttpClient.Redirect policy) {
        builder.followRedirects(policy);
        return this;
    }

    @Override
    public HttpClient.Builder version(HttpClient.Version version) {
        builder.version(version);
        return this;
    }

    @Override
    public HttpClient.Builder priority(int priority) {
        builder.priority(priority);
        return this;
    }

    @Override
    public HttpClient.Builder proxy(ProxySelector selector) {
        builder.proxy(selector);
        return this;
    }

    @Override
    public HttpClient.Builder authenticator(Authenticator authenticator) {
        builder.authenticator(authenticator);
        return this;
    }
}
