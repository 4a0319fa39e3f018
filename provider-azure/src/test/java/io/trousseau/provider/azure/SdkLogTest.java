package io.trousseau.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.azure.AzureFault;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@DisplayName("What the SDK itself logs")
class SdkLogTest {
    @TempDir
    Path folder;

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            String line = event.getLoggerName() + " " + event.getFormattedMessage();
            lines.add(
                    event.getThrowableProxy() == null
                            ? line
                            : line + ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
    };

    @BeforeEach
    void listen() {
        appender.start();
        root.addAppender(appender);
        root.setLevel(Level.TRACE);
    }

    @AfterEach
    void stop() {
        root.setLevel(Level.OFF);
        root.detachAppender(appender);
    }

    @Test
    @DisplayName("holds no token, secret, plaintext or ciphertext at any level, in success and in failure")
    void nothingSecret() {
        List<String> secrets = new ArrayList<>();
        try (FakeAzure azure = new FakeAzure(folder, InstantSource.system())) {
            azure.vault.createRsaKey("kek", 2048);
            try (KekHandle kek = azure.open("kek", Recording.plain())) {
                WrappedKey wrapped = Calls.wrap(kek);
                Calls.unwrap(kek, wrapped);
                azure.entra.revoke();
                Calls.unwrap(kek, wrapped);
                byte[] changed = wrapped.ciphertext();
                changed[5] ^= 1;
                Calls.failureOf(() -> Calls.unwrap(kek, new WrappedKey(changed, wrapped.version())));
                for (AzureFault fault : List.of(
                        AzureFault.status(500, "x"),
                        new AzureFault.Truncated(),
                        new AzureFault.Dropped(),
                        new AzureFault.Raw(200, "text/html", "<html>"))) {
                    azure.vault.always("*", fault);
                    Calls.failureOf(() -> Calls.unwrap(kek, wrapped));
                    Calls.failureOf(() -> Calls.wrap(kek));
                }
                azure.entra.script(AzureFault.status(401, "invalid_client"));
                azure.entra.revoke();
                azure.vault.heal();
                Calls.failureOf(() -> Calls.unwrap(kek, wrapped));
                azure.entra.secret(azure.client, "another");
                azure.entra.revoke();
                Calls.failureOf(() -> Calls.unwrap(kek, wrapped));
                kek.examine(Calls.soon());
                for (byte[] bytes : List.of(Calls.PLAINTEXT, wrapped.ciphertext(), changed)) {
                    secrets.add(Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(bytes)
                            .substring(0, 24));
                    secrets.add(Base64.getEncoder().encodeToString(bytes).substring(0, 24));
                    secrets.add(HexFormat.of().formatHex(bytes).substring(0, 32));
                }
                secrets.add(new String(Calls.PLAINTEXT, StandardCharsets.US_ASCII));
                secrets.addAll(azure.secrets());
            }
        }
        assertThat(lines).as("lines of the SDK").anyMatch(line -> line.startsWith("com.azure"));
        for (String secret : secrets) {
            assertThat(lines)
                    .as("lines with a secret")
                    .noneMatch(line -> line.toLowerCase(Locale.ROOT).contains(secret.toLowerCase(Locale.ROOT)));
        }
    }

    @Test
    @DisplayName("is no stack trace of a call that was given up, by its deadline or because the handle was closed")
    void givenUp() {
        try (FakeAzure azure = new FakeAzure(folder, InstantSource.system())) {
            azure.vault.createRsaKey("kek", 2048);
            KekHandle kek = azure.open("kek", Recording.plain());
            WrappedKey wrapped = Calls.wrap(kek);
            azure.vault.always("*", new AzureFault.Held(new CountDownLatch(1)));
            Calls.failureOf(
                    deadline -> kek.unwrap(wrapped, Calls.CONTEXT, deadline), Deadline.after(Duration.ofMillis(300)));
            int requests = azure.vault.requests().size();
            CompletableFuture<KmsException> closed = CompletableFuture.supplyAsync(
                    () -> Calls.failureOf(deadline -> kek.unwrap(wrapped, Calls.CONTEXT, deadline), Calls.soon()));
            await().until(() -> azure.vault.requests().size() > requests);
            kek.close();
            assertThat(closed.join().code()).isEqualTo(Code.CLOSED);
        }
        assertThat(lines).as("lines of the SDK").noneMatch(line -> line.startsWith("reactor.core.publisher.Operators"));
    }
}
