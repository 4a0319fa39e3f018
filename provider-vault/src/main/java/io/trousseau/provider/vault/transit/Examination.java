package io.trousseau.provider.vault.transit;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderContext;
import io.trousseau.provider.vault.auth.Session;
import io.trousseau.provider.vault.auth.TokenReport;
import io.trousseau.provider.vault.http.JsonBody;
import io.trousseau.provider.vault.http.NodeReport;
import io.trousseau.provider.vault.http.Validity;
import io.trousseau.provider.vault.http.VaultAnswer;
import io.trousseau.provider.vault.http.VaultCluster;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import io.trousseau.provider.vault.http.VaultRequest;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at everything on the way to a Transit key, from the network to the key's options. One examination; not safe for
 * use by several threads.
 */
final class Examination {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Duration TOKEN_EXPIRES_SOON = Duration.ofDays(1);
    private static final Duration CLOCK_SKEW = Duration.ofSeconds(30);
    private static final Duration SLOW = Duration.ofSeconds(1);
    private static final int PROBE_BYTES = 32;
    private static final int NODES_SHARE = 3;

    private final KeyAddress address;
    private final KeyType type;
    private final Session session;
    private final TransitRequests requests;
    private final BiFunction<Operation, TransitKey, TransitKey> usable;
    private final ProviderContext host;
    private final List<Finding> findings = new ArrayList<>();

    /**
     * Examines nothing yet.
     *
     * @param usable answers a key that may be used, and throws for another one
     */
    Examination(
            KeyAddress address,
            KeyType type,
            Session session,
            TransitRequests requests,
            BiFunction<Operation, TransitKey, TransitKey> usable,
            ProviderContext host) {
        this.address = address;
        this.type = type;
        this.session = session;
        this.requests = requests;
        this.usable = usable;
        this.host = host;
    }

    List<Finding> findings(Deadline deadline) {
        nodes(deadline);
        login(deadline);
        key(deadline);
        return List.copyOf(findings);
    }

    private void nodes(Deadline deadline) {
        List<NodeReport> nodes = session.transport()
                .lookAtEach(deadline.within(deadline.remaining().dividedBy(NODES_SHARE)));
        addresses(nodes);
        tls(nodes);
        certificates(nodes);
        session.transport().clientCertificate().ifPresent(this::clientCertificate);
        clock(nodes);
        version(nodes);
    }

    private void addresses(List<NodeReport> nodes) {
        String seen = nodes.stream()
                .map(node -> node.address() + " is "
                        + node.health().orElseGet(() -> "not answering (" + briefly(node) + ")"))
                .collect(Collectors.joining("; "));
        long serving = nodes.stream()
                .filter(node -> node.health()
                        .filter(health -> !health.equals("sealed") && !health.equals("not initialised"))
                        .isPresent())
                .count();
        if (serving == nodes.size()) {
            ok("vault.address", seen);
        } else if (serving > 0) {
            warn(
                    "vault.address",
                    seen,
                    "unseal or start the nodes that do not serve, or correct the setting addresses");
        } else {
            fail("vault.address", seen, "start or unseal Vault, or correct the setting addresses");
        }
    }

    /** Why, without the address, which stands before it. */
    private static String briefly(NodeReport node) {
        String why = because(node);
        String address = node.address() + ": ";
        return why.startsWith(address) ? why.substring(address.length()) : why;
    }

    private static String because(NodeReport node) {
        return node.failure().map(VaultException::getMessage).orElse("no reason told");
    }

