package io.trousseau.provider.gcp;

import com.google.auth.oauth2.GoogleCredentials;
import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What lets a request in. Safe for use by any number of threads. */
interface Authorization extends AutoCloseable {
    /** Sends nothing: for an endpoint without TLS. */
    Authorization NONE = new Authorization() {
        @Override
        public Token token(Operation operation, Deadline deadline) {
            return new Token(Map.of(), Optional.empty());
        }

        @Override
        public boolean renew(Token refused) {
            return false;
        }

        @Override
        public String describe() {
            return "none, since the endpoint is without TLS";
        }

        @Override
        public void close() {}
    };

    /**
     * Headers for one request.
     *
     * @throws KmsException if there are none before the deadline
     */
    Token token(Operation operation, Deadline deadline);

    /**
     * Has the next {@link #token} not come from a cache, after the service refused one.
     *
     * @return whether it is worth asking again
     */
    boolean renew(Token refused);

    /** Whose credentials these are and where they came from, as far as is known. */
    String describe();

    /** Ends every wait for a token with a failure. */
    @Override
    void close();

    /**
     * Headers that carry a token; never printed.
     *
     * @param headers names and values
     * @param from the credentials that made them
     */
    record Token(Map<String, List<String>> headers, Optional<GoogleCredentials> from) {
        @Override
        public String toString() {
            return "Token" + headers.keySet();
        }
    }
}
