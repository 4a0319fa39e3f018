package io.trousseau.provider.azure;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.api.ProviderConfig;
import io.trousseau.provider.azure.http.TrustFile;
import io.trousseau.provider.azure.login.Login;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/**
 * The settings of one member, checked against each other and against the files that they name.
 *
 * @param key the KEK
 * @param restoredFrom the keys of which it is a restored backup
 * @param algorithm how it wraps
 * @param authorityHost where to log in
 * @param resource what the tokens are for
 * @param login how to log in
 * @param trust what to trust instead of the JVM's certificate authorities
 * @param proxy the proxy to use
 */
record AzureSettings(
        KeyName key,
        Set<KeyName> restoredFrom,
        KeyAlgorithm algorithm,
        String authorityHost,
        String resource,
        Login login,
        Optional<SSLContext> trust,
        Optional<InetSocketAddress> proxy) {
    /** Copies the set. */
    AzureSettings {
        restoredFrom = Set.copyOf(restoredFrom);
    }

    static final String KEY = "key";
    static final String RESTORED_FROM = "restoredFrom";
    static final String ALGORITHM = "algorithm";
    static final String CLOUD = "cloud";
    static final String AUTHORITY_HOST = "authorityHost";
    static final String RESOURCE = "resource";
    static final String CA_FILE = "caFile";
    static final String PROXY = "proxy";

    private static final String CUSTOM = "custom";

    static final ConfigSchema SCHEMA = schema();

    /**
     * Checks settings.
     *
     * @param environment the process's environment variables; only {@code auth: environment} looks at them
     * @throws ConfigException with every problem
     */
    static AzureSettings check(ProviderConfig config, Map<String, String> environment) {
        List<Problem> problems = new ArrayList<>();
        Optional<KeyName> key = key(config, problems);
        Set<KeyName> restoredFrom = restoredFrom(config, problems);
        Optional<Place> place = place(config, key, problems);
        Optional<Login> login = new LoginSettings(config, environment, problems).login();
        Optional<SSLContext> trust = trust(config, problems);
        Optional<InetSocketAddress> proxy = proxy(config, problems);
        if (!problems.isEmpty() || key.isEmpty() || place.isEmpty() || login.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new AzureSettings(
                key.get(),
                restoredFrom,
                KeyAlgorithm.labelled(config.string(ALGORITHM)),
                place.get().authorityHost(),
                place.get().resource(),
                login.get(),
                trust,
                proxy);
    }

    private record Place(String authorityHost, String resource) {}

    private static Optional<KeyName> key(ProviderConfig config, List<Problem> problems) {
        try {
            return Optional.of(KeyName.ofSetting(config.string(KEY)));
        } catch (IllegalArgumentException e) {
            problems.add(new Problem(KEY, String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    private static Set<KeyName> restoredFrom(ProviderConfig config, List<Problem> problems) {
        Set<KeyName> keys = new LinkedHashSet<>();
        for (String url : config.strings(RESTORED_FROM)) {
            try {
                keys.add(KeyName.ofSetting(url));
            } catch (IllegalArgumentException e) {
                problems.add(new Problem(RESTORED_FROM, url + ": " + e.getMessage()));
            }
        }
        return keys;
    }

    private static Optional<Place> place(ProviderConfig config, Optional<KeyName> key, List<Problem> problems) {
        String chosen = config.string(CLOUD);
        if (chosen.equals(CUSTOM)) {
            Optional<String> authority = httpsOf(config, AUTHORITY_HOST, problems);
            Optional<String> resource = httpsOf(config, RESOURCE, problems);
            return authority.isPresent() && resource.isPresent()
                    ? Optional.of(new Place(authority.get(), resource.get()))
                    : Optional.empty();
        }
        for (String name : List.of(AUTHORITY_HOST, RESOURCE)) {
            if (config.has(name)) {
                problems.add(new Problem(name, "is for \"cloud: custom\" only; leave it away, or set that"));
            }
        }
        Cloud cloud = Cloud.labelled(chosen).orElseThrow();
        if (key.isEmpty()) {
            return Optional.empty();
        }
        String host = key.get().host();
        Optional<String> resource = cloud.resource(host);
        if (resource.isEmpty()) {
            problems.add(new Problem(
                    KEY,
                    Cloud.of(host)
                            .map(other -> host + " is a vault of another cloud; set \"cloud: " + other.label() + "\"")
                            .orElse(host + " is no vault or HSM of the cloud \"" + chosen
                                    + "\", whose vaults are called" + " NAME." + cloud.vaultDomain()
                                    + "; for an Azure of your own set \"cloud: custom\"")));
            return Optional.empty();
        }
        return Optional.of(new Place(cloud.authorityHost(), resource.get()));
    }

    private static Optional<String> httpsOf(ProviderConfig config, String name, List<Problem> problems) {
        Optional<String> text = config.optionalString(name);
        if (text.isEmpty()) {
            problems.add(new Problem(name, "is missing: \"cloud: custom\" needs it"));
            return text;
        }
        try {
            URI uri = new URI(text.get());
            if ("https".equals(uri.getScheme()) && uri.getHost() != null && uri.getQuery() == null) {
                return text.map(url -> url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
            }
        } catch (URISyntaxException e) {
            // Told below.
        }
        problems.add(new Problem(name, "must be an https URL"));
        return Optional.empty();
    }

    private static Optional<SSLContext> trust(ProviderConfig config, List<Problem> problems) {
        Optional<Path> file = config.optionalFile(CA_FILE);
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(TrustFile.load(file.get()));
        } catch (IOException e) {
            problems.add(new Problem(CA_FILE, "the file " + file.get() + " is not usable: " + reason(e)));
            return Optional.empty();
        }
    }

    private static Optional<InetSocketAddress> proxy(ProviderConfig config, List<Problem> problems) {
        Optional<String> text = config.optionalString(PROXY);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI uri = new URI(text.get());
            if ("http".equals(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getPort() > 0
                    && uri.getUserInfo() == null
                    && uri.getPath().length() <= 1) {
                return Optional.of(InetSocketAddress.createUnresolved(uri.getHost(), uri.getPort()));
            }
        } catch (URISyntaxException e) {
            // Told below.
        }
        problems.add(new Problem(PROXY, "must be http://HOST:PORT, without a user"));
        return Optional.empty();
    }

    /** Why a file cannot be used: the JDK's exceptions for a missing one have the path as message. */
    static String reason(IOException failure) {
        return failure instanceof java.nio.file.NoSuchFileException
                ? "it is not there"
                : failure instanceof java.nio.file.AccessDeniedException
                        ? "this process may not read it"
                        : String.valueOf(failure.getMessage());
    }

    private static ConfigSchema schema() {
        Set<String> clouds = Stream.concat(Stream.of(Cloud.values()).map(Cloud::label), Stream.of(CUSTOM))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        ConfigSchema.Builder builder = ConfigSchema.builder()
                .required(
                        KEY,
                        ConfigSchema.Type.STRING,
                        "The URL of the key without a version: https://VAULT.vault.azure.net/keys/NAME, or"
                                + " https://HSM.managedhsm.azure.net/keys/NAME.")
                .optional(
                        RESTORED_FROM,
                        ConfigSchema.Type.STRING_LIST,
                        "The URLs of keys of which this one is a restored backup: a restore keeps the versions, so this"
                                + " key unwraps what those wrapped. List the same URLs in the member's formerKeks.")
                .add(choice(
                        ALGORITHM,
                        KeyAlgorithm.RSA_OAEP_256.label(),
                        KeyAlgorithm.labels(),
                        "How the key wraps. RSA-OAEP-256 is for RSA keys of vaults and HSMs; A256GCM and A256KW are for"
                                + " 256-bit oct-HSM keys, which only a Managed HSM has. Of these only A256GCM binds the"
                                + " context; RSA-OAEP-256 is not authenticated."))
                .add(choice(
                        CLOUD,
                        Cloud.PUBLIC.label(),
                        clouds,
                        "The cloud that the vault is in; \"custom\" takes authorityHost and resource."))
                .optional(
                        AUTHORITY_HOST, ConfigSchema.Type.STRING, "With \"cloud: custom\": the https URL of Entra ID.")
                .optional(
                        RESOURCE,
                        ConfigSchema.Type.STRING,
                        "With \"cloud: custom\": what tokens for the vault are for, such as https://vault.azure.net.");
        LoginSettings.addTo(builder);
        return builder.optional(
                        CA_FILE,
                        ConfigSchema.Type.FILE,
                        "PEM file of the certificate authorities to trust instead of those of the Java runtime: for a"
                                + " proxy that opens TLS, or a stand-in.")
                .optional(
                        PROXY,
                        ConfigSchema.Type.STRING,
                        "The HTTP proxy, http://HOST:PORT, for the vault and for Entra ID; never for the machine's own"
                                + " metadata service. Environment variables name none.")
                .build();
    }

    static Setting choice(String name, String fallback, Set<String> choices, String documentation) {
        return new Setting(name, ConfigSchema.Type.STRING, false, Optional.of(fallback), choices, documentation);
    }
}
