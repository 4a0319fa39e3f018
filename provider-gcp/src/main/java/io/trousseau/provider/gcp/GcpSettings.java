package io.trousseau.provider.gcp;

import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.GoogleCredentials;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.api.ProviderConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;

/**
 * The settings of one member, understood and checked.
 *
 * @param key the KEK
 * @param endpoint where the service answers
 * @param universeDomain the universe that key and credentials belong to
 * @param credentials where the credentials are; empty for an endpoint without TLS
 * @param loaded the credentials, if they lie in a file
 * @param impersonate the chain of service accounts, the last one calls
 * @param quotaProject the project that is charged
 * @param proxy the way out
 * @param tls how to speak TLS with the service; empty for an endpoint without
 * @param http what gets tokens goes through this
 */
record GcpSettings(
        CryptoKeyName key,
        Endpoint endpoint,
        String universeDomain,
        Optional<CredentialSource> credentials,
        Optional<GoogleCredentials> loaded,
        List<String> impersonate,
        Optional<String> quotaProject,
        Optional<InetSocketAddress> proxy,
        Optional<SslContext> tls,
        HttpTransportFactory http) {
    static final String KEY = "key";
    static final String CREDENTIALS = "credentials";
    static final String CREDENTIALS_FILE = "credentialsFile";
    static final String ALLOW_EXECUTABLE = "allowExecutable";
    static final String IMPERSONATE = "impersonate";
    static final String QUOTA_PROJECT = "quotaProject";
    static final String UNIVERSE_DOMAIN = "universeDomain";
    static final String ENDPOINT = "endpoint";
    static final String CA_FILE = "caFile";
    static final String PROXY = "proxy";

    private static final String ADC = "adc";
    private static final String FILE = "file";
    private static final String METADATA = "metadata";
    private static final Pattern DOMAIN = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)+");
    private static final Pattern ACCOUNT = Pattern.compile("[a-zA-Z0-9._-]+@[a-zA-Z0-9.:_-]+");
    private static final Pattern PROJECT = Pattern.compile("[a-z0-9][a-z0-9.:-]{0,99}");

    static final ConfigSchema SCHEMA = ConfigSchema.builder()
            .required(
                    KEY,
                    ConfigSchema.Type.STRING,
                    "The CryptoKey, of purpose ENCRYPT_DECRYPT, as Cloud KMS names it: " + CryptoKeyName.FORM
                            + ". No version: the primary one wraps, and each unwraps what it wrapped.")
            .add(new Setting(
                    CREDENTIALS,
                    ConfigSchema.Type.STRING,
                    false,
                    Optional.empty(),
                    Set.of(ADC, FILE, METADATA),
                    "Where the credentials come from: `file` is credentialsFile, and the default if that is set;"
                            + " `metadata` is the service account of the machine or the pod; `adc`, else the default, is"
                            + " Google's chain: the file that GOOGLE_APPLICATION_CREDENTIALS names, that of gcloud, the"
                            + " metadata server."))
            .optional(
                    CREDENTIALS_FILE,
                    ConfigSchema.Type.FILE,
                    "A credentials file of Google: a service account's key, or a workload identity federation"
                            + " configuration. Changes are seen without a restart.")
            .optional(
                    ALLOW_EXECUTABLE,
                    ConfigSchema.Type.BOOLEAN,
                    "false",
                    "Whether credentials may name a program that is run to get a token. Who can write the credentials file"
                            + " can then run anything.")
            .optional(
                    IMPERSONATE,
                    ConfigSchema.Type.STRING_LIST,
                    "Service accounts by e-mail address: the credentials make a token of the first, that one of the next,"
                            + " and the last one calls Cloud KMS.")
            .optional(
                    QUOTA_PROJECT,
                    ConfigSchema.Type.STRING,
                    "The project whose quota is used, if it is not that of the credentials.")
            .optional(
                    UNIVERSE_DOMAIN,
                    ConfigSchema.Type.STRING,
                    "googleapis.com",
                    "The universe of the key and the credentials, for a sovereign cloud.")
            .optional(
                    ENDPOINT,
                    ConfigSchema.Type.STRING,
                    "Another address of Cloud KMS than the global one, `HOST` or `HOST:PORT`: a regional endpoint, Private"
                            + " Service Connect. `http://` is for loopback only, and sends no credentials.")
            .optional(
                    CA_FILE,
                    ConfigSchema.Type.FILE,
                    "CA certificates (PEM) to trust instead of Java's own, for Cloud KMS and for what gives out tokens.")
            .optional(
                    PROXY,
                    ConfigSchema.Type.STRING,
                    "An HTTP proxy, `http://HOST:PORT`. Without it there is none: the environment is not consulted.")
            .build();

    /**
     * Reads the settings and the files that they name.
     *
     * @param environment the environment variables, for application default credentials
     * @param home the user's folder, for the same
     * @throws ConfigException with every problem
     */
    static GcpSettings read(ProviderConfig config, Map<String, String> environment, Path home) {
        Reader reader = new Reader(config, environment, home);
        GcpSettings settings = reader.read();
        if (!reader.problems.isEmpty()) {
            throw new ConfigException(reader.problems);
        }
        return settings;
    }

    /** Collects the problems; what it returns is only of use without any. */
    private static final class Reader {
        final List<Problem> problems = new ArrayList<>();
        private final ProviderConfig config;
        private final Map<String, String> environment;
        private final Path home;

        Reader(ProviderConfig config, Map<String, String> environment, Path home) {
            this.config = config;
            this.environment = environment;
            this.home = home;
        }

        GcpSettings read() {
            String universe = config.has(UNIVERSE_DOMAIN) ? config.string(UNIVERSE_DOMAIN) : "googleapis.com";
            if (!DOMAIN.matcher(universe).matches()) {
                problem(UNIVERSE_DOMAIN, "is not a domain");
            }
            Endpoint endpoint = endpoint(universe);
            Optional<InetSocketAddress> proxy = proxy();
            Optional<CaCertificates> authorities = authorities();
            Optional<SSLSocketFactory> sockets = authorities.map(CaCertificates::socketFactory);
            TokenHttp http = new TokenHttp(proxy, sockets);
            Optional<CredentialSource> credentials = credentials(universe, endpoint, () -> http);
            Optional<GoogleCredentials> loaded = credentials.flatMap(this::load);
            return new GcpSettings(
                    key(),
                    endpoint,
                    universe,
                    credentials,
                    loaded,
                    accounts(),
                    quotaProject(),
                    proxy,
                    tls(endpoint, authorities),
                    () -> http);
        }

        private CryptoKeyName key() {
            String text = config.string(KEY);
            return CryptoKeyName.parse(text).orElseGet(() -> {
                problem(
                        KEY,
                        text.contains("/cryptoKeyVersions/")
                                ? "names a version; leave it out, so that a rotation is seen: " + CryptoKeyName.FORM
                                : "is not the name of a CryptoKey, which is " + CryptoKeyName.FORM);
                return new CryptoKeyName("");
            });
        }

        private Endpoint endpoint(String universe) {
            Endpoint standard = Endpoint.of(universe);
            if (!config.has(ENDPOINT)) {
                return standard;
            }
            Optional<Endpoint> endpoint = Endpoint.parse(config.string(ENDPOINT));
            if (endpoint.isEmpty()) {
                problem(ENDPOINT, "is not HOST, HOST:PORT or the same with https://");
            } else if (endpoint.get().plaintext() && !endpoint.get().isLoopback()) {
                problem(ENDPOINT, "is without TLS and not on loopback; leave http:// out");
            }
            return endpoint.orElse(standard);
        }

        private Optional<InetSocketAddress> proxy() {
            if (!config.has(PROXY)) {
                return Optional.empty();
            }
            String text = config.string(PROXY);
            Optional<Endpoint> proxy = text.startsWith("http://") ? Endpoint.parse(text) : Optional.empty();
            if (proxy.isEmpty()) {
                problem(PROXY, "is not http://HOST:PORT");
            }
            return proxy.map(address -> InetSocketAddress.createUnresolved(address.host(), address.port()));
        }

        private Optional<CaCertificates> authorities() {
            if (!config.has(CA_FILE)) {
                return Optional.empty();
            }
            try {
                return Optional.of(CaCertificates.read(config.file(CA_FILE)));
            } catch (IOException | GeneralSecurityException e) {
                problem(
                        CA_FILE,
                        config.file(CA_FILE) + " cannot be read as PEM certificates ("
                                + e.getClass().getSimpleName() + ")");
                return Optional.empty();
            }
        }

        private Optional<SslContext> tls(Endpoint endpoint, Optional<CaCertificates> authorities) {
            if (endpoint.plaintext()) {
                return Optional.empty();
            }
            SslContextBuilder builder = SslContextBuilder.forClient();
            authorities.ifPresent(
                    trusted -> builder.trustManager(trusted.certificates().toArray(new X509Certificate[0])));
            try {
                return Optional.of(
                        GrpcSslContexts.configure(builder, SslProvider.JDK).build());
            } catch (SSLException e) {
                problem("", "this Java cannot speak TLS (" + e.getClass().getSimpleName() + ")");
                return Optional.empty();
            }
        }

        private Optional<CredentialSource> credentials(String universe, Endpoint endpoint, HttpTransportFactory http) {
            boolean hasFile = config.has(CREDENTIALS_FILE);
            String kind = config.has(CREDENTIALS) ? config.string(CREDENTIALS) : (hasFile ? FILE : ADC);
            if (hasFile && !kind.equals(FILE)) {
                problem(CREDENTIALS_FILE, "is set, and credentials is " + kind + "; leave one of the two out");
            }
            if (!hasFile && kind.equals(FILE)) {
                problem(CREDENTIALS, "is file, and credentialsFile is not set");
                return Optional.empty();
            }
            if (endpoint.plaintext()) {
                if (hasFile || config.has(CREDENTIALS) || config.has(IMPERSONATE)) {
                    problem(ENDPOINT, "is without TLS, so credentials are not sent; leave them out, or http:// out");
                }
                return Optional.empty();
            }
            boolean allowExecutable = config.has(ALLOW_EXECUTABLE) && config.bool(ALLOW_EXECUTABLE);
            return Optional.of(
                    switch (kind) {
                        case FILE -> {
                            Path path = config.file(CREDENTIALS_FILE);
                            yield new CredentialFile(path, "the file " + path, universe, allowExecutable, http);
                        }
                        case METADATA -> new MachineCredentials("the metadata server", http);
                        default -> ApplicationDefault.find(environment, home, universe, allowExecutable, http);
                    });
        }

        private Optional<GoogleCredentials> load(CredentialSource source) {
            try {
                return Optional.of(source.load());
            } catch (UnusableCredentialsException e) {
                problem(config.has(CREDENTIALS_FILE) ? CREDENTIALS_FILE : CREDENTIALS, String.valueOf(e.getMessage()));
                return Optional.empty();
            }
        }

        private List<String> accounts() {
            List<String> accounts = config.strings(IMPERSONATE);
            accounts.stream()
                    .filter(account -> !ACCOUNT.matcher(account).matches())
                    .forEach(account -> problem(IMPERSONATE, "is not the address of a service account: " + account));
            return accounts;
        }

        private Optional<String> quotaProject() {
            Optional<String> project = config.optionalString(QUOTA_PROJECT);
            project.filter(text -> !PROJECT.matcher(text).matches())
                    .ifPresent(text -> problem(QUOTA_PROJECT, "is not a project's id"));
            return project;
        }

        private void problem(String field, String message) {
            problems.add(new Problem(field, message));
        }
    }
}
