package io.trousseau.server.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks the admin address of a server. Stateless. */
public final class AdminClient {
    private AdminClient() {}

    /**
     * Asks once.
     *
     * @param address host and port
     * @param path begins with a slash
     * @param patience how long everything may take: HttpClient's own timeout ends where the body begins
     * @throws IllegalArgumentException if {@code address} is no host and port
     * @throws java.net.ConnectException if nobody listens there
     * @throws IOException if there is no whole answer in time
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public static HttpResponse<String> get(String address, String path, Duration patience)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://" + address + path)).build();
        CompletableFuture<HttpResponse<String>> answer =
                HttpClient.newBuilder().connectTimeout(patience).build().sendAsync(request, BodyHandlers.ofString());
        try {
            return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no whole answer within " + patience.toSeconds() + " s");
        } finally {
            answer.cancel(true);
        }
    }
}
