package io.trousseau.provider.vault.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.Transport;
import io.trousseau.provider.vault.http.VaultCluster;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import io.trousseau.testkit.tls.TestCa;
import io.trousseau.testkit.vault.OpenBao;
import io.trousseau.testkit.vault.VaultClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each login method against a real OpenBao with TLS. */
class LoginIT {
    private static final TestCa CA = TestCa.create("vault");
    private static final TestCa CLIENT_CA = TestCa.create("clients");

    private static OpenBao bao;
    private static VaultClient root;

    @TempDir
    Path folder;

    @BeforeAll
    static void startBao() {
        bao = OpenBao.durable(CA.server("127.0.0.1"));
        root = bao.root();
        root.enableEngine("transit", "transit");
        root.createKey("payments", "aes256-gcm96");
        root.writePolicy("payments", "path \"transit/keys/payments\" { capabilities = [\"read\"] }");
    }

    @AfterAll
    static void stopBao() {
        bao.close();
    }

    /** What every method must do. A token lives {@code ttl}, renewed up to {@code maxTtl}. */
    abstract class Contract {
        Session session;

        /** Sets the method up in Vault and its files here. */
        abstract Login login(Duration ttl, Duration maxTtl) throws IOException;

        /** Puts another credential into the file, and makes the one before worthless. */
        abstract void replaceCredential() throws IOException;

        VaultCluster cluster() throws IOException {
            return new VaultCluster(
                    List.of(bao.address()),
                    Optional.of(write("ca.pem", CA.pem())),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
        }

        Session open(Login login) throws IOException {
            System.Logger logger = System.getLogger("test");
            assertThat(login.problems()).isEmpty();
            assertThat(login.warnings()).isEmpty();
            session = new Session("test", new Transport("test", cluster(), logger), login, logger);
            return session;
        }

        @BeforeEach
        void noOtherTokens() {
            revokeAll();
        }

        @AfterEach
        void close() {
            session.close();
        }

        @Test
        void logs_in_and_tells_who_it_is() throws IOException {
            open(login(Duration.ofHours(1), Duration.ofHours(2)));

            Traffic.callOnce(session);

            TokenReport report = session.lookAtToken(Deadline.after(Traffic.TIME));
            assertThat(report.policies()).contains("payments");
            assertThat(report.ttl().orElseThrow()).isBetween(Duration.ofMinutes(58), Duration.ofHours(1));
            assertThat(report.renewable()).isTrue();
        }

        @Test
        void renews_its_token_before_that_expires() throws Exception {
            open(login(Duration.ofSeconds(3), Duration.ofHours(1)));
            try (Traffic traffic = new Traffic(session)) {
                traffic.goesOn();
                Set<String> first = accessors();

                untilSecondsHavePassed(7);

                traffic.goesOn();
                assertThat(accessors()).isEqualTo(first).hasSize(1);
            }
        }

        @Test
        void takes_another_token_before_renewal_ends() throws Exception {
            open(login(Duration.ofSeconds(3), Duration.ofSeconds(6)));
            try (Traffic traffic = new Traffic(session)) {
                traffic.goesOn();
                Set<String> first = accessors();

                await().atMost(Duration.ofSeconds(30))
                        .until(() -> accessors().stream().noneMatch(first::contains));

                traffic.goesOn();
            }
        }

        @Test
        void a_revoked_token_is_replaced_within_the_call() throws Exception {
            open(login(Duration.ofHours(1), Duration.ofHours(2)));
            try (Traffic traffic = new Traffic(session)) {
                traffic.goesOn();

                lose();

                traffic.goesOn();
            }
        }

        @Test
        void credentials_are_replaced_while_it_runs() throws Exception {
            open(login(Duration.ofHours(1), Duration.ofHours(2)));
            try (Traffic traffic = new Traffic(session)) {
                traffic.goesOn();

                replaceCredential();
                lose();

                traffic.goesOn();
            }
        }

        /** Makes the token in use worthless; where the token is the credential, another lies in the file by then. */
        void lose() throws IOException {
            revokeAll();
        }
    }

