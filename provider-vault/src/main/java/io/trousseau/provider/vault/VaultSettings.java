package io.trousseau.provider.vault;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.KekVersion;
import io.trousseau.api.ProviderConfig;
import io.trousseau.provider.vault.auth.Login;
import io.trousseau.provider.vault.auth.RoleId;
import io.trousseau.provider.vault.http.VaultCluster;
import io.trousseau.provider.vault.transit.KeyAddress;
import io.trousseau.provider.vault.transit.KeyType;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads and checks the settings of a member. Finds every problem, not only the first. */
final class VaultSettings {
    private static final Pattern INSTANCE = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?");
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*");
    private static final Pattern USER = Pattern.compile("[^\\s/?#%]+");

    private static final Path SERVICE_ACCOUNT_TOKEN = Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token");

    private final ProviderConfig config;
    private final List<Problem> problems = new ArrayList<>();

    private VaultSettings(ProviderConfig config) {
        this.config = config;
    }

    /**
     * What the settings say.
     *
     * @param cluster where Vault is
     * @param address which key
     * @param keyType of which type
     * @param login how to get a token
     */
    record Checked(VaultCluster cluster, KeyAddress address, KeyType keyType, Login login) {}

    /**
     * Checks the settings against each other. Opens no file.
     *
     * @throws ConfigException with every problem
     */
    static Checked check(ProviderConfig config) {
        return new VaultSettings(config).check();
    }

