package io.trousseau.server.config;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekVersion;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.server.config.TrousseauConfiguration.Admin;
import io.trousseau.server.config.TrousseauConfiguration.Cache;
import io.trousseau.server.config.TrousseauConfiguration.Failure;
import io.trousseau.server.config.TrousseauConfiguration.FormerPolicy;
import io.trousseau.server.config.TrousseauConfiguration.Keyring;
import io.trousseau.server.config.TrousseauConfiguration.KmsApiVersion;
import io.trousseau.server.config.TrousseauConfiguration.Kubernetes;
import io.trousseau.server.config.TrousseauConfiguration.LocalKek;
import io.trousseau.server.config.TrousseauConfiguration.Log;
import io.trousseau.server.config.TrousseauConfiguration.Member;
import io.trousseau.server.config.TrousseauConfiguration.Probe;
import io.trousseau.server.config.TrousseauConfiguration.Socket;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Every field of the configuration file: its name, what it takes, its default and what it means. The reader, the JSON
 * Schema and the reference documentation come from here.
 */
public final class ConfigurationSchema {
    private static final String DNS_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
    private static final String DNS_LABEL_IN_WORDS = "a DNS label (1 to 63 characters of a-z, 0-9 and inner -)";
    private static final String NO_ADDRESS = "none";

    private static final Field<Path> SOCKET_PATH = Field.required(
            "path",
            new TextType<>(
                    "the absolute path of a socket, without . and ..",
                    "/.{0," + SocketPaths.LONGEST + "}",
                    SocketPaths::parse),
            "Where the socket is. Its directory belongs to the socket alone, and is what kube-apiserver mounts. At most "
                    + SocketPaths.LONGEST + " bytes.");
    private static final Field<String> SOCKET_GROUP = Field.optional(
            "group",
            new TextType<>("the name of a group", ".+", ConfigurationSchema::existingGroup),
            "The group that may use the socket beside root. The socket's directory has mode 0750 and this group;"
                    + " without it, 0700.");
    private static final BlockType<Socket> SOCKET_BLOCK = BlockType.of(
            List.of(SOCKET_PATH, SOCKET_GROUP),
            values -> new Socket(values.get(SOCKET_PATH), values.find(SOCKET_GROUP)));

    private static final Field<KmsApiVersion> KMS_API_VERSION = Field.optional(
            "kmsApiVersion",
            ChoiceType.of(KmsApiVersion.class),
            "v2",
            "The version that the plugin states. Kubernetes 1.27 and 1.28 accept only `v2beta1`; what is spoken is the"
                    + " same.");
    private static final Field<Boolean> KMS_V1 = Field.optional(
            "kmsV1",
            new BooleanType(),
            "false",
            "Whether KMS v1 (`v1beta1`) is served on the same socket, to read what was written with it.");
    private static final BlockType<Kubernetes> KUBERNETES_BLOCK = BlockType.of(
            List.of(KMS_API_VERSION, KMS_V1),
            values -> new Kubernetes(values.get(KMS_API_VERSION), values.get(KMS_V1)));

    private static final Field<Admin> ADMIN_ADDRESS = Field.optional(
            "address",
            new TextType<>(
                    "a loopback address as 127.0.0.1:8787 or [::1]:8787, or " + NO_ADDRESS,
                    NO_ADDRESS + "|" + LoopbackAddress.PATTERN,
                    ConfigurationSchema::admin),
            "127.0.0.1:8787",
            "Where health, metrics and status are served over HTTP: a loopback address, since nobody is asked who they"
                    + " are. Port 0 takes a free one. `" + NO_ADDRESS + "` serves nothing.");
    private static final BlockType<Admin> ADMIN_BLOCK =
            BlockType.of(List.of(ADMIN_ADDRESS), values -> values.get(ADMIN_ADDRESS));

