package io.trousseau.testkit.aws;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Who may call the fake, and what they may not do. Safe for use by several threads. */
public final class FakeAwsIam {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String partition;
    private final String account;
    private final InstantSource clock;
    private final Map<String, FakeAwsCredentials> credentials = new ConcurrentHashMap<>();
    private final Map<String, Role> roles = new ConcurrentHashMap<>();
    private final Set<String> denied = ConcurrentHashMap.newKeySet();
    private final AtomicInteger assumed = new AtomicInteger();

    private record Role(String name, Optional<String> externalId, Optional<String> webIdentityToken) {}

    FakeAwsIam(String partition, String account, InstantSource clock) {
        this.partition = partition;
        this.account = account;
        this.clock = clock;
    }

    /** Makes a user with an access key. */
    public FakeAwsCredentials addUser(String name) {
        return issue("AKIA", Optional.empty(), "arn:" + partition + ":iam::" + account + ":user/" + name, null);
    }

    /** Makes a role that every user may assume, and returns its ARN. */
    public String addRole(String name) {
        return add(new Role(name, Optional.empty(), Optional.empty()));
    }

    /** Makes a role that who knows the external id may assume, and returns its ARN. */
    public String addRoleWithExternalId(String name, String externalId) {
        return add(new Role(name, Optional.of(externalId), Optional.empty()));
    }

    /** Makes a role that who shows the OIDC token may assume, and returns its ARN. */
    public String addRoleForWebIdentity(String name, String token) {
        return add(new Role(name, Optional.empty(), Optional.of(token)));
    }

    private String add(Role role) {
        String arn = "arn:" + partition + ":iam::" + account + ":role/" + role.name();
        roles.put(arn, role);
        return arn;
    }

    /** Refuses an action, {@code kms:Encrypt} for example, to everybody. */
    public void deny(String action) {
        denied.add(action);
    }

    /** Takes {@link #deny} back. */
    public void allow(String action) {
        denied.remove(action);
    }

    /** Makes credentials unknown. */
    public void revoke(FakeAwsCredentials revoked) {
        credentials.remove(revoked.accessKeyId());
    }

    /** Makes every temporary credential unknown. */
    public void revokeSessions() {
        credentials.values().removeIf(issued -> issued.sessionToken().isPresent());
    }

    /** How often a role was assumed. */
    public int assumptions() {
        return assumed.get();
    }

    /** Issues temporary credentials without STS, as the metadata service of a machine or container does. */
    public FakeAwsCredentials issueSession(String roleName, String sessionName, Duration lifetime) {
        return issue(
                "ASIA",
                Optional.of(text(48)),
                "arn:" + partition + ":sts::" + account + ":assumed-role/" + roleName + "/" + sessionName,
                clock.instant().plus(lifetime));
    }

    FakeAwsCredentials assume(String roleArn, String sessionName, Optional<String> externalId, Duration lifetime) {
        Role role = roles.get(roleArn);
        if (role == null
                || role.webIdentityToken().isPresent()
                || denied.contains("sts:AssumeRole")
                || !role.externalId().equals(externalId)) {
            throw new AwsError(403, "AccessDenied", "not authorized to perform: sts:AssumeRole on " + roleArn);
        }
        assumed.incrementAndGet();
        return issueSession(role.name(), sessionName, lifetime);
    }

    FakeAwsCredentials assumeWithWebIdentity(String roleArn, String sessionName, String token, Duration lifetime) {
        Role role = roles.get(roleArn);
        if (role == null || role.webIdentityToken().isEmpty()) {
            throw new AwsError(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
        }
        if (!role.webIdentityToken().get().equals(token)) {
            throw new AwsError("InvalidIdentityToken", "the token is not one that the role trusts");
        }
        assumed.incrementAndGet();
        return issueSession(role.name(), sessionName, lifetime);
    }

    /** The credentials of an access key id, unless they are unknown, over, or lack their token. */
    FakeAwsCredentials known(String accessKeyId, Optional<String> sessionToken) {
        FakeAwsCredentials found = credentials.get(accessKeyId);
        if (found == null || !found.sessionToken().equals(sessionToken)) {
            throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.");
        }
        if (found.expiresAt().filter(end -> !clock.instant().isBefore(end)).isPresent()) {
            throw new AwsError("ExpiredTokenException", "The security token included in the request is expired");
        }
        return found;
    }

    void check(String action, FakeAwsCredentials caller, String resource) {
        if (denied.contains(action)) {
            throw new AwsError(
                    "AccessDeniedException",
                    "User: " + caller.callerArn() + " is not authorized to perform: " + action + " on resource: "
                            + resource + " because no identity-based policy allows the " + action + " action");
        }
    }

    private FakeAwsCredentials issue(
            String prefix, Optional<String> sessionToken, String caller, @Nullable Instant end) {
        FakeAwsCredentials issued = new FakeAwsCredentials(
                prefix + text(8).toUpperCase(Locale.ROOT), text(20), sessionToken, caller, Optional.ofNullable(end));
        credentials.put(issued.accessKeyId(), issued);
        return issued;
    }

    private static String text(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }
}
