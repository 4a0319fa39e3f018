package io.trousseau.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.LowLevelHttpRequest;
import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.RecordingLogger;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import io.trousseau.testkit.gcp.GoogleOperation;
import io.trousseau.testkit.tls.TestCa;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Credentials against Google's own names and addresses, which a proxy leads to fakes: only the metadata server's address
 * cannot be led elsewhere.
 */
@DisplayName("Credentials")
@Timeout(60)
class CredentialsTest {
    private static final String ROBOT = "kms@acme-prod.iam.gserviceaccount.com";
    private static final String STS = "/v1/token";
    private static final String OAUTH = "/token";

    @TempDir
    Path folder;

    private TestCa ca;
    private FakeGoogleKms kms;
    private FakeTokenServer tokens;
    private ConnectProxy proxy;

    @BeforeEach
    void start() throws IOException {
        ca = TestCa.create("Test CA");
        kms = FakeGoogleKms.startTls(ca.server("cloudkms.googleapis.com", "localhost"));
        kms.createKey(OpenKek.KEY);
        tokens = FakeTokenServer.startTls(
                ca.server("sts.googleapis.com", "oauth2.googleapis.com", "iamcredentials.googleapis.com"));
        proxy = new ConnectProxy(Map.of(
                "cloudkms.googleapis.com:443", kms.port(),
                "sts.googleapis.com:443", tokens.port(),
                "oauth2.googleapis.com:443", tokens.port(),
                "iamcredentials.googleapis.com:443", tokens.port()));
    }

    @AfterEach
    void stop() {
        proxy.close();
        tokens.close();
        kms.close();
    }