    @Nested
    class AppRole extends Contract {
        @Override
        Login login(Duration ttl, Duration maxTtl) throws IOException {
            enable("approle");
            String roleId = root.createAppRole("trousseau", tokens(ttl, maxTtl));
            Path roleIdFile = write("role-id", roleId + "\n");
            Path secretIdFile = write("secret-id", root.createSecretId("trousseau") + "\n");
            return Login.appRole(
                    "approle", Optional.empty(), RoleId.in(roleIdFile), Optional.empty(), secretIdFile, false);
        }

        @Override
        void replaceCredential() throws IOException {
            destroySecretIds();
            write("secret-id", root.createSecretId("trousseau"));
        }

        @Test
        void a_refused_secret_id_is_told_with_the_setting_and_repaired_at_once() throws IOException {
            Login login = login(Duration.ofHours(1), Duration.ofHours(2));
            destroySecretIds();
            open(login);

            VaultException e = refused();
            assertThat(e.kind()).isEqualTo(Kind.UNAUTHENTICATED);
            assertThat(e).hasMessageContaining("secretIdFile: ").hasMessageContaining("invalid role or secret ID");
            assertThat(refused()).isSameAs(e);

            write("secret-id", root.createSecretId("trousseau"));
            Traffic.callOnce(session);
        }

        @Test
        void a_missing_permission_is_not_taken_for_a_bad_token() throws IOException {
            open(login(Duration.ofHours(1), Duration.ofHours(2)));
            Traffic.callOnce(session);
            Set<String> before = accessors();
            root.writePolicy("payments", "path \"nothing\" { capabilities = [\"read\"] }");
            try {
                assertThat(refused().kind()).isEqualTo(Kind.FORBIDDEN);
                assertThat(accessors()).isEqualTo(before);
            } finally {
                root.writePolicy("payments", "path \"transit/keys/payments\" { capabilities = [\"read\"] }");
            }
            Traffic.callOnce(session);
        }

        @Test
        void a_role_that_may_not_look_at_itself_heals_too_and_does_not_hammer() throws IOException {
            enable("approle");
            Map<String, Object> role = new LinkedHashMap<>(tokens(Duration.ofHours(1), Duration.ofHours(2)));
            role.put("token_no_default_policy", true);
            String roleId = root.createAppRole("bare", role);
            open(Login.appRole(
                    "approle",
                    Optional.empty(),
                    RoleId.of(roleId),
                    Optional.empty(),
                    write("secret-id", root.createSecretId("bare")),
                    false));
            Traffic.callOnce(session);
            revokeAll();
            Traffic.callOnce(session);

            root.writePolicy("payments", "path \"nothing\" { capabilities = [\"read\"] }");
            try {
                assertThat(refused().kind()).isEqualTo(Kind.FORBIDDEN);
                Set<String> after = accessors();
                assertThat(refused().kind()).isEqualTo(Kind.FORBIDDEN);
                assertThat(accessors()).isEqualTo(after);
            } finally {
                root.writePolicy("payments", "path \"transit/keys/payments\" { capabilities = [\"read\"] }");
            }
        }

        @Test
        void a_wrong_mount_is_told_with_the_setting() throws IOException {
            login(Duration.ofHours(1), Duration.ofHours(2));
            open(Login.appRole(
                    "approle-typo",
                    Optional.empty(),
                    RoleId.of("x"),
                    Optional.empty(),
                    folder.resolve("secret-id"),
                    false));

            assertThat(refused()).hasMessageContaining("authMount").hasMessageContaining("auth/approle-typo");
        }

        @Test
        void a_missing_file_is_told_with_the_setting() throws IOException {
            Login login = login(Duration.ofHours(1), Duration.ofHours(2));
            open(login);
            Files.delete(folder.resolve("secret-id"));

            assertThat(refused()).hasMessageContaining("secretIdFile: ").hasMessageContaining("does not exist");
            assertThat(login.problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.field()).isEqualTo("secretIdFile"));
        }

        private VaultException refused() {
            return catchThrowableOfType(VaultException.class, () -> Traffic.callOnce(session));
        }

        private void destroySecretIds() {
            for (JsonNode accessor : root.must("LIST", "auth/approle/role/trousseau/secret-id")
                    .data()
                    .path("keys")) {
                root.must(
                        "POST",
                        "auth/approle/role/trousseau/secret-id-accessor/destroy",
                        Map.of("secret_id_accessor", accessor.asText()));
            }
        }
    }

