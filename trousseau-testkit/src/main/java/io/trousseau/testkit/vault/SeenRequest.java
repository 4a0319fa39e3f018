package io.trousseau.testkit.vault;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request that a fake got.
 *
 * @param method the HTTP method as it was sent
 * @param path what follows {@code /v1/}, without the query
 * @param headers the HTTP headers, names in lower case
 * @param clientPort the port that it came from: the same one is the same connection
 */
public record SeenRequest(String method, String path, Map<String, List<String>> headers, int clientPort) {
    /** The first value of a header. */
    public Optional<String> header(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream()
                .findFirst();
    }

    /** Method and path; never the headers, which hold the token. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