    private static final Field<Log.Format> LOG_FORMAT = Field.optional(
            "format", ChoiceType.of(Log.Format.class), "text", "`text` for people, `json` for one JSON object a line.");
    private static final Field<Log.Level> LOG_LEVEL = Field.optional(
            "level", ChoiceType.of(Log.Level.class), "info", "The least important lines that are written.");
    private static final BlockType<Log> LOG_BLOCK = BlockType.of(
            List.of(LOG_FORMAT, LOG_LEVEL), values -> new Log(values.get(LOG_FORMAT), values.get(LOG_LEVEL)));

    private static final Field<Long> FORMER_THRESHOLD =
            Field.required("decryptThreshold", new NumberType(1, 255), "The `decryptThreshold` that was in force.");
    private static final BlockType<FormerPolicy> FORMER_POLICY = BlockType.of(
            List.of(FORMER_THRESHOLD),
            values -> new FormerPolicy(values.get(FORMER_THRESHOLD).intValue()));

    private static final Field<Duration> MAX_AGE = Field.optional(
            "maxAge",
            new DurationType(Duration.ofMinutes(1), Duration.ofDays(365)),
            "7d",
            "The age at which a local KEK is replaced. While no member can be reached it lives on.");
    private static final Field<Long> SOFT_USES = Field.optional(
            "softUses",
            new NumberType(1, 1 << 30),
            "1048576",
            "The number of seals after which a local KEK is replaced. While no member can be reached it lives on, up to"
                    + " 2^31 seals.");
    private static final BlockType<LocalKek> LOCAL_KEK_BLOCK = BlockType.of(
            List.of(MAX_AGE, SOFT_USES), values -> new LocalKek(values.get(MAX_AGE), values.get(SOFT_USES)));

    private static final Field<Long> MAX_LOCAL_KEKS = Field.optional(
            "maxLocalKeks",
            new NumberType(1, 100_000),
            "1000",
            "How many local KEKs are kept in memory once a member has unwrapped them.");
    private static final BlockType<Cache> CACHE_BLOCK = BlockType.of(
            List.of(MAX_LOCAL_KEKS),
            values -> new Cache(values.get(MAX_LOCAL_KEKS).intValue()));

    private static final Field<Duration> PROBE_INTERVAL = Field.optional(
            "interval",
            new DurationType(Duration.ofSeconds(1), Duration.ofHours(1)),
            "30s",
            "The time between two probes of a member. It bounds how late a new KEK version or a failure is seen.");
    private static final BlockType<Probe> PROBE_BLOCK =
            BlockType.of(List.of(PROBE_INTERVAL), values -> new Probe(values.get(PROBE_INTERVAL)));

    private static final Field<Failure.Denied> DENIED = Field.optional(
            "denied",
            ChoiceType.of(Failure.Denied.class),
            "stopSealing",
            "While a KMS does not allow the use of its KEK: `stopSealing` seals nothing more with that member and goes on"
                    + " opening from memory; `failClosed` neither seals nor opens what the policy no longer allows, and"
                    + " wipes memory; `serve` goes on from memory as in an outage.");
    private static final Field<Failure.Gone> GONE = Field.optional(
            "gone",
            ChoiceType.of(Failure.Gone.class),
            "failClosed",
            "Once a KEK is confirmed to be disabled or destroyed, its member leaves. When the others cannot meet the"
                    + " policy, `failClosed` neither seals nor opens, and wipes memory; `serve` goes on from memory as in"
                    + " an outage.");
    private static final BlockType<Failure> FAILURE_BLOCK =
            BlockType.of(List.of(DENIED, GONE), values -> new Failure(values.get(DENIED), values.get(GONE)));