    @Test
    @DisplayName("of a service account's key are signed here: no token endpoint is asked")
    void serviceAccount() throws IOException {
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.serviceAccount(ROBOT)))) {
            assertThat(kek.unwrap(kek.wrap())).isEqualTo(OpenKek.PLAINTEXT);
            String jwt = kms.lastHeader("authorization").orElseThrow().substring("Bearer ".length());
            String claims = new String(Base64.getUrlDecoder().decode(jwt.split("\\.")[1]), StandardCharsets.UTF_8);
            assertThat(claims).contains(ROBOT).contains("\"scope\":\"https://www.googleapis.com/auth/cloudkms\"");
            assertThat(proxy.asked()).containsOnly("cloudkms.googleapis.com:443");
            assertThat(kek.log.lines())
                    .anyMatch(line -> line.startsWith("INFO")
                            && line.contains("calls as " + ROBOT)
                            && line.contains("credentials.json"));
        }
    }

    @Test
    @DisplayName("of workload identity federation exchange the token file for a token, once")
    void federation() throws IOException {
        Path subject = Files.writeString(folder.resolve("subject"), "subject-t0ken");
        tokens.token(STS, "federated-t0ken");
        kms.acceptTokens("federated-t0ken");
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.externalAccount(subject.toString())))) {
            assertThat(kek.unwrap(kek.wrap())).isEqualTo(OpenKek.PLAINTEXT);
            assertThat(kek.current().version()).isEqualTo("1");
            assertThat(tokens.requests()).hasSize(1);
            assertThat(tokens.requests().get(0).body()).contains("subject-t0ken");
        }
    }

    @Test
    @DisplayName("of workload identity federation impersonate the service account that their file names")
    void federationWithAccount() throws IOException {
        Path subject = Files.writeString(folder.resolve("subject"), "subject-t0ken");
        tokens.token(STS, "federated-t0ken");
        tokens.impersonated(ROBOT, "robot-t0ken");
        kms.acceptTokens("robot-t0ken");
        try (OpenKek kek =
                open("credentialsFile", file(CredentialFiles.externalAccountAs(subject.toString(), ROBOT)))) {
            assertThat(kek.unwrap(kek.wrap())).isEqualTo(OpenKek.PLAINTEXT);
            assertThat(kek.log.lines()).anyMatch(line -> line.contains("calls as " + ROBOT));
        }
    }

    @Test
    @DisplayName("impersonate along the configured chain, and the last account calls")
    void chain() throws IOException {
        tokens.token(OAUTH, "person-t0ken");
        tokens.impersonated(ROBOT, "robot-t0ken");
        kms.acceptTokens("robot-t0ken");
        try (OpenKek kek = open(
                "credentialsFile",
                file(CredentialFiles.user()),
                "impersonate",
                List.of("step@acme-prod.iam.gserviceaccount.com", ROBOT))) {
            assertThat(kek.unwrap(kek.wrap())).isEqualTo(OpenKek.PLAINTEXT);
            assertThat(tokens.requests())
                    .filteredOn(request -> request.path().endsWith(":generateAccessToken"))
                    .singleElement()
                    .satisfies(request -> {
                        assertThat(request.authorization()).isEqualTo("Bearer person-t0ken");
                        assertThat(request.body()).contains("step@acme-prod").contains("auth/cloudkms");
                    });
        }
    }

    @Test
    @DisplayName("charge the configured project instead of their own")
    void quotaProject() throws IOException {
        tokens.token(OAUTH, "person-t0ken");
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.user()))) {
            kek.wrap();
            assertThat(kms.lastHeader("x-goog-user-project")).contains("charged-by-gcloud");
        }
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.user()), "quotaProject", "acme-billing")) {
            kek.wrap();
            assertThat(kms.lastHeader("x-goog-user-project")).contains("acme-billing");
        }
    }

    @Test
    @DisplayName("that the service stops accepting are fetched anew within the call")
    void renewal() throws IOException {
        tokens.token(OAUTH, "first-t0ken");
        kms.acceptTokens("first-t0ken");
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.user()))) {
            kek.wrap();
            kms.acceptTokens("second-t0ken");
            tokens.token(OAUTH, "second-t0ken");
            assertThat(kek.unwrap(kek.wrap())).isEqualTo(OpenKek.PLAINTEXT);
        }
    }

    @Test
    @DisplayName("that are refused for good are not fetched anew at every call")
    void noStorm() throws IOException {
        tokens.token(OAUTH, "refused-t0ken");
        kms.acceptTokens("another-t0ken");
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.user()))) {
            for (int i = 0; i < 10; i++) {
                assertThat(OpenKek.failureOf(kek::wrap).code()).isEqualTo(Code.UNAUTHENTICATED);
            }
            assertThat(tokens.requests()).hasSize(2);
            assertThat(kms.calls(GoogleOperation.ENCRYPT)).isZero();
        }
    }

    @Test
    @DisplayName("that are replaced in their file are used from then on; a broken file leaves the old ones in use")
    void changedFile() throws IOException {
        Path file = file(CredentialFiles.serviceAccount("old@acme-prod.example"));
        try (OpenKek kek = open("credentialsFile", file)) {
            kek.wrap();
            Files.writeString(file, CredentialFiles.serviceAccount("much-newer@acme-prod.example"));
            kek.wrap();
            assertThat(kek.log.lines()).anyMatch(line -> line.contains("calls as much-newer@acme-prod.example"));
            Files.writeString(file, "{");
            kek.wrap();
            kek.wrap();
            assertThat(kek.log.lines())
                    .filteredOn(line -> line.startsWith("WARNING"))
                    .singleElement()
                    .asString()
                    .contains("is not a JSON object")
                    .contains("used on");
        }
    }

    @ParameterizedTest(name = "HTTP status {0} is {1}")
    @CsvSource({
        "400, UNAUTHENTICATED",
        "401, UNAUTHENTICATED",
        "403, UNAUTHENTICATED",
        "404, UNAUTHENTICATED",
        "429, THROTTLED",
        "500, UNAVAILABLE",
        "503, UNAVAILABLE"
    })
    @DisplayName("whose token endpoint fails, say so, after one request, and quote nothing")
    void failingEndpoint(int status, Code expected) throws IOException {
        Path subject = Files.writeString(folder.resolve("subject"), "subject-t0ken");
        for (String path : List.of(STS, OAUTH)) {
            tokens.reply(
                    path, status, "{\"error\":\"invalid_grant\",\"error_description\":\"s3cret of the endpoint\"}");
        }
        for (Path file :
                List.of(file(CredentialFiles.user()), file(CredentialFiles.externalAccount(subject.toString())))) {
            int before = tokens.requests().size();
            try (OpenKek kek = open("credentialsFile", file)) {
                KmsException failure = OpenKek.failureOf(kek::wrap);
                assertThat(failure.code()).as(failure.getMessage()).isEqualTo(expected);
                assertThat(failure).hasMessageContaining(file.toString()).hasMessageNotContaining("s3cret");
                assertThat(tokens.requests().size() - before).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest(name = "HTTP status {0}")
    @ValueSource(ints = {302, 303, 307, 308})
    @DisplayName(
            "are sent to their own token endpoint and nowhere else: a redirect is not followed, and is not a refusal")
    void redirect(int status) throws IOException {
        Path subject = Files.writeString(folder.resolve("subject"), "subject-t0ken");
        for (String path : List.of(STS, OAUTH)) {
            tokens.redirect(path, status, "https://iamcredentials.googleapis.com/elsewhere");
        }
        for (Path file :
                List.of(file(CredentialFiles.user()), file(CredentialFiles.externalAccount(subject.toString())))) {
            try (OpenKek kek = open("credentialsFile", file)) {
                KmsException failure = OpenKek.failureOf(kek::wrap);
                assertThat(tokens.requests())
                        .extracting(FakeTokenServer.Request::path)
                        .doesNotContain("/elsewhere");
                assertThat(failure.code()).as(failure.getMessage()).isEqualTo(Code.UNAVAILABLE);
            }
        }
    }

    @ParameterizedTest(name = "HTTP status {0}")
    @ValueSource(ints = {200, 400})
    @DisplayName("whose token endpoint breaks off in the middle of its answer are not refused")
    void brokenOff(int status) throws IOException {
        Path subject = Files.writeString(folder.resolve("subject"), "subject-t0ken");
        for (String path : List.of(STS, OAUTH)) {
            tokens.breakOff(path, status, "{\"access_token\":\"half-t0k");
        }
        for (Path file :
                List.of(file(CredentialFiles.user()), file(CredentialFiles.externalAccount(subject.toString())))) {
            try (OpenKek kek = open("credentialsFile", file)) {
                KmsException failure = OpenKek.failureOf(kek::wrap);
                assertThat(failure.code()).as(failure.getMessage()).isEqualTo(Code.UNAVAILABLE);
                assertThat(failure).hasMessageContaining("googleapis.com").hasMessageNotContaining("half");
            }
        }
    }

    @Test
    @DisplayName("whose token endpoint answers with a page instead of a token are not refused")
    void page() throws IOException {
        Path subject = Files.writeString(folder.resolve("subject"), "subject-t0ken");
        for (String answer : List.of("<html>log in first</html>", "log in first")) {
            for (String path : List.of(STS, OAUTH)) {
                tokens.reply(path, 200, answer);
            }
            for (Path file :
                    List.of(file(CredentialFiles.user()), file(CredentialFiles.externalAccount(subject.toString())))) {
                try (OpenKek kek = open("credentialsFile", file)) {
                    KmsException failure = OpenKek.failureOf(kek::wrap);
                    assertThat(failure.code()).as("%s: %s", answer, failure).isEqualTo(Code.BAD_ANSWER);
                    assertThat(failure).hasMessageNotContaining("log in");
                }
            }
        }
    }

    @Test
    @DisplayName("of the machine come from the metadata server, which is asked once, also when it fails")
    void machine() throws IOException {
        String path = "/computeMetadata/v1/instance/service-accounts/default/token";
        try (FakeTokenServer metadata = FakeTokenServer.start();
                Threads threads = new Threads("test")) {
            TokenHttp http = new TokenHttp(Optional.empty(), Optional.empty());
            HttpTransport led = new HttpTransport() {
                @Override
                protected LowLevelHttpRequest buildRequest(String method, String url) throws IOException {
                    return http.buildRequest(
                            method,
                            url.replace("http://metadata.google.internal", "http://127.0.0.1:" + metadata.port()));
                }
            };
            RecordingLogger log = new RecordingLogger();
            BearerTokens machine = new BearerTokens(
                    new MachineCredentials("the metadata server", () -> led),
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    "googleapis.com",
                    () -> led,
                    threads.waiting(),
                    new ProviderContext("gcp-eu", log, InstantSource.system()));
            Operation operation = new Operation("wrap", OpenKek.KEY);
            metadata.reply(path, 503, "{}");
            KmsException failure = OpenKek.failureOf(() -> machine.token(operation, OpenKek.soon()));
            assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
            assertThat(failure).hasMessageContaining("the metadata server").hasMessageContaining("503");
            assertThat(metadata.requests()).hasSize(1);
            metadata.token(path, "machine-t0ken");
            assertThat(machine.token(operation, OpenKek.soon()).headers().get("Authorization"))
                    .containsExactly("Bearer machine-t0ken");
            assertThat(log.lines()).anyMatch(line -> line.contains("calls as the machine's service account"));
        }
    }

    @Test
    @DisplayName("that may not impersonate, say which role is missing")
    void impersonationRefused() throws IOException {
        tokens.token(OAUTH, "person-t0ken");
        tokens.reply("/v1/projects/-/serviceAccounts/" + ROBOT + ":generateAccessToken", 403, "{}");
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.user()), "impersonate", List.of(ROBOT))) {
            KmsException failure = OpenKek.failureOf(kek::wrap);
            assertThat(failure.code()).isEqualTo(Code.PERMISSION_DENIED);
            assertThat(failure).hasMessageContaining("roles/iam.serviceAccountTokenCreator");
        }
    }

    @Test
    @DisplayName("whose token endpoint is silent, hold no call beyond its deadline, and are there once it speaks")
    void silentEndpoint() throws IOException {
        tokens.token(OAUTH, "person-t0ken");
        tokens.fallSilent();
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.user()))) {
            KmsException failure = OpenKek.failureOf(() -> kek.wrap(Deadline.after(Duration.ofMillis(500))));
            assertThat(failure.code()).isEqualTo(Code.TIMEOUT);
            assertThat(failure).hasMessageContaining("before there was a token");
            tokens.speakAgain();
            assertThat(kek.unwrap(kek.wrap())).isEqualTo(OpenKek.PLAINTEXT);
        }
    }

    @Test
    @DisplayName("whose token is waited for, end a call with CLOSED when the handle is closed")
    void closedWhileWaiting() throws Exception {
        tokens.fallSilent();
        OpenKek kek = open("credentialsFile", file(CredentialFiles.user()));
        var failure = new java.util.concurrent.FutureTask<>(() -> OpenKek.failureOf(kek::wrap));
        Thread caller = new Thread(failure);
        caller.start();
        org.awaitility.Awaitility.await().until(() -> !tokens.requests().isEmpty());
        kek.close();
        assertThat(failure.get(5, java.util.concurrent.TimeUnit.SECONDS).code()).isEqualTo(Code.CLOSED);
    }

    @Test
    @DisplayName("whose token endpoint cannot be reached, are UNAVAILABLE and name the host")
    void unreachableEndpoint() throws IOException {
        tokens.close();
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.user()))) {
            KmsException failure = OpenKek.failureOf(kek::wrap);
            assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
            assertThat(failure).hasMessageContaining("oauth2.googleapis.com was not reached");
        }
    }

    @Test
    @DisplayName("whose subject token is not there, are UNAUTHENTICATED")
    void missingSubject() throws IOException {
        try (OpenKek kek = open("credentialsFile", file(CredentialFiles.externalAccount("/nonexistent/token")))) {
            assertThat(OpenKek.failureOf(kek::wrap).code()).isEqualTo(Code.UNAUTHENTICATED);
        }
    }

    @Test
    @DisplayName("by default are the file of the environment variable, then that of gcloud")
    void applicationDefault() throws IOException {
        Path named = file(CredentialFiles.serviceAccount("named@acme-prod.example"));
        Files.createDirectories(folder.resolve(".config/gcloud"));
        Files.writeString(
                folder.resolve(".config/gcloud/application_default_credentials.json"),
                CredentialFiles.serviceAccount("gcloud@acme-prod.example"));
        try (OpenKek kek =
                OpenKek.with(settings(), Map.of("GOOGLE_APPLICATION_CREDENTIALS", named.toString()), folder)) {
            kek.wrap();
            assertThat(kek.log.lines())
                    .anyMatch(line ->
                            line.contains("calls as named@") && line.contains("GOOGLE_APPLICATION_CREDENTIALS names"));
        }
        try (OpenKek kek = OpenKek.with(settings(), Map.of(), folder)) {
            kek.wrap();
            assertThat(kek.log.lines()).anyMatch(line -> line.contains("calls as gcloud@"));
        }
    }

    @Test
    @DisplayName("of the environment are not looked at when others are configured")
    void environmentIgnored() throws IOException {
        Path file = file(CredentialFiles.serviceAccount(ROBOT));
        try (OpenKek kek = OpenKek.with(
                settings("credentialsFile", file),
                Map.of("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent", "HTTPS_PROXY", "http://127.0.0.1:1"),
                folder)) {
            kek.wrap();
            assertThat(kek.log.lines()).anyMatch(line -> line.contains("calls as " + ROBOT));
        }
    }

    @Test
    @DisplayName("stay out of every log, also where Google's libraries log all they can")
    void nothingSecretInLogs() throws IOException {
        StringBuilder logged = new StringBuilder();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                synchronized (logged) {
                    logged.append(line.getLoggerName()).append(' ').append(line.getMessage());
                    if (line.getParameters() != null) {
                        logged.append(List.of(line.getParameters()));
                    }
                    logged.append('\n');
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger google = Logger.getLogger("com.google");
        Level before = google.getLevel();
        google.addHandler(handler);
        google.setLevel(Level.ALL);
        try {
            tokens.token(OAUTH, "person-t0ken");
            tokens.impersonated(ROBOT, "robot-t0ken");
            for (String source :
                    List.of(CredentialFiles.user(), CredentialFiles.serviceAccount("step@acme-prod.example"))) {
                try (OpenKek kek = open("credentialsFile", file(CredentialFiles.impersonation(source, ROBOT)))) {
                    kek.unwrap(kek.wrap());
                    logged.append(kek.log.lines()).append(kek.handle);
                }
            }
            assertThat(tokens.requests()).hasSize(4);
            Logger.getLogger("com.google.control").config("seen by this handler");
            assertThat(logged.toString()).contains("seen by this handler").contains("calls as");
            assertThat(logged.toString()).doesNotContain("t0ken", "c1ient-s3cret");
        } finally {
            google.removeHandler(handler);
            google.setLevel(before);
        }
    }

    private OpenKek open(Object... settings) throws IOException {
        return OpenKek.with(settings(settings));
    }

    private Map<String, Object> settings(Object... more) throws IOException {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "key", OpenKek.KEY,
                "proxy", proxy.url(),
                "caFile", Files.writeString(folder.resolve("ca.pem"), ca.pem())));
        for (int i = 0; i < more.length; i += 2) {
            settings.put((String) more[i], more[i + 1]);
        }
        return settings;
    }

    private Path file(String json) throws IOException {
        Path file = Files.createTempDirectory(folder, "c").resolve("credentials.json");
        return Files.writeString(file, json);
    }
}
