package io.trousseau.provider.azure;

import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ProviderConfig;
import io.trousseau.provider.azure.login.AzureCliLogin;
import io.trousseau.provider.azure.login.ClientCertificateLogin;
import io.trousseau.provider.azure.login.ClientSecretLogin;
import io.trousseau.provider.azure.login.Login;
import io.trousseau.provider.azure.login.ManagedIdentityLogin;
import io.trousseau.provider.azure.login.Secret;
import io.trousseau.provider.azure.login.WorkloadIdentityLogin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How to log in, decided once, before anything is tried: what a file or a variable that is missing would do to a chain of
 * attempts is told at the start instead.
 */
final class LoginSettings {
    static final String AUTH = "auth";
    static final String TENANT_ID = "tenantId";
    static final String CLIENT_ID = "clientId";
    static final String FEDERATED_TOKEN_FILE = "federatedTokenFile";
    static final String CLIENT_SECRET_FILE = "clientSecretFile";
    static final String CLIENT_CERTIFICATE_FILE = "clientCertificateFile";
    static final String CLIENT_CERTIFICATE_PASSWORD_FILE = "clientCertificatePasswordFile";

    private static final Pattern ID = Pattern.compile("[0-9A-Za-z.-]{1,255}");
    private static final String VARIABLE_TENANT = "AZURE_TENANT_ID";
    private static final String VARIABLE_CLIENT = "AZURE_CLIENT_ID";
    private static final String VARIABLE_TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE";
    private static final String VARIABLE_SECRET = "AZURE_CLIENT_SECRET";
    private static final String VARIABLE_CERTIFICATE = "AZURE_CLIENT_CERTIFICATE_PATH";
    private static final String VARIABLE_CERTIFICATE_PASSWORD = "AZURE_CLIENT_CERTIFICATE_PASSWORD";

    /** A way to log in: what it must be given, and what it may be given besides. */
    @SuppressWarnings("ImmutableEnumChecker") // the sets are those of Set.of
    private enum Way {
        ENVIRONMENT("environment", Set.of(), Set.of(TENANT_ID, CLIENT_ID)),
        WORKLOAD_IDENTITY("workload-identity", Set.of(TENANT_ID, CLIENT_ID, FEDERATED_TOKEN_FILE), Set.of()),
        MANAGED_IDENTITY("managed-identity", Set.of(), Set.of(CLIENT_ID)),
        CLIENT_SECRET("client-secret", Set.of(TENANT_ID, CLIENT_ID, CLIENT_SECRET_FILE), Set.of()),
        CLIENT_CERTIFICATE(
                "client-certificate",
                Set.of(TENANT_ID, CLIENT_ID, CLIENT_CERTIFICATE_FILE),
                Set.of(CLIENT_CERTIFICATE_PASSWORD_FILE)),
        AZURE_CLI("azure-cli", Set.of(), Set.of(TENANT_ID));

        private final String label;
        private final Set<String> needed;
        private final Set<String> allowed;

        Way(String label, Set<String> needed, Set<String> allowed) {
            this.label = label;
            this.needed = needed;
            this.allowed = allowed;
        }
    }

    private static final List<String> ALL = List.of(
            TENANT_ID,
            CLIENT_ID,
            FEDERATED_TOKEN_FILE,
            CLIENT_SECRET_FILE,
            CLIENT_CERTIFICATE_FILE,
            CLIENT_CERTIFICATE_PASSWORD_FILE);

    private final ProviderConfig config;
    private final Map<String, String> environment;
    private final List<Problem> problems;

    LoginSettings(ProviderConfig config, Map<String, String> environment, List<Problem> problems) {
        this.config = config;
        this.environment = environment;
        this.problems = problems;
    }

    static void addTo(ConfigSchema.Builder builder) {
        Set<String> ways =
                Arrays.stream(Way.values()).map(way -> way.label).collect(Collectors.toCollection(LinkedHashSet::new));
        builder.add(AzureSettings.choice(
                        AUTH,
                        Way.ENVIRONMENT.label,
                        ways,
                        "How to log in. \"environment\" takes what the variables AZURE_* name (a federated token, a secret, a"
                                + " certificate), and without them the machine's managed identity; all others ignore the"
                                + " environment. \"azure-cli\" is for trying things out."))
                .optional(TENANT_ID, ConfigSchema.Type.STRING, "The tenant to log in to: its id, or a domain of it.")
                .optional(
                        CLIENT_ID,
                        ConfigSchema.Type.STRING,
                        "The application (client) id to log in as; with \"auth: managed-identity\" that of a user-assigned"
                                + " identity, and without it the system-assigned one.")
                .optional(
                        FEDERATED_TOKEN_FILE,
                        ConfigSchema.Type.FILE,
                        "With \"auth: workload-identity\": the file of the token that Entra ID trusts by a federated"
                                + " credential. Read at every login.")
                .optional(
                        CLIENT_SECRET_FILE,
                        ConfigSchema.Type.FILE,
                        "With \"auth: client-secret\": the file of the application's secret. Read at every login.")
                .optional(
                        CLIENT_CERTIFICATE_FILE,
                        ConfigSchema.Type.FILE,
                        "With \"auth: client-certificate\": a PEM file with certificate and private key, or a PKCS #12"
                                + " (PFX) file. Read at every login.")
                .optional(
                        CLIENT_CERTIFICATE_PASSWORD_FILE,
                        ConfigSchema.Type.FILE,
                        "With \"auth: client-certificate\": the file of the password of a PKCS #12 file. Read at every"
                                + " login.");
    }

