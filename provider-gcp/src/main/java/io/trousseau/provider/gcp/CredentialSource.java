package io.trousseau.provider.gcp;

import com.google.auth.oauth2.GoogleCredentials;

/** Where credentials come from. Safe for use by any number of threads. */
interface CredentialSource {
    /**
     * Reads the credentials and asks nobody.
     *
     * @return new credentials, without a token
     * @throws UnusableCredentialsException if there are none
     */
    GoogleCredentials load() throws UnusableCredentialsException;

    /** Changes when what {@link #load} would read has changed; compared by equals. */
    Object stamp();

    /** The place in words, for messages: {@code the file /etc/trousseau/gcp.json}. */
    String origin();
}