    static final Field<String> MEMBER_NAME = Field.required(
            "name",
            label(),
            "The member's name in logs, metrics and health, different from the others'. Not stored: it can change.");
    static final Field<String> PROVIDER =
            Field.required("provider", label(), "The provider that speaks to the KMS, as `local`.");
    static final Field<Member.Role> ROLE = Field.optional(
            "role",
            ChoiceType.of(Member.Role.class),
            "wrap",
            "`wrap` takes full part; `unwrap` only opens what was sealed before, for a KMS on its way out.");
    private static final Field<List<String>> FORMER_KEKS = Field.optional(
            "formerKeks",
            new ListType<>(new TextType<>("the identity of a KEK", ".{1,512}", ConfigurationSchema::kekIdentity), 0),
            "[]",
            "Identities of KEKs that this member may still unwrap for, as messages and `/status` print them: an alias"
                    + " that was pointed elsewhere, a key that was moved.");
    private static final Field<Duration> MEMBER_DEADLINE = Field.optional(
            "deadline",
            new DurationType(Duration.ofMillis(50), Duration.ofMinutes(1)),
            "How long one call of this member may take, within what is left for the whole call. Without it, the keyring"
                    + " decides.");
    static final Field<Map<String, Object>> MEMBER_CONFIG = Field.optional(
            "config",
            new OpenBlockType(),
            "{}",
            "The provider's own settings. Relative files are relative to the folder of this file.");
    private static final BlockType<Member> MEMBER_BLOCK = BlockType.of(
            List.of(MEMBER_NAME, PROVIDER, ROLE, FORMER_KEKS, MEMBER_DEADLINE, MEMBER_CONFIG),
            values -> new Member(
                    values.get(MEMBER_NAME),
                    values.get(PROVIDER),
                    values.get(ROLE),
                    values.get(FORMER_KEKS),
                    values.find(MEMBER_DEADLINE),
                    values.get(MEMBER_CONFIG)));

    private static final Field<String> KEYRING_NAME = Field.required(
            "name",
            label(),
            "The keyring's name, part of everything that is stored. The same on every node, and never changed once data"
                    + " exists.");
    private static final Field<Long> EPOCH = Field.optional(
            "epoch",
            new NumberType(1, Integer.MAX_VALUE),
            "1",
            "Raise it by one on every node to have all data sealed anew under new local KEKs.");
    static final Field<Long> DECRYPT_THRESHOLD = Field.optional(
            "decryptThreshold", new NumberType(1, KekPart.MAX_KEKS), "1", "How many members are needed to open: k.");
    static final Field<Long> WRITE_QUORUM = Field.optional(
            "writeQuorum",
            new NumberType(1, KekPart.MAX_KEKS),
            "How many members must have wrapped a local KEK before it seals: w, from k to n, the number of members of"
                    + " role `wrap`. Without it, k + 1 or n, whichever is less.");
    private static final Field<List<FormerPolicy>> FORMER_POLICIES = Field.optional(
            "formerPolicies",
            new ListType<>(FORMER_POLICY, 0),
            "[]",
            "Policies under which data was sealed and may still be opened, though they asked for fewer members than"
                    + " `decryptThreshold` does now. Remove them once everything is sealed anew.");
    private static final Field<Duration> KEY_ID_HOLD = Field.optional(
            "keyIdHold",
            new DurationType(Duration.ZERO, Duration.ofDays(1)),
            "5m",
            "The key_id changes for a member that comes back at most once in this time, so that one that comes and goes"
                    + " does not make everything stale again and again.");
    private static final Field<LocalKek> LOCAL_KEK =
            Field.optional("localKek", LOCAL_KEK_BLOCK, "{}", "The bounds of a local KEK.");
    private static final Field<Cache> CACHE =
            Field.optional("cache", CACHE_BLOCK, "{}", "The bounds of what is kept in memory.");
    private static final Field<Probe> PROBE =
            Field.optional("probe", PROBE_BLOCK, "{}", "How the members are watched.");
    private static final Field<Failure> FAILURE =
            Field.optional("failure", FAILURE_BLOCK, "{}", "What to do when a member refuses.");
    static final Field<List<Member>> MEMBERS =
            Field.required("members", new ListType<>(MEMBER_BLOCK, 1), "The KEKs that take part, 16 at most.");
    private static final BlockType<Keyring> KEYRING_BLOCK = new BlockType<>(
            List.of(
                    KEYRING_NAME,
                    EPOCH,
                    DECRYPT_THRESHOLD,
                    WRITE_QUORUM,
                    FORMER_POLICIES,
                    KEY_ID_HOLD,
                    LOCAL_KEK,
                    CACHE,
                    PROBE,
                    FAILURE,
                    MEMBERS),
            KeyringPolicy::check,
            ConfigurationSchema::keyring);