    /** The login, or nothing and the problems. */
    Optional<Login> login() {
        String label = config.string(AUTH);
        Way way = Arrays.stream(Way.values())
                .filter(one -> one.label.equals(label))
                .findFirst()
                .orElseThrow();
        int before = problems.size();
        for (String name : ALL) {
            boolean given = config.has(name);
            if (!given && way.needed.contains(name)) {
                problems.add(new Problem(name, "is missing: \"auth: " + label + "\" needs it"));
            } else if (given && !way.needed.contains(name) && !way.allowed.contains(name)) {
                problems.add(new Problem(name, "has no use with \"auth: " + label + "\"; leave it away"));
            }
        }
        for (String name : List.of(TENANT_ID, CLIENT_ID)) {
            config.optionalString(name)
                    .filter(id -> !ID.matcher(id).matches())
                    .ifPresent(id -> problems.add(new Problem(name, "has a character that no id has, or is empty")));
        }
        for (String name : ALL.subList(2, ALL.size())) {
            if (config.has(name) && !Files.isReadable(config.file(name))) {
                problems.add(new Problem(
                        name, "the file " + config.file(name) + " is not there, or this process may not read it"));
            }
        }
        if (problems.size() > before) {
            return Optional.empty();
        }
        return switch (way) {
            case ENVIRONMENT -> fromEnvironment();
            case WORKLOAD_IDENTITY ->
                Optional.of(new WorkloadIdentityLogin(
                        config.string(TENANT_ID), config.string(CLIENT_ID), config.file(FEDERATED_TOKEN_FILE)));
            case MANAGED_IDENTITY -> Optional.of(new ManagedIdentityLogin(config.optionalString(CLIENT_ID)));
            case CLIENT_SECRET ->
                Optional.of(new ClientSecretLogin(
                        config.string(TENANT_ID),
                        config.string(CLIENT_ID),
                        Secret.in(config.file(CLIENT_SECRET_FILE))));
            case CLIENT_CERTIFICATE -> certificate();
            case AZURE_CLI -> Optional.of(new AzureCliLogin(config.optionalString(TENANT_ID)));
        };
    }

    private Optional<Login> certificate() {
        ClientCertificateLogin login = new ClientCertificateLogin(
                config.string(TENANT_ID),
                config.string(CLIENT_ID),
                config.file(CLIENT_CERTIFICATE_FILE),
                config.optionalFile(CLIENT_CERTIFICATE_PASSWORD_FILE).map(Secret::in));
        try {
            login.check();
            return Optional.of(login);
        } catch (IOException e) {
            problems.add(new Problem(CLIENT_CERTIFICATE_FILE, String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    private Optional<Login> fromEnvironment() {
        Optional<String> tenant = config.optionalString(TENANT_ID).or(() -> variable(VARIABLE_TENANT));
        Optional<String> client = config.optionalString(CLIENT_ID).or(() -> variable(VARIABLE_CLIENT));
        Optional<String> named = variable(VARIABLE_TOKEN_FILE).isPresent()
                ? Optional.of(VARIABLE_TOKEN_FILE)
                : variable(VARIABLE_SECRET).isPresent()
                        ? Optional.of(VARIABLE_SECRET)
                        : variable(VARIABLE_CERTIFICATE).isPresent()
                                ? Optional.of(VARIABLE_CERTIFICATE)
                                : Optional.empty();
        if (named.isEmpty()) {
            return Optional.of(new ManagedIdentityLogin(client));
        }
        if (tenant.isEmpty() || client.isEmpty()) {
            problems.add(new Problem(
                    AUTH,
                    "the environment has " + named.get() + " and lacks "
                            + (tenant.isEmpty() ? VARIABLE_TENANT : VARIABLE_CLIENT)
                            + "; set it, or name the way to log in here"));
            return Optional.empty();
        }
        return Optional.of(
                switch (named.get()) {
                    case VARIABLE_TOKEN_FILE ->
                        new WorkloadIdentityLogin(
                                tenant.get(),
                                client.get(),
                                Path.of(variable(VARIABLE_TOKEN_FILE).orElseThrow()));
                    case VARIABLE_SECRET -> {
                        String secret = variable(VARIABLE_SECRET).orElseThrow();
                        yield new ClientSecretLogin(tenant.get(), client.get(), () -> secret);
                    }
                    default ->
                        new ClientCertificateLogin(
                                tenant.get(),
                                client.get(),
                                Path.of(variable(VARIABLE_CERTIFICATE).orElseThrow()),
                                variable(VARIABLE_CERTIFICATE_PASSWORD).map(password -> () -> password));
                });
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }
}
