package io.trousseau.provider.gcp;

import com.google.auth.http.HttpTransportFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Google's chain of application default credentials: the file that an environment variable names, else the file that
 * gcloud wrote, else the metadata server. Whether there is a metadata server is not probed for: the first token shows it.
 */
final class ApplicationDefault {
    static final String VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS";

    private static final String GCLOUD_FOLDER_VARIABLE = "CLOUDSDK_CONFIG";
    private static final String GCLOUD_FILE = "application_default_credentials.json";

    private ApplicationDefault() {}

    /**
     * The first place that has credentials.
     *
     * @param environment the environment variables
     * @param home the user's folder
     */
    static CredentialSource find(
            Map<String, String> environment,
            Path home,
            String universeDomain,
            boolean allowExecutable,
            HttpTransportFactory http) {
        Optional<String> named = Optional.ofNullable(environment.get(VARIABLE)).filter(text -> !text.isEmpty());
        if (named.isPresent()) {
            Path path = Path.of(named.get());
            return new CredentialFile(
                    path, "the file " + path + " that " + VARIABLE + " names", universeDomain, allowExecutable, http);
        }
        Path folder = Optional.ofNullable(environment.get(GCLOUD_FOLDER_VARIABLE))
                .map(Path::of)
                .orElseGet(() -> home.resolve(".config").resolve("gcloud"));
        Path path = folder.resolve(GCLOUD_FILE);
        if (Files.exists(path)) {
            return new CredentialFile(path, "the file " + path + " of gcloud", universeDomain, allowExecutable, http);
        }
        return new MachineCredentials(
                "the metadata server, since " + VARIABLE + " is not set and there is no file " + path, http);
    }
}