    private void tls(List<NodeReport> nodes) {
        List<NodeReport> refused = nodes.stream()
                .filter(node -> node.failure().filter(e -> e.kind() == Kind.TLS).isPresent())
                .toList();
        List<String> plain = nodes.stream()
                .map(NodeReport::address)
                .filter(node -> node.startsWith("http://"))
                .toList();
        Set<String> protocols = nodes.stream()
                .flatMap(node -> node.tlsProtocol().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        if (!refused.isEmpty()) {
            fail(
                    "vault.tls",
                    refused.stream().map(Examination::because).collect(Collectors.joining("; ")),
                    "check the settings caFile, serverName and clientCertificateFile, and Vault's certificate");
        } else if (plain.stream().anyMatch(node -> VaultCluster.isPlainHttpBeyondLoopback(URI.create(node)))) {
            warn(
                    "vault.tls",
                    "nothing is encrypted on the way to " + String.join(", ", plain)
                            + ": whoever listens has the token and the local KEKs",
                    "use https:// in the setting addresses and set allowPlainHttp: false");
        } else if (!protocols.isEmpty()) {
            ok("vault.tls", String.join(", ", protocols));
        } else if (plain.size() == nodes.size()) {
            ok("vault.tls", "none, on loopback");
        } else {
            skip("vault.tls", "no address answered");
        }
    }

    private void certificates(List<NodeReport> nodes) {
        Optional<NodeReport> first = nodes.stream()
                .filter(node -> node.certificate().isPresent())
                .min(Comparator.comparing(
                        node -> node.certificate().orElseThrow().until()));
        if (first.isEmpty()) {
            skip("vault.tls.expiry", "no certificate was shown");
            return;
        }
        Validity validity = first.get().certificate().orElseThrow();
        String seen = "the certificate of " + first.get().address() + " expires at " + validity.until();
        if (validity.endsSoon(host.wallClock().instant())) {
            warn("vault.tls.expiry", seen, "renew Vault's certificate");
        } else {
            ok("vault.tls.expiry", seen);
        }
    }

    private void clientCertificate(Validity validity) {
        String check = "vault.tls.client.expiry";
        String remedy = "put a new certificate and its key where clientCertificateFile and clientKeyFile say;"
                + " they are read again when they change";
        String seen = "a certificate in clientCertificateFile ";
        Instant now = host.wallClock().instant();
        if (validity.hasEnded(now)) {
            fail(check, seen + "has expired at " + validity.until() + ": a Vault that asks for it refuses it", remedy);
        } else if (validity.endsSoon(now)) {
            warn(check, seen + "expires at " + validity.until(), remedy);
        } else {
            ok(check, seen + "expires at " + validity.until());
        }
    }

    private void clock(List<NodeReport> nodes) {
        Instant now = host.wallClock().instant();
        Optional<Duration> widest = nodes.stream()
                .flatMap(node -> node.clock().stream())
                .map(clock -> Duration.between(clock, now).abs())
                .max(Comparator.naturalOrder());
        if (widest.isEmpty()) {
            skip("vault.clock", "no address told its time");
        } else if (widest.get().compareTo(CLOCK_SKEW) > 0) {
            warn(
                    "vault.clock",
                    "the clocks of Vault and of this machine are "
                            + widest.get().toSeconds()
                            + " s apart: tokens, JWTs and certificates expire at other times than they seem to",
                    "synchronise both clocks (NTP)");
        } else {
            ok("vault.clock", "no more than " + CLOCK_SKEW.toSeconds() + " s from this machine's");
        }
    }

    private void version(List<NodeReport> nodes) {
        Set<String> versions =
                nodes.stream().flatMap(node -> node.version().stream()).collect(Collectors.toCollection(TreeSet::new));
        if (versions.isEmpty()) {
            skip("vault.version", "no address told its version");
        } else {
            ok("vault.version", String.join(", ", versions));
        }
    }

    private void login(Deadline deadline) {
        List<String> warnings = session.login().warnings();
        if (warnings.isEmpty()) {
            ok("vault.login.files", "nobody else may read them");
        } else {
            warn("vault.login.files", String.join("; ", warnings), "chmod 600 the files");
        }
        try {
            token(session.lookAtToken(deadline));
        } catch (VaultException e) {
            String seen = String.valueOf(e.getMessage());
            switch (e.kind()) {
                case FORBIDDEN -> {
                    warn(
                            "vault.login",
                            "logged in by " + session.login().description()
                                    + ", and the token may not look at itself, so that a revoked token is told from a missing"
                                    + " permission by logging in again",
                            "give it the policy default, or path \"auth/token/lookup-self\" { capabilities = [\"read\"] }");
                    skip("vault.login.expiry", "the token may not look at itself");
                }
                case UNAUTHENTICATED -> {
                    fail("vault.login", seen, "check the settings of the login: auth, and the files it names");
                    skip("vault.login.expiry", "not logged in");
                }
                default -> {
                    skip("vault.login", seen);
                    skip("vault.login.expiry", "not logged in");
                }
            }
        }
    }

    private void token(TokenReport token) {
        String seen = session.login().description() + ", as " + token.displayName() + ", with the policies "
                + String.join(", ", token.policies());
        if (token.policies().contains("root")) {
            warn(
                    "vault.login",
                    seen + ": a root token may do everything, and is not meant to lie in a file",
                    "use a login that has no more than the policy of this provider's documentation");
        } else {
            ok("vault.login", seen);
        }
        boolean fromFile = session.login().followsItsFile();
        if (token.ttl().isEmpty()) {
            ok("vault.login.expiry", "the token never expires");
        } else if (fromFile && !token.renewable() && token.ttl().get().compareTo(TOKEN_EXPIRES_SOON) < 0) {
            warn(
                    "vault.login.expiry",
                    "the token expires in " + inWords(token.ttl().get()) + " and cannot be renewed",
                    "write a new token to tokenFile before that, or use another login method");
        } else {
            ok(
                    "vault.login.expiry",
                    "the token lives for another " + inWords(token.ttl().get())
                            + (fromFile
                                    ? token.renewable() ? " and is renewed before" : ""
                                    : " and another takes its place before"));
        }
    }

    private static String inWords(Duration duration) {
        return duration.toHours() > 0
                ? duration.toHours() + " h " + duration.toMinutesPart() + " min"
                : duration.toMinutes() + " min " + duration.toSecondsPart() + " s";
    }

    private void key(Deadline deadline) {
        TransitKey key = read(deadline);
        creating(deadline);
        if (key == null) {
            for (String check : List.of("vault.permission.encrypt", "vault.permission.decrypt", "vault.key.context")) {
                skip(check, "the key could not be read, or is not usable");
            }
            return;
        }
        byte[] plaintext = new byte[PROBE_BYTES];
        RANDOM.nextBytes(plaintext);
        roundTrip(key, plaintext, deadline);
        Arrays.fill(plaintext, (byte) 0);
    }

    /** The key, if it can be used. */
    private @Nullable TransitKey read(Deadline deadline) {
        long start = System.nanoTime();
        TransitKey key;
        try {
            key = requests.read(deadline);
        } catch (KmsException e) {
            boolean allowed = e.code() == Code.KEY_NOT_FOUND;
            if (allowed) {
                ok("vault.permission.read", "allowed");
                skip("vault.latency", "the key could not be read");
                fail("vault.key.state", text(e), remedy(Operation.READ, e));
            } else {
                failed("vault.permission.read", Operation.READ, e);
                skip("vault.latency", "the key could not be read");
                skip("vault.key.state", "the key could not be read");
            }
            skip("vault.key.unsafe", "the key could not be read");
            return null;
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        ok("vault.permission.read", "allowed");
        if (took.compareTo(SLOW) > 0) {
            warn(
                    "vault.latency",
                    "reading the key took " + took.toMillis() + " ms; a wrap takes two or three such requests",
                    "raise the member's deadline, or use a Vault that is nearer or less busy");
        } else {
            ok("vault.latency", "reading the key took " + took.toMillis() + " ms");
        }
        boolean serves = state(key);
        unsafe(key);
        return serves ? key : null;
    }

    private boolean state(TransitKey key) {
        try {
            TransitKey unused = usable.apply(Operation.READ, key);
        } catch (KmsException e) {
            fail("vault.key.state", text(e), remedy(Operation.READ, e));
            return false;
        }
        ok(
                "vault.key.state",
                address + " is of type " + key.type() + ", wraps under version " + key.latest()
                        + " and unwraps from version " + key.minDecryptionVersion() + " on");
        return true;
    }

    private void unsafe(TransitKey key) {
        if (key.unsafe().isEmpty()) {
            ok("vault.key.unsafe", "no option that lets the key out or be lost");
            return;
        }
        warn(
                "vault.key.unsafe",
                key.unsafe().stream()
                        .map(option -> option.label() + "=true: " + option.risk())
                        .collect(Collectors.joining("; ")),
                key.unsafe().stream()
                        .map(option -> option.label() + ": " + option.remedy())
                        .collect(Collectors.joining("; ")));
    }

    /** Whether a wrap could make a key. */
    private void creating(Deadline deadline) {
        String path = address.path("encrypt");
        byte[] body = new JsonBody().text("path", path).toBytes();
        try (VaultAnswer answer =
                session.call(VaultRequest.post("sys/capabilities-self", body, address.namespace()), deadline)) {
            Set<String> capabilities = new HashSet<>();
            answer.json("data", "capabilities").forEach(capability -> capabilities.add(capability.asText()));
            if (capabilities.contains("create") || capabilities.contains("root")) {
                warn(
                        "vault.permission.create",
                        "the token has \"" + (capabilities.contains("root") ? "root" : "create") + "\" at " + path
                                + ": encrypting makes a missing key",
                        "grant only \"update\" there");
            } else {
                ok("vault.permission.create", "not allowed, as it should be");
            }
        } catch (VaultException e) {
            skip("vault.permission.create", String.valueOf(e.getMessage()));
        }
    }

    private void roundTrip(TransitKey key, byte[] plaintext, Deadline deadline) {
        byte[] data = type.isAead() ? new byte[] {'e', 'x', 'a', 'm', 'i', 'n', 'e'} : new byte[0];
        Ciphertext ciphertext;
        try {
            ciphertext = requests.encrypt(plaintext, key.latest(), data, deadline);
            ok("vault.permission.encrypt", "allowed");
        } catch (KmsException e) {
            failed("vault.permission.encrypt", Operation.ENCRYPT, e);
            skip("vault.permission.decrypt", "nothing could be encrypted to try it with");
            skip("vault.key.context", "nothing could be encrypted to try it with");
            return;
        }
        try {
            byte[] back = requests.decrypt(ciphertext, data, deadline);
            boolean same = Arrays.equals(back, plaintext);
            Arrays.fill(back, (byte) 0);
            if (same) {
                ok("vault.permission.decrypt", "allowed, and gives back what was encrypted");
            } else {
                fail(
                        "vault.permission.decrypt",
                        "allowed, and did not give back what was encrypted",
                        "look for what stands between this machine and Vault; do not use this Vault until then");
            }
        } catch (KmsException e) {
            failed("vault.permission.decrypt", Operation.DECRYPT, e);
            skip("vault.key.context", "decrypting does not work");
            return;
        }
        context(ciphertext, data, deadline);
    }

    private void context(Ciphertext ciphertext, byte[] data, Deadline deadline) {
        if (!type.isAead()) {
            warn(
                    "vault.key.context",
                    type.label()
                            + " binds no context and authenticates nothing: whoever has the public key and can write to"
                            + " etcd can plant a local KEK, though never read one",
                    "use a key of type aes256-gcm96, or have an authenticated member among any decryptThreshold members");
            return;
        }
        try {
            if (requests.isBound(ciphertext, data, deadline)) {
                ok("vault.key.context", "another context is refused");
            } else {
                fail(
                        "vault.key.context",
                        "Vault ignores associated_data: what is wrapped is not bound to its context, so nothing is wrapped",
                        "upgrade Vault to 1.13 or newer, or find what drops the field on the way to addresses");
            }
        } catch (KmsException e) {
            failed("vault.key.context", Operation.PROVE_CONTEXT, e);
        }
    }

    private void failed(String check, Operation operation, KmsException e) {
        switch (e.code()) {
            case UNAVAILABLE, TIMEOUT, THROTTLED, CLOSED, INTERRUPTED, UNAUTHENTICATED -> skip(check, text(e));
            default -> fail(check, text(e), remedy(operation, e));
        }
    }

    private String remedy(Operation operation, KmsException e) {
        return switch (e.code()) {
            case PERMISSION_DENIED ->
                "add to the token's policies: path \"" + address.path(operation.path()) + "\" { capabilities = [\""
                        + operation.capability() + "\"] }";
            case KEY_NOT_FOUND -> "check the settings key, mount and namespace, or make the key";
            case KEY_DISABLED -> "change the key as told, or the settings key and keyType";
            default -> "look for the request in Vault's log";
        };
    }

    private static String text(KmsException e) {
        return e.code().label() + ": " + e.getMessage();
    }

    private void ok(String check, String seen) {
        findings.add(Finding.ok(check, seen));
    }

    private void warn(String check, String seen, String remedy) {
        findings.add(Finding.warning(check, seen, remedy));
    }

    private void fail(String check, String seen, String remedy) {
        findings.add(Finding.failure(check, seen, remedy));
    }

    private void skip(String check, String why) {
        findings.add(Finding.skipped(check, why));
    }
}