    @Nested
    class WrappedAppRole extends Contract {
        @Override
        Login login(Duration ttl, Duration maxTtl) throws IOException {
            enable("approle");
            String roleId = root.createAppRole("trousseau", tokens(ttl, maxTtl));
            return Login.appRole(
                    "approle",
                    Optional.empty(),
                    RoleId.of(roleId),
                    Optional.of("trousseau"),
                    write("secret-id", root.createWrappedSecretId("trousseau", Duration.ofMinutes(5))),
                    true);
        }

        @Override
        void replaceCredential() throws IOException {
            write("secret-id", root.createWrappedSecretId("trousseau", Duration.ofMinutes(5)));
        }

        @Test
        void a_planted_wrapping_token_is_not_used() throws IOException {
            Login login = login(Duration.ofHours(1), Duration.ofHours(2));
            open(login);
            String planted = root.call(
                            "POST",
                            "sys/wrapping/wrap",
                            Map.of("secret_id", "of the attacker"),
                            Map.of("X-Vault-Wrap-TTL", "60s"))
                    .body()
                    .path("wrap_info")
                    .path("token")
                    .asText();
            write("secret-id", planted);

            VaultException e = catchThrowableOfType(VaultException.class, () -> Traffic.callOnce(session));

            assertThat(e).hasMessageContaining("secretIdFile: ").hasMessageContaining("not made by auth/approle/role/");
            assertThat(root.withToken(planted)
                            .call("POST", "sys/wrapping/unwrap", Map.of())
                            .ok())
                    .as("it can still be unwrapped, so nobody did")
                    .isTrue();
        }

        @Test
        void a_used_wrapping_token_is_told_with_the_way_out() throws IOException {
            Login login = login(Duration.ofHours(1), Duration.ofHours(2));
            open(login);
            String token = Files.readString(folder.resolve("secret-id"));
            assertThat(root.withToken(token)
                            .call("POST", "sys/wrapping/unwrap", Map.of())
                            .ok())
                    .isTrue();

            VaultException e = catchThrowableOfType(VaultException.class, () -> Traffic.callOnce(session));

            assertThat(e)
                    .hasMessageContaining("secretIdFile: ")
                    .hasMessageContaining("used already")
                    .hasMessageNotContaining(token);
        }
    }

    @Nested
    class Jwt extends Contract {
        private final Jwts issuer = new Jwts();

        @Override
        Login login(Duration ttl, Duration maxTtl) throws IOException {
            enable("jwt");
            root.must("POST", "auth/jwt/config", Map.of("jwt_validation_pubkeys", issuer.publicKeyPem()));
            Map<String, Object> role = new LinkedHashMap<>(tokens(ttl, maxTtl));
            role.putAll(Map.of("role_type", "jwt", "user_claim", "sub", "bound_audiences", "vault"));
            root.must("POST", "auth/jwt/role/trousseau", role);
            return Login.jwt(
                    "jwt",
                    Optional.empty(),
                    Optional.of("trousseau"),
                    write("jwt", issuer.sign("node-1", Duration.ofHours(1))));
        }

        @Override
        void replaceCredential() throws IOException {
            Jwts other = new Jwts();
            root.must("POST", "auth/jwt/config", Map.of("jwt_validation_pubkeys", other.publicKeyPem()));
            write("jwt", other.sign("node-1", Duration.ofHours(1)));
        }

        @Test
        void an_expired_jwt_is_told_with_the_setting() throws IOException {
            Login login = login(Duration.ofHours(1), Duration.ofHours(2));
            write("jwt", issuer.sign("node-1", Duration.ofMinutes(-30)));
            open(login);

            VaultException e = catchThrowableOfType(VaultException.class, () -> Traffic.callOnce(session));

            assertThat(e.kind()).isEqualTo(Kind.UNAUTHENTICATED);
            assertThat(e).hasMessageContaining("jwtFile: ").hasMessageContaining("trousseau");
        }
    }

    @Nested
    class Kubernetes extends Contract {
        private FakeTokenReview apiServer;
        private String token = "";

        @AfterEach
        void stopApiServer() {
            apiServer.close();
        }

