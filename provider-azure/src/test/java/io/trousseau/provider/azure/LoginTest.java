package io.trousseau.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.provider.azure.http.Http;
import io.trousseau.provider.azure.http.TrustFile;
import io.trousseau.provider.azure.login.AccessTokens;
import io.trousseau.provider.azure.login.Entra;
import io.trousseau.provider.azure.login.ManagedIdentityLogin;
import io.trousseau.testkit.azure.AzureFault;
import io.trousseau.testkit.azure.FakeMetadata;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

@DisplayName("A login")
class LoginTest {
    @TempDir
    Path folder;

    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
    private final InstantSource clock = () -> Instant.now().plus(ahead.get());
    private final Recording log = new Recording();
    private final String client = UUID.randomUUID().toString();
    private FakeAzure azure;

    @BeforeEach
    void start() {
        azure = new FakeAzure(folder, InstantSource.system());
        azure.vault.createRsaKey("kek", 2048);
    }

    @AfterEach
    void stop() {
        azure.close();
        assertThat(azure.entra.notModelled()).isEmpty();
        assertThat(azure.vault.notModelled()).isEmpty();
        for (String secret : azure.secrets()) {
            assertThat(log.lines).noneMatch(line -> line.contains(secret));
        }
    }

    private Map<String, Object> settings(String auth) {
        Map<String, Object> settings = azure.settings(azure.vault, "kek");
        settings.keySet().removeAll(List.of("tenantId", "clientId", "clientSecretFile"));
        settings.put("auth", auth);
        return settings;
    }

    private Map<String, Object> ofClient(String auth) {
        Map<String, Object> settings = settings(auth);
        settings.put("tenantId", azure.entra.tenant());
        settings.put("clientId", client);
        return settings;
    }

    private KekHandle open(Map<String, Object> settings) {
        return FakeAzure.open(settings, log.context(clock));
    }

    private void assertWorks(KekHandle kek) {
        assertThat(Calls.unwrap(kek, Calls.wrap(kek))).isEqualTo(Calls.PLAINTEXT);
    }

    /** Another login, because the tokens so far are refused. */
    private void revoke() {
        azure.entra.revoke();
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    @Nested
    @DisplayName("with a secret")
    class BySecret {
        @Test
        @DisplayName("reads the file at each login, and says once in the log who it is")
        void reloaded() throws IOException {
            azure.entra.secret(client, "first-secret");
            Map<String, Object> settings = ofClient("client-secret");
            Path file = write("client-secret", "first-secret\n");
            settings.put("clientSecretFile", file);
            try (KekHandle kek = open(settings)) {
                assertWorks(kek);
                azure.entra.secret(client, "second-secret");
                Files.writeString(file, "second-secret");
                revoke();
                assertWorks(kek);
            }
            assertThat(azure.entra.logins()).isEqualTo(2);
            assertThat(log.lines)
                    .filteredOn(line -> line.contains("logged in"))
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .contains("member m", client, azure.entra.tenant(), azure.entra.objectId(client)));
            assertThat(log.lines).noneMatch(line -> line.contains("-secret\n") || line.contains("first-secret"));
        }

        @Test
        @DisplayName("that is wrong fails with UNAUTHENTICATED and Microsoft's number of the refusal")
        void wrong() throws IOException {
            azure.entra.secret(client, "right");
            Map<String, Object> settings = ofClient("client-secret");
            settings.put("clientSecretFile", write("client-secret", "wrong-one"));
            try (KekHandle kek = open(settings)) {
                KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
                assertThat(failure.code()).isEqualTo(Code.UNAUTHENTICATED);
                assertThat(failure).hasMessageContaining("AADSTS7000215").hasMessageContaining(client);
                assertThat(failure.getMessage()).doesNotContain("wrong-one");
            }
        }

        @Test
        @DisplayName("whose file has gone fails with UNAUTHENTICATED and the name of the file")
        void gone() throws IOException {
            azure.entra.secret(client, "right");
            Map<String, Object> settings = ofClient("client-secret");
            Path file = write("client-secret", "right");
            settings.put("clientSecretFile", file);
            try (KekHandle kek = open(settings)) {
                Files.delete(file);
                KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
                assertThat(failure.code()).isEqualTo(Code.UNAUTHENTICATED);
                assertThat(failure).hasMessageContaining(file.toString());
            }
        }
    }