    private Checked check() {
        List<URI> addresses = addresses();
        Optional<String> namespace = path("namespace").filter(text -> !text.isEmpty());
        String mount = path("mount").orElse("transit");
        String key =
                matching("key", KEY, "letters, digits, \"_\", \".\" and \"-\"").orElse("");
        String instance = matching("instance", INSTANCE, "1 to 63 characters of a-z, 0-9 and inner \"-\"")
                .orElse("vault");
        KeyType keyType = keyType();
        AuthMethod auth = auth();
        String authMount = path("authMount").orElse(auth.label());
        Optional<String> authNamespace =
                config.has("authNamespace") ? path("authNamespace").filter(text -> !text.isEmpty()) : namespace;
        Optional<URI> proxy = proxy();
        pair("clientCertificateFile", "clientKeyFile");
        authSettings(auth);
        KeyAddress address = new KeyAddress(instance, namespace, mount, key);
        if (address.identity().length() > KekVersion.MAX_IDENTITY_BYTES) {
            problem(
                    "key",
                    "with namespace and mount it has more than " + KekVersion.MAX_IDENTITY_BYTES + " characters");
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        VaultCluster cluster = new VaultCluster(
                addresses,
                config.optionalFile("caFile"),
                config.optionalString("serverName"),
                config.optionalFile("clientCertificateFile"),
                config.optionalFile("clientKeyFile"),
                proxy);
        return new Checked(cluster, address, keyType, login(auth, authMount, authNamespace));
    }

    private List<URI> addresses() {
        List<String> texts = config.strings("addresses");
        if (texts.isEmpty()) {
            problem("addresses", "is empty; name at least one: https://vault.example.com:8200");
        }
        List<URI> addresses = new ArrayList<>();
        for (String text : texts) {
            Optional<URI> address = url("addresses", text, "http", "https");
            address.filter(VaultCluster::isPlainHttpBeyondLoopback)
                    .filter(plain -> !(config.has("allowPlainHttp") && config.bool("allowPlainHttp")))
                    .ifPresent(plain -> problem(
                            "addresses",
                            plain
                                    + " is not encrypted: whoever listens has the token and the local KEKs. Use https://, or set"
                                    + " allowPlainHttp: true if something else encrypts the way"));
            address.filter(addresses::contains).ifPresent(twice -> problem("addresses", twice + " stands there twice"));
            address.ifPresent(addresses::add);
        }
        return addresses;
    }

    private Optional<URI> proxy() {
        return config.optionalString("proxy").flatMap(text -> url("proxy", text, "http"));
    }

    /** A URL of scheme, host and port alone, without a slash at its end. */
    private Optional<URI> url(String setting, String text, String... schemes) {
        String form = String.join(":// or ", schemes) + "://HOST:PORT";
        try {
            URI url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            if (url.getHost() != null
                    && Stream.of(schemes).anyMatch(scheme -> scheme.equals(url.getScheme()))
                    && url.getRawUserInfo() == null
                    && url.getRawPath().isEmpty()
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null) {
                return Optional.of(url);
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        // It is not repeated: it may have a password in it.
        problem(setting, "must be " + form + ", without path, user or anything else");
        return Optional.empty();
    }

    /** A path of Vault, without slashes at its ends; empty if the setting is {@code "/"}. */
    private Optional<String> path(String setting) {
        Optional<String> path = config.optionalString(setting).map(text -> text.replaceAll("^/|/$", ""));
        boolean root = setting.toLowerCase(Locale.ROOT).endsWith("namespace");
        path.filter(text -> !(text.isEmpty() && root) && !PATH.matcher(text).matches())
                .ifPresent(
                        text -> problem(
                                setting,
                                "must be a path in Vault: parts of letters, digits, \"_\", \".\" and \"-\", with \"/\" between them"));
        return path;
    }

    private Optional<String> matching(String setting, Pattern pattern, String form) {
        Optional<String> text = config.optionalString(setting);
        text.filter(value -> !pattern.matcher(value).matches()).ifPresent(value -> problem(setting, "must be " + form));
        return text;
    }

    private KeyType keyType() {
        String label = config.optionalString("keyType").orElse(KeyType.AES256_GCM96.label());
        return KeyType.of(label).orElseGet(() -> {
            problem("keyType", "is no type of a Transit key that encrypts");
            return KeyType.AES256_GCM96;
        });
    }

    private AuthMethod auth() {
        String label = config.optionalString("auth").orElse(AuthMethod.TOKEN.label());
        return Stream.of(AuthMethod.values())
                .filter(method -> method.label().equals(label))
                .findFirst()
                .orElseGet(() -> {
                    problem("auth", "must be one of " + String.join(", ", AuthMethod.labels()));
                    return AuthMethod.TOKEN;
                });
    }

    private void authSettings(AuthMethod auth) {
        for (String setting : auth.needed()) {
            if (!config.has(setting)) {
                problem(setting, "is missing; auth: " + auth.label() + " needs it");
            }
        }
        for (String setting : AuthMethod.allSettings()) {
            if (config.has(setting) && !auth.uses(setting)) {
                problem(
                        setting,
                        "has no use with auth: " + auth.label() + "; remove it, or set auth to "
                                + AuthMethod.usersOf(setting));
            }
        }
        if (auth == AuthMethod.APPROLE && config.has("roleId") == config.has("roleIdFile")) {
            problem("roleId", "auth: approle needs either roleId or roleIdFile");
        }
        if (auth == AuthMethod.TOKEN && config.has("authMount")) {
            problem("authMount", "has no use with auth: token, which does not log in; remove it");
        }
        if (auth == AuthMethod.USERPASS) {
            matching("username", USER, "without spaces, \"/\", \"?\", \"#\" and \"%\"");
        }
        if (auth == AuthMethod.CERT
                && config.strings("addresses").stream().anyMatch(address -> !address.startsWith("https://"))) {
            problem("addresses", "auth: cert logs in by TLS, so every address must be https://");
        }
    }

    private Login login(AuthMethod auth, String mount, Optional<String> namespace) {
        Optional<String> role = config.optionalString("role");
        return switch (auth) {
            case TOKEN -> Login.token(namespace, config.file("tokenFile"));
            case APPROLE ->
                Login.appRole(
                        mount,
                        namespace,
                        config.has("roleId")
                                ? RoleId.of(config.string("roleId"))
                                : RoleId.in(config.file("roleIdFile")),
                        role,
                        config.file("secretIdFile"),
                        config.has("secretIdWrapped") && config.bool("secretIdWrapped"));
            case KUBERNETES ->
                Login.kubernetes(
                        mount,
                        namespace,
                        config.string("role"),
                        config.optionalFile("jwtFile").orElse(SERVICE_ACCOUNT_TOKEN));
            case JWT -> Login.jwt(mount, namespace, role, config.file("jwtFile"));
            case CERT -> Login.certificate(mount, namespace, role, config.file("clientCertificateFile"));
            case USERPASS -> Login.userpass(mount, namespace, config.string("username"), config.file("passwordFile"));
        };
    }

    private void pair(String one, String other) {
        if (config.has(one) != config.has(other)) {
            problem(config.has(one) ? other : one, "is missing; " + one + " and " + other + " belong together");
        }
    }

    private void problem(String setting, String message) {
        Problem problem = new Problem(setting, message);
        if (problems.stream().noneMatch(other -> other.field().equals(setting) && !setting.equals("addresses"))) {
            problems.add(problem);
        }
    }
}