        @Override
        Login login(Duration ttl, Duration maxTtl) throws IOException {
            apiServer = new FakeTokenReview();
            enable("kubernetes");
            root.must(
                    "POST",
                    "auth/kubernetes/config",
                    Map.of(
                            "kubernetes_host",
                            apiServer.address(),
                            "kubernetes_ca_cert",
                            apiServer.caPem(),
                            "disable_local_ca_jwt",
                            true));
            Map<String, Object> role = new LinkedHashMap<>(tokens(ttl, maxTtl));
            role.putAll(Map.of(
                    "bound_service_account_names", "trousseau", "bound_service_account_namespaces", "kube-system"));
            root.must("POST", "auth/kubernetes/role/trousseau", role);
            return Login.kubernetes("kubernetes", Optional.empty(), "trousseau", newToken());
        }

        @Override
        void replaceCredential() throws IOException {
            String before = token;
            newToken();
            apiServer.refuse(before);
        }

        private Path newToken() throws IOException {
            token = serviceAccountToken();
            apiServer.accept(token);
            return write("jwt", token);
        }

        private String serviceAccountToken() {
            return new Jwts().serviceAccount("kube-system", "trousseau");
        }
    }

    @Nested
    class Certificate extends Contract {
        @Override
        VaultCluster cluster() throws IOException {
            return new VaultCluster(
                    List.of(bao.address()),
                    Optional.of(write("ca.pem", CA.pem())),
                    Optional.empty(),
                    Optional.of(folder.resolve("client.pem")),
                    Optional.of(folder.resolve("client.key")),
                    Optional.empty());
        }

        @Override
        Login login(Duration ttl, Duration maxTtl) throws IOException {
            enable("cert");
            Map<String, Object> role = new LinkedHashMap<>(tokens(ttl, maxTtl));
            role.putAll(Map.of("certificate", CLIENT_CA.pem(), "allowed_common_names", "node-1,node-2"));
            root.must("POST", "auth/cert/certs/trousseau", role);
            writeIdentity(CLIENT_CA, "node-1");
            return Login.certificate("cert", Optional.empty(), Optional.of("trousseau"), folder.resolve("client.pem"));
        }

        @Override
        void replaceCredential() throws IOException {
            TestCa other = TestCa.create("other clients");
            Map<String, Object> role = new LinkedHashMap<>(tokens(Duration.ofHours(1), Duration.ofHours(2)));
            role.putAll(Map.of("certificate", other.pem(), "allowed_common_names", "node-2"));
            root.must("POST", "auth/cert/certs/trousseau", role);
            writeIdentity(other, "node-2");
        }

        @Test
        void a_certificate_of_no_role_is_told_with_the_setting() throws IOException {
            Login login = login(Duration.ofHours(1), Duration.ofHours(2));
            writeIdentity(CLIENT_CA, "node-3");
            open(login);

            VaultException e = catchThrowableOfType(VaultException.class, () -> Traffic.callOnce(session));

            assertThat(e.kind()).isEqualTo(Kind.UNAUTHENTICATED);
            assertThat(e).hasMessageContaining("clientCertificateFile: ");
        }

        private void writeIdentity(TestCa ca, String name) throws IOException {
            var identity = ca.client(name);
            write("client.key", identity.keyPem());
            write("client.pem", identity.certificatePem());
        }
    }

    @Nested
    class Userpass extends Contract {
        @Override
        Login login(Duration ttl, Duration maxTtl) throws IOException {
            enable("userpass");
            root.createUser("trousseau", "corréct \"horse\"", tokens(ttl, maxTtl));
            return Login.userpass("userpass", Optional.empty(), "trousseau", write("password", "corréct \"horse\"\n"));
        }

        @Override
        void replaceCredential() throws IOException {
            root.must("POST", "auth/userpass/users/trousseau/password", Map.of("password", "another"));
            write("password", "another");
        }
    }

    @Nested
    class TokenFile extends Contract {
        private Duration ttl = Duration.ZERO;
        private Duration maxTtl = Duration.ZERO;

        @Override
        Login login(Duration ttl, Duration maxTtl) throws IOException {
            this.ttl = ttl;
            this.maxTtl = maxTtl;
            return Login.token(Optional.empty(), write("token", newToken()));
        }