    @Nested
    @DisplayName("with a certificate")
    class ByCertificate {
        @Test
        @DisplayName("of a PEM file, or of a PKCS #12 file with a password, and takes the file that replaced it")
        void both() throws IOException {
            RsaCertificate first = RsaCertificate.create(folder, "first");
            RsaCertificate second = RsaCertificate.create(folder, "second");
            azure.entra.certificate(client, first.certificate());
            Map<String, Object> pem = ofClient("client-certificate");
            Path pemFile = write("client.pem", first.pem());
            pem.put("clientCertificateFile", pemFile);
            Map<String, Object> pfx = ofClient("client-certificate");
            pfx.put("clientCertificateFile", first.pfx());
            pfx.put("clientCertificatePasswordFile", write("password", first.password() + "\n"));
            try (KekHandle byPem = open(pem);
                    KekHandle byPfx = open(pfx)) {
                assertWorks(byPem);
                assertWorks(byPfx);
                azure.entra.certificate(client, second.certificate());
                revoke();
                assertThat(Calls.failureOf(byPem::describe, Calls.soon()))
                        .hasMessageContaining("AADSTS700027")
                        .extracting(KmsException::code)
                        .isEqualTo(Code.UNAUTHENTICATED);
                Files.writeString(pemFile, second.pem());
                assertWorks(byPem);
            }
            assertThat(log.lines).noneMatch(line -> line.contains(first.password()));
        }
    }

    @Nested
    @DisplayName("with a workload identity")
    class ByWorkload {
        @Test
        @DisplayName("reads the federated token at each login")
        void reloaded() throws IOException {
            azure.entra.federatedToken(client, "aaa.first.ccc");
            Map<String, Object> settings = ofClient("workload-identity");
            Path file = write("federated", "aaa.first.ccc");
            settings.put("federatedTokenFile", file);
            try (KekHandle kek = open(settings)) {
                assertWorks(kek);
                azure.entra.federatedToken(client, "aaa.second.ccc");
                Files.writeString(file, "aaa.second.ccc\n");
                revoke();
                assertWorks(kek);
                Files.writeString(file, "aaa.stale.ccc\n");
                revoke();
                KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
                assertThat(failure.code()).isEqualTo(Code.UNAUTHENTICATED);
                assertThat(failure).hasMessageContaining("AADSTS70021").hasMessageContaining("workload identity");
                assertThat(failure.getMessage()).doesNotContain("stale");
            }
        }
    }

    @Nested
    @DisplayName("with a managed identity")
    class ByMachine {
        private final String system = UUID.randomUUID().toString();
        private FakeMetadata metadata;

        @BeforeEach
        void machine() {
            metadata = FakeMetadata.start(azure.entra, InstantSource.system(), Optional.of(system), List.of(client));
        }

        @AfterEach
        void stopMachine() {
            metadata.close();
            assertThat(metadata.notModelled()).isEmpty();
        }

        @Test
        @DisplayName("is the machine's own, or the user-assigned one of that client id")
        void both() throws IOException {
            try (KekHandle kek = machineKek(Optional.of(client))) {
                assertWorks(kek);
                assertThat(log.lines.get(0)).contains("user-assigned managed identity " + client, "client " + client);
            }
            try (KekHandle kek = machineKek(Optional.empty())) {
                assertWorks(kek);
                assertThat(log.lines.get(1)).contains("system-assigned managed identity", "client " + system);
            }
        }

        @Test
        @DisplayName("that the machine does not have fails with UNAUTHENTICATED")
        void unknown() throws IOException {
            try (KekHandle kek = machineKek(Optional.of("00000000-0000-0000-0000-000000000000"))) {
                KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
                assertThat(failure.code()).isEqualTo(Code.UNAUTHENTICATED);
                assertThat(failure).hasMessageContaining("user-assigned managed identity 00000000");
            }
        }

        @Test
        @DisplayName("of a metadata service that is broken fails transiently, after one request")
        void broken() throws IOException {
            // While it is being updated it answers 404 or 410.
            for (int status : List.of(500, 404, 410)) {
                metadata.always(AzureFault.status(status, "internal_error"));
                int before = metadata.requests();
                try (KekHandle kek = machineKek(Optional.of(client))) {
                    KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
                    assertThat(failure.code()).as("%s", failure).isEqualTo(Code.UNAVAILABLE);
                    assertThat(failure).hasMessageContaining("HTTP " + status);
                    assertThat(metadata.requests() - before).isEqualTo(1);
                }
            }
        }

        /** A handle whose requests to the link-local address of the service go to the stand-in. */
        private KekHandle machineKek(Optional<String> id) throws IOException {
            Http http = new Http("m", Optional.of(TrustFile.load(azure.caFile())), Optional.empty());
            HttpClient redirecting = new HttpClient() {
                @Override
                public Mono<HttpResponse> send(HttpRequest request) {
                    return Mono.fromCallable(() -> sendSync(request, Context.NONE));
                }

                @Override
                public HttpResponse sendSync(HttpRequest request, Context context) {
                    URL url = request.getUrl();
                    assertThat(url.getHost()).isEqualTo("169.254.169.254");
                    try {
                        request.setUrl(new URL(metadata.url() + url.getFile()));
                    } catch (MalformedURLException e) {
                        throw new IllegalStateException(e);
                    }
                    return http.sendSync(request, context);
                }
            };
            Entra entra = new Entra(azure.entra.url(), Entra.pipeline(redirecting), http.threads());
            AccessTokens tokens = new AccessTokens(
                    "m", new ManagedIdentityLogin(id), entra, azure.vault.resource() + "/.default", clock, log.logger);
            return new AzureKek(
                    KeyName.ofSetting(azure.vault.keyUrl("kek")),
                    Set.of(),
                    KeyAlgorithm.RSA_OAEP_256,
                    http,
                    tokens,
                    log.context(clock));
        }
    }

