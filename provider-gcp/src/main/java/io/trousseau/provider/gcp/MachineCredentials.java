package io.trousseau.provider.gcp;

import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.ComputeEngineCredentials;
import com.google.auth.oauth2.GoogleCredentials;

/** The service account of the machine or, on GKE, of the pod, from the metadata server. */
final class MachineCredentials implements CredentialSource {
    private final String origin;
    private final HttpTransportFactory http;

    /**
     * Asks nobody.
     *
     * @param origin how to call the metadata server in messages, with what else was looked at
     */
    MachineCredentials(String origin, HttpTransportFactory http) {
        this.origin = origin;
        this.http = http;
    }

    @Override
    public GoogleCredentials load() {
        return ComputeEngineCredentials.newBuilder()
                .setHttpTransportFactory(http)
                .build();
    }

    @Override
    public Object stamp() {
        return "machine";
    }

    @Override
    public String origin() {
        return origin;
    }
}
