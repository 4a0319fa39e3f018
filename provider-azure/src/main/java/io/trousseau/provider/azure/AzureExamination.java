package io.trousseau.provider.azure;

import com.azure.core.credential.AccessToken;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.provider.azure.http.Http;
import io.trousseau.provider.azure.http.TransportFailure;
import io.trousseau.provider.azure.login.AccessTokens;
import io.trousseau.provider.azure.login.LoginFailure;
import io.trousseau.provider.azure.login.TokenClaims;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The checks of {@code trousseau doctor}: the vault, the login, each permission by trying it, the key, and what remains. */
final class AzureExamination {
    private static final Duration SHORT_TOKEN = Duration.ofMinutes(5);
    private static final Duration NEAR_EXPIRY = Duration.ofDays(30);
    private static final Pattern CHALLENGED_TENANT =
            Pattern.compile("authorization(?:_uri)?=\"https://[^\"/]+/([0-9A-Za-z.-]{1,64})\"");
    private static final String ROLE = "assign the role \"Key Vault Crypto Service Encryption User\" (in a Managed HSM"
            + " \"Managed HSM Crypto Service Encryption User\"; for A256GCM \"Managed HSM Crypto User\") on the key";

    private final KeyName key;
    private final KeyAlgorithm algorithm;
    private final Http http;
    private final AccessTokens tokens;
    private final AzureKek kek;
    private final ProviderContext host;
    private final List<Finding> findings = new ArrayList<>();

    AzureExamination(
            KeyName key, KeyAlgorithm algorithm, Http http, AccessTokens tokens, AzureKek kek, ProviderContext host) {
        this.key = key;
        this.algorithm = algorithm;
        this.http = http;
        this.tokens = tokens;
        this.kek = kek;
        this.host = host;
    }

    List<Finding> examine(Deadline deadline) {
        Optional<String> tenant = vault(deadline);
        boolean in = tenant.isPresent() && login(tenant.get(), deadline);
        Optional<KeyState> state = in ? read(deadline) : skip("azure.permission.get", "there is no token");
        state.ifPresent(this::key);
        Optional<WrapResult> wrapped =
                state.isPresent() ? wrap(deadline) : skip("azure.permission.wrap", "the key was not read");
        if (wrapped.isPresent()) {
            unwrap(wrapped.get(), deadline);
        } else {
            findings.add(Finding.skipped("azure.permission.unwrap", "nothing was wrapped that could be unwrapped"));
        }
        planting();
        return List.copyOf(findings);
    }

    private <T> Optional<T> skip(String check, String why) {
        findings.add(Finding.skipped(check, why));
        return Optional.empty();
    }

    /** Asks without a token; the tenant that the vault then sends one to, or an empty text if it does not say. */
    private Optional<String> vault(Deadline deadline) {
        String check = "azure.vault";
        try (HttpResponse response =
                http.sendSync(new HttpRequest(HttpMethod.GET, key.url() + "?api-version=7.4"), Http.under(deadline))) {
            String challenge = response.getHeaderValue(HttpHeaderName.WWW_AUTHENTICATE);
            if (response.getStatusCode() != 401 || challenge == null) {
                findings.add(Finding.failure(
                        check,
                        key.host() + " answered with HTTP " + response.getStatusCode()
                                + " where Key Vault asks for a token",
                        "see whether a proxy or a firewall answers in its place"));
                return Optional.empty();
            }
            Matcher named = CHALLENGED_TENANT.matcher(challenge);
            String tenant = named.find() ? named.group(1) : "";
            findings.add(Finding.ok(
                    check,
                    key.host() + " is reached over TLS that is trusted, and asks for a token"
                            + (tenant.isEmpty() ? "" : " of tenant " + tenant)));
            return Optional.of(tenant);
        } catch (TransportFailure e) {
            findings.add(Finding.failure(
                    check,
                    String.valueOf(e.getMessage()),
                    switch (e.kind()) {
                        case TLS -> "set \"caFile\" if a proxy opens TLS on the way, and look at this machine's clock";
                        case TIMEOUT -> "look at the firewall, and at \"proxy\"";
                        default ->
                            "look at the vault's name in \"key\", at the DNS of the private endpoint, and at \"proxy\"; a"
                                    + " deleted vault has no name";
                    }));
            return Optional.empty();
        }
    }

