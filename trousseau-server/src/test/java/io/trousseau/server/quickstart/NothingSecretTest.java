package io.trousseau.server.quickstart;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.trousseau.api.NanoClock;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.server.Serving;
import io.trousseau.server.client.KmsClient;
import io.trousseau.server.config.TrousseauConfiguration.Log;
import io.trousseau.server.kms.v2.DecryptRequest;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.log.Logs;
import io.trousseau.server.quickstart.ApiServerStandIn.Primed;
import io.trousseau.server.terminal.Style;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NothingSecretTest {
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        System.setErr(new PrintStream(log, true, UTF_8));
    }

    @AfterEach
    void restore() {
        Logs.configure(new Log(Log.Format.TEXT, Log.Level.WARN));
        System.setErr(err);
    }

    /** The forms in which bytes could be printed. */
    private static List<String> forms(byte[] secret) {
        return List.of(
                HexFormat.of().formatHex(secret),
                HexFormat.of().withUpperCase().formatHex(secret),
                Base64.getEncoder().withoutPadding().encodeToString(secret),
                Base64.getUrlEncoder().withoutPadding().encodeToString(secret),
                Arrays.toString(secret),
                new String(secret, ISO_8859_1));
    }

    private static void assertNoneOf(List<byte[]> secrets, String text) {
        for (byte[] secret : secrets) {
            assertThat(secret.length).isGreaterThanOrEqualTo(16);
            for (String form : forms(secret)) {
                assertThat(text.contains(form)).as("a secret is in: %s", text).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    @DisplayName("no seed, sealed seed, wrapped copy or key is in logs at debug level, errors, metrics or status")
    void nothingSecret(String format) throws Exception {
        List<byte[]> secrets = new ArrayList<>();
        StringBuilder told = new StringBuilder();
        try (Sandbox sandbox = new Sandbox()) {
            sandbox.makeKey();
            sandbox.configure();
            edit(sandbox, yaml -> yaml.replace("level: error", "level: debug\n  format: " + format));
            Serving serving =
                    sandbox.started(Serving.start(sandbox.configuration(), ProviderCatalog.load(), false, "test"));
            KmsClient kms = sandbox.started(new KmsClient(sandbox.socket()));
            await().until(() -> kms.status().getHealthz().equals("ok"));
            Primed primed = new ApiServerStandIn(kms).prime();
            EncryptResponse encrypted = primed.encrypted();
            secrets.add(primed.seed().toByteArray());
            secrets.add(encrypted.getCiphertext().toByteArray());
            secrets.add(encrypted.getAnnotationsOrThrow("0.trousseau.io").toByteArray());
            DecryptRequest good = DecryptRequest.newBuilder()
                    .setCiphertext(encrypted.getCiphertext())
                    .setKeyId(encrypted.getKeyId())
                    .putAllAnnotations(encrypted.getAnnotationsMap())
                    .build();
            assertThat(kms.decrypt(good).getPlaintext()).isEqualTo(primed.seed());
            for (DecryptRequest bad : List.of(
                    good.toBuilder().setKeyId("tr1.other").build(),
                    good.toBuilder().clearAnnotations().build(),
                    good.toBuilder()
                            .setCiphertext(ByteString.copyFrom(flipped(good.getCiphertext())))
                            .build(),
                    good.toBuilder()
                            .putAnnotations(
                                    "0.trousseau.io",
                                    ByteString.copyFrom(flipped(good.getAnnotationsOrThrow("0.trousseau.io"))))
                            .putAnnotations(
                                    "h.trousseau.io",
                                    ByteString.copyFrom(flipped(good.getAnnotationsOrThrow("h.trousseau.io"))))
                            .build())) {
                assertThatThrownBy(() -> kms.decrypt(bad))
                        .isInstanceOf(StatusRuntimeException.class)
                        .satisfies(e -> told.append(e.getMessage()).append('\n'));
            }
            sandbox.rotateKey();
            Quickstart.newKeyId(kms, silent(), encrypted.getKeyId());
            Files.readString(sandbox.keyFile())
                    .lines()
                    .flatMap(line -> Arrays.stream(line.split("\\s+")))
                    .filter(word -> word.length() >= 40)
                    .forEach(word -> {
                        secrets.add(word.getBytes(UTF_8));
                        secrets.add(Base64.getDecoder().decode(word));
                    });
            assertThat(secrets).hasSize(3 + 4);
            InetSocketAddress admin = serving.adminAddress().orElseThrow();
            told.append(get(admin, "/metrics")).append(get(admin, "/status")).append(get(admin, "/readyz"));
        }
        String logged = log.toString(UTF_8);
        assertThat(logged).contains("purpose=protect", "refused code=", "key_id=tr1.");
        assertNoneOf(secrets, logged);
        assertThat(told)
                .contains(
                        "trousseau_seals_total 1.0",
                        "\"healthy\": true",
                        "trousseau_grpc_requests_seconds_count{code=\"OK\",method=\"v2.KeyManagementService/Encrypt\"} 1",
                        "trousseau_grpc_requests_seconds_count{code=\"OK\",method=\"v2.KeyManagementService/Decrypt\"} 1",
                        "trousseau_grpc_requests_seconds_count{code=\"INVALID_ARGUMENT\",method=\"v2.KeyManagementService/Decrypt\"}");
        assertNoneOf(secrets, told.toString());
    }

    @Test
    @DisplayName("the forms that are looked for are those that would be printed")
    void forms() {
        assertThat(forms(new byte[] {(byte) 0xff, (byte) 0xfe, 'a'}))
                .contains("fffe61", "FFFE61", "//5h", "__5h", "[-1, -2, 97]");
    }

    private static Narration silent() {
        return new Narration(new PrintWriter(Writer.nullWriter()), new Style(false), false, NanoClock.system());
    }

    private static void edit(Sandbox sandbox, UnaryOperator<String> change) throws Exception {
        Files.writeString(sandbox.configuration(), change.apply(Files.readString(sandbox.configuration())));
    }

    private static byte[] flipped(ByteString bytes) {
        byte[] flipped = bytes.toByteArray();
        flipped[flipped.length - 1] ^= 1;
        return flipped;
    }

    private static String get(InetSocketAddress admin, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.getPort() + path))
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }
}