    @Nested
    @DisplayName("with the Azure CLI")
    class ByCli {
        /** Where this module's tests have their PATH begin. */
        private final Path bin = Path.of("target", "fake-az").toAbsolutePath();

        private void az(String script) throws IOException {
            Files.createDirectories(bin);
            Path az = Files.writeString(bin.resolve("az"), "#!/bin/sh\n" + script);
            Files.setPosixFilePermissions(az, PosixFilePermissions.fromString("rwxr-xr-x"));
        }

        @AfterEach
        void noCli() throws IOException {
            Files.deleteIfExists(bin.resolve("az"));
        }

        @Test
        @DisplayName("takes the token of who did az login")
        void works() throws IOException {
            Path token = write("cli-token", "not yet");
            az("test \"$1 $2\" = 'account get-access-token' && cat " + token);
            // A token as a service principal would have got it.
            azure.entra.secret(client, "cli");
            Map<String, Object> settings = ofClient("client-secret");
            settings.put("clientSecretFile", write("client-secret", "cli"));
            try (KekHandle kek = open(settings)) {
                assertWorks(kek);
            }
            String issued = azure.entra.issued().get(0);
            Files.writeString(
                    token,
                    "{\"accessToken\": \"" + issued
                            + "\", \"expiresOn\": \"2099-01-01 00:00:00.000000\", \"expires_on\": "
                            + Instant.now().plusSeconds(3000).getEpochSecond()
                            + ", \"tokenType\": \"Bearer\"}");
            try (KekHandle kek = open(settings("azure-cli"))) {
                assertWorks(kek);
            }
        }

        @Test
        @DisplayName("with nobody logged in fails with UNAUTHENTICATED")
        void nobody() throws IOException {
            az("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
            try (KekHandle kek = open(settings("azure-cli"))) {
                KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
                assertThat(failure.code()).as("%s", failure).isEqualTo(Code.UNAUTHENTICATED);
                assertThat(failure).hasMessageContaining("the Azure CLI's user");
            }
        }
    }

    @Nested
    @DisplayName("brings a token that")
    class Tokens {
        private KekHandle kek;

        @BeforeEach
        void open() {
            kek = LoginTest.this.open(azure.settings(azure.vault, "kek"));
        }

        @AfterEach
        void close() {
            kek.close();
        }

        @Test
        @DisplayName("serves all callers after one login")
        void oneLogin() {
            CountDownLatch held = new CountDownLatch(1);
            azure.entra.script(new AzureFault.Held(held));
            List<CompletableFuture<WrappedKey>> calls = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                calls.add(CompletableFuture.supplyAsync(
                        () -> Calls.wrap(kek), task -> new Thread(task, "caller").start()));
            }
            await().until(() -> azure.entra.logins() == 1);
            held.countDown();
            calls.forEach(call -> assertThat(call.join().ciphertext()).hasSize(256));
            assertThat(azure.entra.logins()).isEqualTo(1);
        }

        @Test
        @DisplayName("is replaced at half of its life, in the background, and goes on if that fails")
        void replaced() {
            assertWorks(kek);
            ahead.set(Duration.ofMinutes(29));
            assertWorks(kek);
            assertThat(azure.entra.logins()).isEqualTo(1);
            azure.entra.script(AzureFault.status(401, "invalid_client"));
            ahead.set(Duration.ofMinutes(31));
            assertWorks(kek);
            await().untilAsserted(
                            () -> assertThat(log.lines).anyMatch(line -> line.contains("the one at hand goes on")));
            assertWorks(kek);
            assertThat(azure.entra.logins()).isEqualTo(2);
            ahead.set(Duration.ofMinutes(32));
            assertWorks(kek);
            await().until(() -> azure.entra.issued().size() == 2);
            assertThat(azure.entra.logins()).isEqualTo(3);
        }

        @Test
        @DisplayName("is not used when it is out of date")
        void expired() {
            assertWorks(kek);
            ahead.set(Duration.ofMinutes(61));
            azure.entra.always(AzureFault.status(401, "invalid_client"));
            KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
            assertThat(failure.code()).isEqualTo(Code.UNAUTHENTICATED);
        }

        @Test
        @DisplayName("is replaced within the call when Key Vault refuses it")
        void refused() {
            assertWorks(kek);
            azure.entra.revoke();
            assertWorks(kek);
            assertThat(azure.entra.logins()).isEqualTo(2);
        }

        @Test
        @DisplayName("is for the vault's resource, whatever the challenge of a server says")
        void resource() {
            Map<String, Object> settings = azure.settings(azure.vault, "kek");
            settings.put("resource", "https://other.example");
            try (KekHandle other = LoginTest.this.open(settings)) {
                KmsException failure = Calls.failureOf(other::describe, Calls.soon());
                assertThat(failure.code()).isEqualTo(Code.UNAUTHENTICATED);
            }
        }
    }
}