    private static final Field<String> API_VERSION = Field.required(
            "apiVersion", ChoiceType.only("trousseau.io/v1"), "The version of this format: `trousseau.io/v1`.");
    private static final Field<String> KIND = Field.required(
            "kind", ChoiceType.only("TrousseauConfiguration"), "What this file is: `TrousseauConfiguration`.");
    private static final Field<Socket> SOCKET =
            Field.required("socket", SOCKET_BLOCK, "Where Kubernetes finds the plugin.");
    private static final Field<Kubernetes> KUBERNETES =
            Field.optional("kubernetes", KUBERNETES_BLOCK, "{}", "What is spoken with Kubernetes.");
    private static final Field<Admin> ADMIN =
            Field.optional("admin", ADMIN_BLOCK, "{}", "Health, metrics and status over HTTP.");
    private static final Field<Log> LOG = Field.optional("log", LOG_BLOCK, "{}", "What is written and how.");
    static final Field<Keyring> KEYRING = Field.required("keyring", KEYRING_BLOCK, "The members and the policy.");
    static final BlockType<TrousseauConfiguration> FILE = BlockType.of(
            List.of(API_VERSION, KIND, SOCKET, KUBERNETES, ADMIN, LOG, KEYRING),
            values -> new TrousseauConfiguration(
                    values.get(SOCKET),
                    values.get(KUBERNETES),
                    values.get(ADMIN),
                    values.get(LOG),
                    values.get(KEYRING)));

    private ConfigurationSchema() {}

    /**
     * The JSON Schema (2020-12) of the file, for editors.
     *
     * @param providers the settings of the providers whose members' {@code config} is to be described, by provider name
     * @return JSON with a line feed at its end
     */
    public static String json(Map<String, ConfigSchema> providers) {
        return JsonSchema.of(FILE, providers);
    }

    private static Keyring keyring(Values values) {
        int threshold = values.get(DECRYPT_THRESHOLD).intValue();
        List<Member> members = values.get(MEMBERS);
        int wrapping = (int) members.stream()
                .filter(member -> member.role() == Member.Role.WRAP)
                .count();
        return new Keyring(
                values.get(KEYRING_NAME),
                values.get(EPOCH).intValue(),
                threshold,
                values.find(WRITE_QUORUM)
                        .map(Long::intValue)
                        .orElse(KeyringPolicy.defaultWriteQuorum(threshold, wrapping)),
                values.get(FORMER_POLICIES),
                values.get(KEY_ID_HOLD),
                values.get(LOCAL_KEK),
                values.get(CACHE),
                values.get(PROBE),
                values.get(FAILURE),
                members);
    }

    private static TextType<String> label() {
        Pattern pattern = Pattern.compile(DNS_LABEL);
        return new TextType<>(
                DNS_LABEL_IN_WORDS,
                DNS_LABEL,
                text -> pattern.matcher(text).matches() ? Optional.of(text) : Optional.empty());
    }

    private static Optional<String> kekIdentity(String text) {
        return Optional.of(new KekVersion(text, "any").identity());
    }

    private static Optional<Admin> admin(String address) {
        return address.equals(NO_ADDRESS)
                ? Optional.of(new Admin(Optional.empty()))
                : LoopbackAddress.parse(address).map(parsed -> new Admin(Optional.of(parsed)));
    }

    private static Optional<String> existingGroup(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByGroupName(text);
            return Optional.of(text);
        } catch (UserPrincipalNotFoundException e) {
            throw new IllegalArgumentException(
                    "is no group of this machine; create it (groupadd --system) or name" + " another", e);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot be looked up: " + e.getMessage(), e);
        }
    }
}
