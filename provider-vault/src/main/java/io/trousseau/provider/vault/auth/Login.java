package io.trousseau.provider.vault.auth;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.FileStamp;
import io.trousseau.provider.vault.http.JsonBody;
import io.trousseau.provider.vault.http.Vault;
import io.trousseau.provider.vault.http.VaultAnswer;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import io.trousseau.provider.vault.http.VaultRequest;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a session gets a token: one of Vault's login methods, with where it is mounted and the files of its secrets. The
 * files are read at each login. Made for one session; its public methods are safe for use by any number of threads.
 */
public abstract class Login {
    private final String method;
    private final String mount;
    private final Optional<String> namespace;
    private final List<SecretFile> files;

    /**
     * Makes a login.
     *
     * @param method Vault's name of it
     * @param mount under {@code auth/}; not used by {@code token}
     * @param namespace of the mount and of the tokens
     * @param files of the secrets
     */
    Login(String method, String mount, Optional<String> namespace, List<SecretFile> files) {
        this.method = method;
        this.mount = mount;
        this.namespace = namespace;
        this.files = files;
    }

    /**
     * The token in a file, read anew when the file changes.
     *
     * @param namespace in which the token was made
     * @param tokenFile such as the sink of a Vault Agent
     */
    public static Login token(Optional<String> namespace, Path tokenFile) {
        return new TokenFileLogin(namespace, new SecretFile("tokenFile", tokenFile, "token"));
    }

    /**
     * The method {@code approle}.
     *
     * @param mount under {@code auth/}
     * @param namespace of the mount
     * @param roleId in clear; it is no secret
     * @param role the role's name, which a wrapped secret-id must have been made for; empty for any of the mount
     * @param secretIdFile with the secret-id or, if {@code wrapped}, with the wrapping token of one
     */
    public static Login appRole(
            String mount,
            Optional<String> namespace,
            RoleId roleId,
            Optional<String> role,
            Path secretIdFile,
            boolean wrapped) {
        SecretFile file = new SecretFile("secretIdFile", secretIdFile, wrapped ? "wrapping token" : "secret-id");
        SecretId secretId =
                wrapped ? new WrappedSecretId(mount, role, file) : (vault, inNamespace, deadline) -> file.read();
        return new AppRoleLogin(mount, namespace, roleId, file, secretId);
    }

    /**
     * The method {@code kubernetes}.
     *
     * @param mount under {@code auth/}
     * @param namespace of the mount
     * @param role to log in as
     * @param jwtFile with the token of a service account
     */
    public static Login kubernetes(String mount, Optional<String> namespace, String role, Path jwtFile) {
        return new JwtLogin("kubernetes", mount, namespace, Optional.of(role), jwtFile);
    }

    /**
     * The method {@code jwt}.
     *
     * @param mount under {@code auth/}
     * @param namespace of the mount
     * @param role to log in as; empty for the mount's default
     * @param jwtFile with the JWT
     */
    public static Login jwt(String mount, Optional<String> namespace, Optional<String> role, Path jwtFile) {
        return new JwtLogin("jwt", mount, namespace, role, jwtFile);
    }

    /**
     * The method {@code cert}: the client certificate of the connection is the credential.
     *
     * @param mount under {@code auth/}
     * @param namespace of the mount
     * @param role the certificate role to be matched; empty for any
     * @param clientCertificateFile as in the cluster's settings
     */
    public static Login certificate(
            String mount, Optional<String> namespace, Optional<String> role, Path clientCertificateFile) {
        return new CertificateLogin(mount, namespace, role, clientCertificateFile);
    }

    /**
     * The method {@code userpass}.
     *
     * @param mount under {@code auth/}
     * @param namespace of the mount
     * @param username of the user
     * @param passwordFile with the password
     */
    public static Login userpass(String mount, Optional<String> namespace, String username, Path passwordFile) {
        return new UserpassLogin(mount, namespace, username, passwordFile);
    }

    /** Vault's name of the method, and where it is mounted, for people. */
    public String description() {
        return method + " at auth/" + mount + inNamespace();
    }

    /** Under {@code auth/}. */
    final String mount() {
        return mount;
    }

    final String inNamespace() {
        return namespace.map(name -> " in namespace " + name).orElse("");
    }

    /** The namespace of the mount and of the tokens. */
    final Optional<String> namespace() {
        return namespace;
    }

    /**
     * What is wrong with the files now. Those that something else may write only after this process started (the token of
     * an agent, the JWT of a kubelet) may be missing.
     *
     * @return one for each file that cannot be used
     */
    public List<Problem> problems() {
        return secretFiles().flatMap(file -> file.problem().stream()).toList();
    }

    /**
     * What is unsafe about the files now.
     *
     * @return for each such file one line that names the setting and the way out
     */
    public List<String> warnings() {
        return secretFiles().flatMap(file -> file.warning().stream()).toList();
    }

    /** Changes when a file does. */
    List<FileStamp> stamps() {
        return secretFiles().map(SecretFile::stamp).toList();
    }

    final Stream<SecretFile> secretFiles() {
        return files.stream();
    }

    /** Whether the token itself lies in the file, so that a changed file means another token and nothing else brings one. */
    public boolean followsItsFile() {
        return false;
    }

    /**
     * Obtains a token.
     *
     * @param vault without a token
     * @throws VaultException of kind {@link Kind#UNAUTHENTICATED} if Vault refuses or a file is not usable, with a message
     *     that names the setting and the way out; of another kind if Vault did not decide
     */
    abstract Token logIn(TokenTaker vault, Deadline deadline);

    /** Sends a login, and makes a token of the answer. */
    final Token post(Vault vault, String path, JsonBody content, Deadline deadline) {
        byte[] body = content.toBytes();
        try (VaultAnswer answer =
                vault.call(VaultRequest.post("auth/" + mount + "/" + path, body, namespace), deadline)) {
            JsonNode auth = answer.json("auth");
            String token = auth.path("client_token").textValue();
            if (token == null || token.isEmpty()) {
                throw VaultException.of(
                                auth.path("mfa_requirement").isObject() ? Kind.UNAUTHENTICATED : Kind.BAD_ANSWER,
                                answer.address(),
                                auth.path("mfa_requirement").isObject()
                                        ? "Vault demands a second factor; exempt this login from it"
                                        : "Vault answered without a token")
                        .status(answer.status())
                        .build();
            }
            return Token.ofLogin(token, auth);
        } catch (VaultException e) {
            throw explained(e);
        } finally {
            Arrays.fill(body, (byte) 0);
        }
    }

    private VaultException explained(VaultException e) {
        String doing = "logging in with " + description();
        return switch (e.kind()) {
            case BAD_REQUEST -> e.as(Kind.UNAUTHENTICATED, doing, remedy());
            case FORBIDDEN ->
                e.as(
                        Kind.UNAUTHENTICATED,
                        doing,
                        // Vault says no more than this where nothing is mounted; what is mounted mostly says more.
                        e.errors().stream().allMatch("permission denied"::equals)
                                ? isItThere() + "; if it is: " + remedy()
                                : remedy());
            case NOT_FOUND -> e.as(Kind.UNAUTHENTICATED, doing, isItThere());
            default -> e.as(e.kind(), doing, "");
        };
    }

    private String isItThere() {
        return "authMount, authNamespace: check that " + method + " is enabled at auth/" + mount + inNamespace();
    }

    /** What to do when Vault refuses the credentials: begins with the setting. */
    abstract String remedy();

    /** The method, the mount and the files; nothing of their content. */
    @Override
    public final String toString() {
        return description() + " " + files;
    }
}