    private boolean login(String vaultTenant, Deadline deadline) {
        String check = "azure.login";
        AccessToken token;
        try {
            token = tokens.get(deadline);
        } catch (LoginFailure e) {
            findings.add(Finding.failure(
                    check,
                    String.valueOf(e.getMessage()),
                    "look at \"auth\" and the settings beside it; docs/azure.md"));
            return false;
        }
        TokenClaims claims = TokenClaims.of(token.getToken());
        Instant expires = token.getExpiresAt().toInstant();
        String seen = tokens.login().describe() + ": " + claims.describe() + "; the token lives until " + expires;
        if (claims.tenant().isPresent()
                && vaultTenant.matches("[0-9a-fA-F-]{36}")
                && !claims.tenant().get().equalsIgnoreCase(vaultTenant)) {
            findings.add(Finding.failure(
                    check,
                    seen + "; but the vault belongs to tenant " + vaultTenant,
                    "log in to that tenant: \"tenantId\""));
        } else if (Duration.between(host.wallClock().instant(), expires).compareTo(SHORT_TOKEN) < 0) {
            findings.add(Finding.warning(
                    check, seen + ", which is soon", "look at this machine's clock, and at token lifetime policies"));
        } else {
            findings.add(Finding.ok(check, seen));
        }
        return true;
    }

    private Optional<KeyState> read(Deadline deadline) {
        String check = "azure.permission.get";
        try {
            KeyState state = kek.state(deadline);
            findings.add(Finding.ok(check, "the key's description may be read"));
            return Optional.of(state);
        } catch (RuntimeException e) {
            findings.add(Finding.failure(
                    check,
                    String.valueOf(AzureErrors.of("describe", key.url(), e).getMessage()),
                    ROLE));
            return Optional.empty();
        }
    }

    private void key(KeyState state) {
        Instant now = host.wallClock().instant();
        String name = key.url(state.version());
        Optional<String> useless = state.misfit(algorithm).or(() -> state.unreadable(algorithm));
        Optional<String> writeProtected = state.writeProtected(algorithm, now);
        String check = "azure.key";
        if (useless.isPresent()) {
            findings.add(Finding.failure(check, name + " " + useless.get(), "look at \"key\" and \"algorithm\""));
        } else if (!state.enabled()) {
            findings.add(Finding.failure(
                    check,
                    name + " is disabled",
                    "\"az keyvault key set-attributes --enabled true\", or rotate the key"));
        } else if (writeProtected.isPresent()) {
            findings.add(Finding.failure(check, name + " " + writeProtected.get(), "\"az keyvault key rotate\""));
        } else if (state.expires()
                .filter(at -> at.isBefore(now.plus(NEAR_EXPIRY)))
                .isPresent()) {
            findings.add(Finding.warning(
                    check,
                    name + " expires at " + state.expires().get() + "; from then on it only unwraps",
                    "\"az keyvault key rotate\", or a rotation policy that comes before the expiry"));
        } else {
            findings.add(Finding.ok(
                    check,
                    name + " is an enabled " + state.type() + " key"
                            + (state.bits() > 0 ? " of " + state.bits() + " bits" : "")));
        }
        if (state.recovery().contains("Purgeable")) {
            findings.add(Finding.warning(
                    "azure.purge-protection",
                    "the vault's recovery level is " + state.recovery()
                            + ": who may purge can destroy the key, and all that it wrapped, at once",
                    "\"az keyvault update --enable-purge-protection true\""));
        } else {
            findings.add(Finding.ok("azure.purge-protection", "the vault's recovery level is " + state.recovery()));
        }
    }

    private Optional<WrapResult> wrap(Deadline deadline) {
        String check = "azure.permission.wrap";
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        try {
            WrapResult result = kek.wrap(random, WrapContext.empty(), deadline);
            findings.add(Finding.ok(check, algorithm.wrapOperation() + " is allowed"));
            return Optional.of(result);
        } catch (KmsException e) {
            findings.add(Finding.failure(check, String.valueOf(e.getMessage()), ROLE));
            return Optional.empty();
        }
    }

    private void unwrap(WrapResult wrapped, Deadline deadline) {
        String check = "azure.permission.unwrap";
        KekVersion version = wrapped.version().orElseThrow();
        try {
            kek.unwrap(new WrappedKey(wrapped.ciphertext(), version), WrapContext.empty(), deadline)
                    .close();
            findings.add(Finding.ok(check, algorithm.unwrapOperation() + " is allowed"));
        } catch (KmsException e) {
            findings.add(Finding.failure(check, String.valueOf(e.getMessage()), ROLE));
        }
    }

    /** What whoever can write to etcd could plant, and never read. */
    private void planting() {
        String check = "azure.planting";
        if (algorithm.traits().has(Capability.AUTHENTICATED)) {
            findings.add(Finding.ok(
                    check,
                    algorithm.label() + " is authenticated: only who may use the key can make a copy that unwraps"));
            return;
        }
        findings.add(Finding.warning(
                check,
                algorithm.label()
                        + " is not authenticated: anyone can wrap to the public key. Who can write to etcd could"
                        + " plant an envelope of a key of their own, and so a Secret of their choice; they can read none, and"
                        + " can change none that is there",
                "have any decryptThreshold members include one that is authenticated (Vault, AWS, Google Cloud, or a"
                        + " Managed HSM with \"algorithm: A256GCM\"), or know the risk: docs/threat-model.md"));
    }
}
