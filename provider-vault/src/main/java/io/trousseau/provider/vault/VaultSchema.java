package io.trousseau.provider.vault;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.provider.vault.transit.KeyType;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The settings of the provider {@code vault}. */
final class VaultSchema {
    static final ConfigSchema SCHEMA = ConfigSchema.builder()
            .required(
                    "addresses",
                    ConfigSchema.Type.STRING_LIST,
                    "Where Vault is: https://HOST:PORT, one or more, all of the same cluster. Another is asked when one"
                            + " cannot serve.")
            .required(
                    "key",
                    ConfigSchema.Type.STRING,
                    "The name of the Transit key. It must exist: Trousseau never makes one.")
            .optional("mount", ConfigSchema.Type.STRING, "transit", "The path at which the Transit engine is mounted.")
            .optional(
                    "namespace",
                    ConfigSchema.Type.STRING,
                    "The namespace in which the mount is. Left out: the root namespace.")
            .optional(
                    "instance",
                    ConfigSchema.Type.STRING,
                    "vault",
                    "A name of your own for this Vault, which becomes part of the KEK's identity and is stored with the"
                            + " data. The same on every node and for every copy of the cluster (disaster recovery, a restored"
                            + " backup); another for each other Vault. Never change it once data exists.")
            .add(new Setting(
                    "keyType",
                    ConfigSchema.Type.STRING,
                    false,
                    Optional.of(KeyType.AES256_GCM96.label()),
                    keyTypes(),
                    "The type of the key. RSA types neither bind the context nor authenticate."))
            .optional(
                    "caFile",
                    ConfigSchema.Type.FILE,
                    "PEM certificates of the authorities that Vault's certificate may be of. Left out: those that the JVM"
                            + " trusts. Read again when it changes.")
            .optional(
                    "serverName",
                    ConfigSchema.Type.STRING,
                    "The name that Vault's certificate must have. Left out: the address's host.")
            .optional(
                    "clientCertificateFile",
                    ConfigSchema.Type.FILE,
                    "A PEM certificate that is shown to Vault, with its chain; with auth: cert it is the login. Read again when"
                            + " it changes.")
            .optional("clientKeyFile", ConfigSchema.Type.FILE, "The PEM key of clientCertificateFile.")
            .optional(
                    "allowPlainHttp",
                    ConfigSchema.Type.BOOLEAN,
                    "false",
                    "Whether http:// addresses beyond loopback are taken. Whoever listens then has the token and the local"
                            + " KEKs.")
            .optional(
                    "proxy",
                    ConfigSchema.Type.STRING,
                    "An HTTP proxy to reach Vault through: http://HOST:PORT. Left out: none, whatever the environment says.")
            .add(new Setting(
                    "auth",
                    ConfigSchema.Type.STRING,
                    false,
                    Optional.of(AuthMethod.TOKEN.label()),
                    AuthMethod.labels(),
                    "How to log in."))
            .optional(
                    "authMount",
                    ConfigSchema.Type.STRING,
                    "The path at which the login method is mounted, without auth/. Left out: the method's name.")
            .optional(
                    "authNamespace",
                    ConfigSchema.Type.STRING,
                    "The namespace in which the login method is or the token was made; \"/\" is the root namespace. Left out: the setting namespace.")
            .optional(
                    "role",
                    ConfigSchema.Type.STRING,
                    "The role to log in to, with auth: kubernetes, jwt and cert. With approle it is needed only for a wrapped secret id, which must then be of this role.")
            .optional(
                    "tokenFile",
                    ConfigSchema.Type.FILE,
                    "A file with the token, with auth: token; the sink of a Vault Agent, for example. Read again when it"
                            + " changes.")
            .optional("roleId", ConfigSchema.Type.STRING, "The role id, with auth: approle.")
            .optional("roleIdFile", ConfigSchema.Type.FILE, "A file with the role id, in place of roleId.")
            .optional(
                    "secretIdFile",
                    ConfigSchema.Type.FILE,
                    "A file with the secret id, with auth: approle. Read at each login.")
            .optional(
                    "secretIdWrapped",
                    ConfigSchema.Type.BOOLEAN,
                    "Whether secretIdFile holds a response-wrapping token in place of the secret id.")
            .optional(
                    "jwtFile",
                    ConfigSchema.Type.FILE,
                    "A file with the JWT, with auth: jwt and kubernetes. Read at each login. Left out with kubernetes: the"
                            + " pod's service account token.")
            .optional("username", ConfigSchema.Type.STRING, "The user, with auth: userpass.")
            .optional(
                    "passwordFile",
                    ConfigSchema.Type.FILE,
                    "A file with the password, with auth: userpass. Read at each login.")
            .build();

    private VaultSchema() {}

    private static Set<String> keyTypes() {
        return Stream.of(KeyType.values()).map(KeyType::label).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