        private String newToken() {
            return root.createToken(Map.of(
                    "policies",
                    List.of("payments"),
                    "ttl",
                    ttl.toSeconds() + "s",
                    "explicit_max_ttl",
                    maxTtl.toSeconds() + "s"));
        }

        @Override
        void replaceCredential() throws IOException {
            write("token", newToken());
        }

        /** As an agent does: another token lies in its sink before the old one ends. */
        @Override
        @Test
        void takes_another_token_before_renewal_ends() throws Exception {
            open(login(Duration.ofSeconds(3), Duration.ofSeconds(5)));
            try (Traffic traffic = new Traffic(session)) {
                traffic.goesOn();
                Set<String> first = accessors();
                ttl = Duration.ofHours(1);
                maxTtl = Duration.ofHours(2);
                replaceCredential();

                await().atMost(Duration.ofSeconds(30))
                        .until(() -> accessors().stream().noneMatch(first::contains));

                traffic.goesOn();
            }
        }

        @Override
        void lose() throws IOException {
            String before = Files.readString(folder.resolve("token"));
            replaceCredential();
            root.revokeToken(before);
        }

        @Test
        void a_token_that_nobody_replaces_is_told_with_the_setting_once_it_is_gone() throws IOException {
            open(login(Duration.ofHours(1), Duration.ofHours(2)));
            Traffic.callOnce(session);
            revokeAll();

            VaultException e = catchThrowableOfType(VaultException.class, () -> Traffic.callOnce(session));

            assertThat(e.kind()).isEqualTo(Kind.UNAUTHENTICATED);
            assertThat(e).hasMessageContaining("tokenFile: ");
            replaceCredential();
            Traffic.callOnce(session);
        }

        @Test
        void batch_tokens_and_tokens_without_end_serve_too() throws IOException {
            String batch = root.createToken(Map.of("policies", List.of("payments"), "ttl", "60s", "type", "batch"));
            open(Login.token(Optional.empty(), write("token", batch)));
            Traffic.callOnce(session);
            assertThat(session.lookAtToken(Deadline.after(Traffic.TIME)).type()).isEqualTo("batch");

            write("token", root.createToken(Map.of("policies", List.of("root"))));
            await().untilAsserted(() -> {
                Traffic.callOnce(session);
                assertThat(session.lookAtToken(Deadline.after(Traffic.TIME)).ttl())
                        .isEmpty();
            });
        }
    }

    private static void enable(String type) {
        if (root.must("GET", "sys/auth").data().path(type + "/").isMissingNode()) {
            root.enableAuth(type, type);
        }
    }

    private static Map<String, Object> tokens(Duration ttl, Duration maxTtl) {
        return Map.of(
                "token_policies",
                "payments",
                "token_ttl",
                ttl.toSeconds() + "s",
                "token_max_ttl",
                maxTtl.toSeconds() + "s");
    }

    /** Of all tokens but root's and those that wrap something. */
    private static Set<String> accessors() {
        Set<String> accessors = new HashSet<>();
        String mine = root.must("GET", "auth/token/lookup-self")
                .data()
                .path("accessor")
                .asText();
        root.must("LIST", "auth/token/accessors").data().path("keys").forEach(accessor -> {
            if (!accessor.asText().equals(mine) && !wraps(accessor.asText())) {
                accessors.add(accessor.asText());
            }
        });
        return accessors;
    }

    private static boolean wraps(String accessor) {
        return root.call("POST", "auth/token/lookup-accessor", Map.of("accessor", accessor))
                .data()
                .path("policies")
                .toString()
                .contains("response-wrapping");
    }

    private static void revokeAll() {
        accessors().forEach(accessor -> root.call("POST", "auth/token/revoke-accessor", Map.of("accessor", accessor)));
    }

    private static void untilSecondsHavePassed(int seconds) {
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(seconds + 10L))
                .until(() ->
                        System.nanoTime() - start > Duration.ofSeconds(seconds).toNanos());
    }

    /** Replaces as careful writers do: whole, and readable by the owner alone. */
    private Path write(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Path part = folder.resolve(name + ".part");
        Files.deleteIfExists(part);
        Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(part, content);
        return Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
