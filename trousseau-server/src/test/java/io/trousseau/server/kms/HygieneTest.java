package io.trousseau.server.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.trousseau.server.kms.v2.DecryptRequest;
import io.trousseau.server.kms.v2.EncryptRequest;
import io.trousseau.testkit.kek.InMemoryKek;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What leaves the server beside its answers. */
class HygieneTest {
    private static final byte[] SEED = "a seed of thirty-two characters.".getBytes(StandardCharsets.US_ASCII);

    private final LoggerContext logs = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger ours = logs.getLogger("io.trousseau");

    @BeforeEach
    void listen() {
        lines.start();
        ours.setLevel(Level.DEBUG);
        ours.addAppender(lines);
    }

    @AfterEach
    void stop() {
        ours.detachAppender(lines);
        ours.setLevel(null);
    }

    @Test
    @DisplayName("neither plaintext nor ciphertext nor wrapped keys are in logs and error texts, at debug level either")
    void secrets(@TempDir Path directory) {
        List<String> said = new ArrayList<>();
        List<byte[]> unspeakable = new ArrayList<>(List.of(SEED));
        InMemoryKek kek = InMemoryKek.create("kek-a");
        try (TestNode node = TestNode.watchful(directory.resolve("kms.sock"), kek);
                KmsClient client = node.connect()) {
            client.status();
            DecryptRequest stored = KmsClient.decryptRequest(client.encrypt(SEED));
            client.v2().decrypt(stored);
            unspeakable.add(stored.getCiphertext().toByteArray());
            unspeakable.add(stored.getAnnotationsOrThrow("0.trousseau.io").toByteArray());
            for (DecryptRequest bad : List.of(
                    stored.toBuilder().clearAnnotations().build(),
                    stored.toBuilder()
                            .setCiphertext(stored.getCiphertext().concat(ByteString.copyFrom(SEED)))
                            .build(),
                    stored.toBuilder().setCiphertext(ByteString.copyFrom(SEED)).build(),
                    stored.toBuilder()
                            .setKeyId(new String(SEED, StandardCharsets.US_ASCII))
                            .build(),
                    stored.toBuilder()
                            .putAnnotations("0.trousseau.io", ByteString.copyFrom(SEED))
                            .putAnnotations("h.trousseau.io", ByteString.copyFrom(SEED))
                            .build())) {
                said.add(answerTo(() -> client.v2().decrypt(bad)));
            }
            said.add(answerTo(() -> client.encrypt(new byte[5000])));
            kek.disable();
            await().until(() -> !answerTo(client::status).isEmpty());
            said.add(answerTo(() -> client.v2().decrypt(stored)));
            said.add(answerTo(() -> client.encrypt(SEED)));
        }
        assertThat(said).noneMatch(String::isEmpty);
        lines.list.forEach(line -> {
            said.add(line.getFormattedMessage());
            if (line.getThrowableProxy() != null) {
                said.add(ThrowableProxyUtil.asString(line.getThrowableProxy()));
            }
        });

        assertThat(said.toString()).contains("uid");
        for (byte[] secret : unspeakable) {
            assertThat(said.toString())
                    .doesNotContain(new String(secret, StandardCharsets.ISO_8859_1))
                    .doesNotContain(HexFormat.of().formatHex(secret))
                    .doesNotContain(Base64.getEncoder().withoutPadding().encodeToString(secret));
        }
    }

    @Test
    @DisplayName("a uid is one line of the log, whatever it holds")
    void uid(@TempDir Path directory) {
        try (TestNode node = TestNode.quiet(directory.resolve("kms.sock"), InMemoryKek.create("kek-a"));
                KmsClient client = node.connect()) {
            client.status();
            EncryptRequest request = KmsClient.encryptRequest(SEED).toBuilder()
                    .setUid("abc\n2026-01-01 ERROR forged\u001b[2J" + "x".repeat(1000))
                    .build();
            client.v2().encrypt(request);
        }
        assertThat(lines.list)
                .map(ILoggingEvent::getFormattedMessage)
                .anySatisfy(line -> assertThat(line)
                        .contains("abc 2026-01-01 ERROR forged [2J")
                        .hasSizeLessThan(200)
                        .doesNotContainPattern("\\p{Cntrl}"));
    }

    private static String answerTo(Runnable call) {
        try {
            call.run();
            return "";
        } catch (StatusRuntimeException e) {
            return String.valueOf(e.getStatus().getDescription());
        }
    }
}
