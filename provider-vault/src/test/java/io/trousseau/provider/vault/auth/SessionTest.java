package io.trousseau.provider.vault.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.StubVault;
import io.trousseau.provider.vault.http.StubVault.Answer;
import io.trousseau.provider.vault.http.StubVault.Request;
import io.trousseau.provider.vault.http.Transport;
import io.trousseau.provider.vault.http.VaultCluster;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import io.trousseau.provider.vault.http.VaultRequest;
import io.trousseau.testkit.RecordingLogger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String SECRET = "the-pass-word";

    @TempDir
    Path folder;

    private final StubVault vault = StubVault.plain();
    private final RecordingLogger log = new RecordingLogger();
    private Path passwordFile = null;
    private Session session = null;

    // What the stub does.
    private volatile StubVault.Script login = request -> loggedIn("t1", 3600);
    private volatile StubVault.Script lookup = request -> Answer.json(200, "{\"data\":{}}");
    private volatile StubVault.Script renew = request -> Answer.error(500, "not now");
    private volatile StubVault.Script work = request -> Answer.json(200, "{}");

    @BeforeEach
    void open() throws IOException {
        passwordFile = folder.resolve("password");
        Files.createFile(
                passwordFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, SECRET + "\n");
        vault.answers(request -> {
            StubVault.Script script = switch (request.path().substring("/v1/".length())) {
                case "auth/people/login/ann" -> login;
                case "auth/token/lookup-self" -> lookup;
                case "auth/token/renew-self" -> renew;
                default -> work;
            };
            return script.answer(request);
        });
        session = new Session(
                "test",
                new Transport("test", VaultCluster.at(vault.address()), log),
                Login.userpass("people", Optional.of("team-a"), "ann", passwordFile),
                log);
    }

    @AfterEach
    void close() {
        session.close();
        vault.close();
    }

    private static Answer loggedIn(String token, int seconds) {
        return Answer.json(
                200,
                "{\"auth\":{\"client_token\":\"" + token + "\",\"lease_duration\":" + seconds
                        + ",\"renewable\":true,\"token_type\":\"service\"}}");
    }

    private void call(Duration timeout) {
        session.call(VaultRequest.get("transit/keys/k", Optional.of("team-a/eu")), Deadline.after(timeout))
                .close();
    }

    private void call() {
        call(LONG);
    }

    private VaultException failure() {
        return catchThrowableOfType(VaultException.class, this::call);
    }

    private List<Request> asked(String path) {
        return vault.requests().stream()
                .filter(request -> request.path().equals("/v1/" + path))
                .toList();
    }

    @Test
    void the_first_call_logs_in_in_the_logins_namespace_and_the_others_use_its_token() {
        assertThat(vault.requests()).isEmpty();

        call();
        call();

        assertThat(asked("auth/people/login/ann")).singleElement().satisfies(request -> {
            assertThat(request.body()).isEqualTo("{\"password\":\"" + SECRET + "\"}");
            assertThat(request.headers())
                    .containsEntry("x-vault-namespace", "team-a")
                    .doesNotContainKey("x-vault-token");
        });
        assertThat(asked("transit/keys/k"))
                .hasSize(2)
                .allSatisfy(request -> assertThat(request.headers())
                        .containsEntry("x-vault-token", "t1")
                        .containsEntry("x-vault-namespace", "team-a/eu"));
    }

    @Test
    void many_callers_share_one_login() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        login = request -> {
            answer.await();
            return loggedIn("t1", 3600);
        };
        List<FutureTask<Boolean>> calls = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            FutureTask<Boolean> call = new FutureTask<>(() -> {
                call();
                return true;
            });
            calls.add(call);
            Thread thread = new Thread(call);
            threads.add(thread);
            thread.start();
        }
        await().until(() -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));

        answer.countDown();

        for (FutureTask<Boolean> call : calls) {
            assertThat(call.get()).isTrue();
        }
        assertThat(asked("auth/people/login/ann")).hasSize(1);
    }

    @Test
    void a_caller_with_little_time_leaves_and_the_login_goes_on_for_the_others() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        login = request -> {
            asked.countDown();
            answer.await();
            return loggedIn("t1", 3600);
        };
        FutureTask<Boolean> patient = new FutureTask<>(() -> {
            call();
            return true;
        });
        new Thread(patient).start();
        asked.await();

        VaultException e = catchThrowableOfType(VaultException.class, () -> call(Duration.ofMillis(50)));
        assertThat(e.kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(e).hasMessageContaining("logging in with userpass at auth/people in namespace team-a");

        answer.countDown();
        assertThat(patient.get()).isTrue();
        assertThat(asked("auth/people/login/ann")).hasSize(1);
    }

    @Test
    void an_interrupted_caller_leaves_with_its_flag_set() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        login = request -> {
            asked.countDown();
            new CountDownLatch(1).await();
            return Answer.raw("");
        };
        FutureTask<Boolean> call = new FutureTask<>(() ->
                failure().kind() == Kind.INTERRUPTED && Thread.currentThread().isInterrupted());
        Thread caller = new Thread(call);
        caller.start();
        asked.await();

        caller.interrupt();

        assertThat(call.get()).isTrue();
    }

    @Test
    void a_refused_password_is_not_tried_again_until_the_file_changes() throws IOException {
        login = request -> request.body().contains(SECRET)
                ? Answer.error(400, "invalid username or password")
                : loggedIn("t1", 3600);

        VaultException e = failure();
        assertThat(e.kind()).isEqualTo(Kind.UNAUTHENTICATED);
        assertThat(e)
                .hasMessageContaining("logging in with userpass at auth/people in namespace team-a")
                .hasMessageContaining("invalid username or password")
                .hasMessageContaining("passwordFile")
                .hasMessageContaining(passwordFile.toString())
                .hasMessageNotContaining(SECRET);
        for (int i = 0; i < 10; i++) {
            assertThat(failure()).isSameAs(e);
        }
        assertThat(asked("auth/people/login/ann")).hasSize(1);

        Files.writeString(passwordFile, "a better one");
        call();
    }

    @Test
    void a_vault_that_does_not_decide_is_told_as_what_it_is_and_the_next_call_tries_again() {
        login = request -> Answer.error(503, "Vault is sealed");
        assertThat(failure().kind()).isEqualTo(Kind.SEALED);
        login = request -> Answer.http(200, "text/html", "<html>");
        assertThat(failure().kind()).isEqualTo(Kind.BAD_ANSWER);
        login = request -> Answer.json(200, "{\"auth\":null}");
        assertThat(failure().kind()).isEqualTo(Kind.BAD_ANSWER);

        login = request -> loggedIn("t1", 3600);
        call();
    }

    @Test
    void a_good_token_is_kept_while_renewal_and_login_fail() {
        login = request -> asked("auth/people/login/ann").size() == 1
                ? loggedIn("t1", 3)
                : Answer.error(400, "invalid username or password");
        renew = request -> Answer.error(403, "permission denied");
        call();

        await().until(() -> asked("auth/people/login/ann").size() >= 2);

        call();
        assertThat(asked("transit/keys/k"))
                .last()
                .satisfies(request -> assertThat(request.headers()).containsEntry("x-vault-token", "t1"));
        await().until(() -> log.lines().stream().anyMatch(line -> line.contains("invalid username")));
    }

    @Test
    void a_forbidden_call_with_a_good_token_is_forbidden_and_logs_in_no_more() {
        work = request -> Answer.error(403, "permission denied");

        assertThat(failure().kind()).isEqualTo(Kind.FORBIDDEN);
        assertThat(failure().kind()).isEqualTo(Kind.FORBIDDEN);

        assertThat(asked("auth/people/login/ann")).hasSize(1);
    }

    @Test
    void a_token_that_vault_does_not_know_is_replaced_within_the_call() {
        lookup = request -> Answer.error(403, "permission denied");
        login = request -> loggedIn("t" + asked("auth/people/login/ann").size(), 3600);
        work = request -> "t2".equals(request.headers().get("x-vault-token"))
                ? Answer.json(200, "{}")
                : Answer.error(403, "permission denied");

        call();

        assertThat(asked("auth/people/login/ann")).hasSize(2);
    }

    @Test
    void when_another_token_is_forbidden_too_and_may_not_look_at_itself_no_third_is_fetched_for_a_while() {
        lookup = request -> Answer.error(403, "permission denied");
        login = request -> loggedIn("t" + asked("auth/people/login/ann").size(), 3600);
        work = request -> Answer.error(403, "permission denied");

        for (int i = 0; i < 5; i++) {
            assertThat(failure().kind()).isEqualTo(Kind.FORBIDDEN);
        }

        assertThat(asked("auth/people/login/ann")).hasSize(2);
    }

    @Test
    void when_tokens_that_could_look_at_themselves_no_longer_can_logins_are_no_storm() {
        work = request -> Answer.error(403, "permission denied");
        assertThat(failure().kind()).isEqualTo(Kind.FORBIDDEN);
        assertThat(asked("auth/people/login/ann")).hasSize(1);

        login = request -> loggedIn("t" + asked("auth/people/login/ann").size(), 3600);
        lookup = request -> Answer.error(403, "permission denied");
        for (int i = 0; i < 5; i++) {
            assertThat(failure().kind()).isEqualTo(Kind.FORBIDDEN);
        }

        assertThat(asked("auth/people/login/ann")).hasSize(2);
    }

    @Test
    void a_full_stop_after_vaults_words_is_left_out_since_more_text_follows() {
        work = request -> Answer.error(404, "no handler for route. route entry not found.");

        assertThat(failure()).hasMessageEndingWith("404 not found: no handler for route. route entry not found");
    }

    @Test
    void when_the_token_cannot_be_asked_about_the_call_fails_as_that_did() {
        work = request -> Answer.error(403, "permission denied");
        lookup = request -> Answer.error(503, "Vault is sealed");

        assertThat(failure().kind()).isEqualTo(Kind.SEALED);
    }

    @Test
    void another_token_in_the_file_is_used_without_a_call_that_fails() throws IOException {
        session.close();
        Path tokenFile = passwordFile;
        Files.writeString(tokenFile, "t1\n");
        session = new Session(
                "test",
                new Transport("test", VaultCluster.at(vault.address()), log),
                Login.token(Optional.empty(), tokenFile),
                log);
        call();

        Files.writeString(tokenFile, "t2\n\n");

        await().untilAsserted(() -> {
            call();
            assertThat(asked("transit/keys/k"))
                    .last()
                    .satisfies(request -> assertThat(request.headers()).containsEntry("x-vault-token", "t2"));
        });
    }

    @Test
    void a_login_that_breaks_unexpectedly_fails_the_calls_and_not_the_session() {
        session.close();
        session = new Session(
                "test",
                new Transport("test", VaultCluster.at(vault.address()), log),
                Login.userpass("people", Optional.empty(), "..", passwordFile),
                log);

        assertThat(failure()).hasMessageContaining("unexpected java.lang.IllegalArgumentException");
        assertThat(failure().kind()).isEqualTo(Kind.BAD_ANSWER);
    }

    @Test
    void closing_ends_the_callers_and_the_threads() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        login = request -> {
            asked.countDown();
            new CountDownLatch(1).await();
            return Answer.raw("");
        };
        FutureTask<Kind> call = new FutureTask<>(() -> failure().kind());
        new Thread(call).start();
        asked.await();

        session.close();
        session.close();

        assertThat(call.get()).isEqualTo(Kind.CLOSED);
        assertThat(failure().kind()).isEqualTo(Kind.CLOSED);
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("vault-test-")));
    }

    @Test
    void nothing_secret_is_in_texts_or_the_log() {
        login = request -> loggedIn("t0ken", 3600);
        call();
        work = request -> Answer.error(500, "failed");

        assertThat(session.toString() + session.login() + failure() + log.lines())
                .doesNotContain("t0ken")
                .doesNotContain(SECRET);
    }
}
