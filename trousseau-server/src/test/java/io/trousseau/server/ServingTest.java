package io.trousseau.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.server.config.InvalidConfigurationException;
import io.trousseau.server.kms.KmsClient;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.socket.SocketInUseException;
import io.trousseau.server.socket.UnusableSocketException;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServingTest {
    private static final byte[] SEED = new byte[32];

    private final Memory memory = new Memory();
    private final List<Serving> started = new CopyOnWriteArrayList<>();
    private Path file;
    private Path socket;

    /** Opens KEKs that live in this test: one for each identity, whatever process asks. */
    @ProviderName("memory")
    static final class Memory implements KmsProvider {
        final Map<String, InMemoryKek> keks = new ConcurrentHashMap<>();
        final List<FaultyKek> opened = new CopyOnWriteArrayList<>();
        volatile Fault fault = Fault.none();
        volatile Runnable whileOpening = () -> {};

        @Override
        public ConfigSchema schema() {
            return ConfigSchema.builder()
                    .required("kek", ConfigSchema.Type.STRING, "Which KEK.")
                    .build();
        }

        @Override
        public KekHandle open(ProviderConfig config, ProviderContext context) {
            FaultyKek kek = new FaultyKek(keks.computeIfAbsent(config.string("kek"), InMemoryKek::create)
                    .open());
            kek.always(fault);
            opened.add(kek);
            whileOpening.run();
            return kek;
        }

        FaultyKek last() {
            return opened.get(opened.size() - 1);
        }
    }

    @BeforeEach
    void place(@TempDir Path directory) {
        file = directory.resolve("trousseau.yaml");
        socket = directory.resolve("run").resolve("kms.sock");
    }

    @AfterEach
    void stop() {
        started.forEach(Serving::close);
    }

    @Test
    @DisplayName("what the configuration says is served on its socket, and told at its admin address")
    void serves() throws Exception {
        configure("a");
        Serving serving = start(false);
        try (KmsClient client = new KmsClient(socket)) {
            assertThat(client.status().getHealthz()).isEqualTo("ok");
            assertThat(client.decrypt(client.encrypt(SEED))).isEqualTo(SEED);
        }
        assertThat(get(serving, "/readyz").statusCode()).isEqualTo(200);
        assertThat(get(serving, "/livez").statusCode()).isEqualTo(200);
        assertThat(get(serving, "/metrics").body())
                .contains("method=\"v2.KeyManagementService/Encrypt\"")
                .contains("trousseau_seals_total 1.0");
    }

    @Test
    @DisplayName("it listens although the KMS is down, and serves once that is back")
    void startsWithoutKms() throws Exception {
        configure("a");
        memory.fault = Fault.error(KmsException.Code.UNAVAILABLE);
        start(false);
        try (KmsClient client = new KmsClient(socket)) {
            assertThatThrownBy(client::status).hasMessageContaining("UNAVAILABLE");
            memory.last().heal();
            await().ignoreExceptions().until(() -> client.status().getHealthz().equals("ok"));
        }
    }

    @Test
    @DisplayName("with an invalid configuration nothing is opened, made or listened to")
    void invalid() throws IOException {
        configure("a");
        Files.writeString(file, Files.readString(file).replace("socket:", "sockets:"));

        assertThatThrownBy(() -> start(false)).isInstanceOf(InvalidConfigurationException.class);
        assertThat(socket.getParent()).doesNotExist();
    }

    @Test
    @DisplayName("a second process is refused and closes what it has opened; the first goes on")
    void second() throws Exception {
        configure("a");
        start(false);
        assertThatThrownBy(() -> start(false)).isInstanceOf(SocketInUseException.class);
        assertThatThrownBy(() -> memory.last().describe(io.trousseau.api.Deadline.after(Duration.ofSeconds(1))))
                .isInstanceOf(KmsException.class)
                .hasMessageContaining("closed");
        try (KmsClient client = new KmsClient(socket)) {
            assertThat(client.status().getHealthz()).isEqualTo("ok");
        }
    }

    @Test
    @DisplayName("a socket path where there is something else is refused, and an admin address in use as well")
    void unusable() throws Exception {
        configure("a");
        Files.createDirectory(socket.getParent());
        Files.writeString(socket, "precious");
        assertThatThrownBy(() -> start(false)).isInstanceOf(UnusableSocketException.class);
        Files.delete(socket);

        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            configure("a", "admin: {address: \"127.0.0.1:" + taken.getLocalPort() + "\"}");
            assertThatThrownBy(() -> start(false))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("admin.address");
        }
        assertThat(Files.exists(socket, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    @DisplayName("asked to end, it leaves nothing behind")
    void ends() throws Exception {
        configure("a");
        Serving serving = start(false);
        serving.stop();
        serving.awaitEnd();

        assertThat(socket.getParent()).isEmptyDirectory();
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("trousseau-")));
    }

    @Test
    @DisplayName("it is ready once the socket is served, and not any more once it was asked to end")
    void readyWhileServed() throws Exception {
        configure("a");
        Serving serving = start(false);
        await().until(() -> get(serving, "/readyz").statusCode() == 200);
        serving.stop();
        assertThat(get(serving, "/readyz").statusCode()).isEqualTo(503);
        assertThat(get(serving, "/readyz").body()).contains("the server ends");
    }

    @Test
    @DisplayName("with replace, a new process takes over socket and admin address, and the old one ends")
    void replace() throws Exception {
        int port = freePort();
        configure("a", "admin: {address: \"127.0.0.1:" + port + "\"}");
        Serving old = start(false);
        try (KmsClient client = new KmsClient(socket)) {
            String keyId = client.status().getKeyId();
            EncryptResponse stored = client.encrypt(SEED);
            Serving next = start(true);
            old.awaitEnd();

            assertThat(client.status().getKeyId()).isEqualTo(keyId);
            assertThat(client.decrypt(stored)).isEqualTo(SEED);
            await().until(() -> next.adminAddress().isPresent());
            assertThat(get(next, "/readyz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    @DisplayName("while the old process still answers calls that have begun, the new one has the admin address")
    void replaceUnderWay() throws Exception {
        int port = freePort();
        configure("a", "admin: {address: \"127.0.0.1:" + port + "\"}");
        EncryptResponse stored;
        try (Serving before = start(false);
                KmsClient client = new KmsClient(socket)) {
            client.status();
            stored = client.encrypt(SEED);
            before.stop();
            before.awaitEnd();
        }
        Serving old = start(false);
        FaultyKek member = memory.last();
        try (KmsClient client = new KmsClient(socket)) {
            client.status();
            member.always(Operation.UNWRAP, Fault.hang());
            var call = client.decryptLater(stored);
            await().until(() -> member.held() == 1);
            CompletableFuture<Void> ended = CompletableFuture.runAsync(() -> awaitEnd(old));

            Serving next = start(true);
            await().until(() -> next.adminAddress().isPresent());
            assertThat(call).isNotDone();
            member.heal();

            assertThat(call.get(30, TimeUnit.SECONDS).getPlaintext().toByteArray())
                    .isEqualTo(SEED);
            ended.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    @DisplayName("with replace, a process that cannot seal yet does not take over")
    void replaceWaits() throws Exception {
        configure("a");
        Serving old = start(false);
        try (KmsClient client = new KmsClient(socket)) {
            client.status();
            memory.fault = Fault.error(KmsException.Code.UNAVAILABLE);
            Thread taking = new Thread(() -> {
                try {
                    start(true);
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            taking.start();
            await().until(() -> memory.opened.size() == 2 && memory.last().calls(Operation.DESCRIBE) > 1);
            assertThat(client.status().getHealthz()).isEqualTo("ok");
            assertThat(started).containsExactly(old);

            memory.last().heal();
            taking.join(20_000);
            old.awaitEnd();
            assertThat(client.status().getHealthz()).isEqualTo("ok");
            assertThat(started).hasSize(2);
        }
    }

    @Test
    @DisplayName("a process that is asked to end before it has taken over leaves the one that serves alone")
    void stopBeforeTakeover() throws Exception {
        configure("a");
        start(false);
        Object before = Files.getAttribute(socket, "unix:ino", LinkOption.NOFOLLOW_LINKS);
        memory.fault = Fault.error(KmsException.Code.UNAVAILABLE);
        CompletableFuture<Void> stop = new CompletableFuture<>();
        CompletableFuture<Serving> taking = CompletableFuture.supplyAsync(() -> {
            try {
                Serving next = Serving.start(file, ProviderCatalog.of(List.of(memory)), true, "1.2.3", stop);
                started.add(next);
                return next;
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        await().until(() -> memory.opened.size() == 2 && memory.last().calls(Operation.DESCRIBE) > 1);
        stop.complete(null);
        taking.get(30, TimeUnit.SECONDS).awaitEnd();

        assertThat(Files.getAttribute(socket, "unix:ino", LinkOption.NOFOLLOW_LINKS))
                .isEqualTo(before);
        try (KmsClient client = new KmsClient(socket)) {
            assertThat(client.status().getHealthz()).isEqualTo("ok");
        }
    }

    @Test
    @DisplayName("a changed keyring comes into use without a restart, and what was sealed before still opens")
    void reload() throws Exception {
        configure("a");
        Serving serving = start(false);
        try (KmsClient client = new KmsClient(socket)) {
            String before = client.status().getKeyId();
            EncryptResponse stored = client.encrypt(SEED);
            configure("b", "", "- {name: a, provider: memory, role: unwrap, config: {kek: a}}");
            await().until(() -> !client.status().getKeyId().equals(before));

            assertThat(client.decrypt(stored)).isEqualTo(SEED);
            assertThat(client.encrypt(SEED).getKeyId())
                    .isEqualTo(client.status().getKeyId());
            assertThat(get(serving, "/metrics").body()).contains("trousseau_reloads_total{result=\"ok\"} 1.0");
        }
    }

    @Test
    @DisplayName("a change that is made while the server starts comes into use as well")
    void reloadOfTheStart() throws Exception {
        configure("a");
        memory.whileOpening = () -> {
            memory.whileOpening = () -> {};
            try {
                configure("b");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        start(false);
        await().until(() -> memory.keks.containsKey("b"));
    }

    @Test
    @DisplayName("a client keeps the key_id of its last Status over the exchange of the keyring")
    void reloadRace() throws Exception {
        configure("a");
        start(false);
        try (KmsClient racing = new KmsClient(socket);
                KmsClient watching = new KmsClient(socket)) {
            String before = racing.status().getKeyId();
            configure("b");
            await().until(() -> !watching.status().getKeyId().equals(before));

            assertThat(racing.encrypt(SEED).getKeyId()).isEqualTo(before);
            assertThat(racing.status().getKeyId()).isEqualTo(watching.status().getKeyId());
        }
    }

    @Test
    @DisplayName("an invalid change leaves everything as it is, and is told in status and metrics until it is mended")
    void invalidReload() throws Exception {
        configure("a");
        Serving serving = start(false);
        try (KmsClient client = new KmsClient(socket)) {
            String keyId = client.status().getKeyId();
            String good = Files.readString(file);
            Files.writeString(file, good.replace("decryptThreshold: 1", "decryptThreshold: 7"));
            serving.reload();
            await().until(() -> get(serving, "/status").body().contains("keyring.decryptThreshold"));

            assertThat(client.status().getKeyId()).isEqualTo(keyId);
            assertThat(client.status().getHealthz()).isEqualTo("ok");
            assertThat(get(serving, "/metrics").body()).contains("trousseau_reloads_total{result=\"failed\"} 1.0");
            assertThat(get(serving, "/readyz").statusCode()).isEqualTo(200);

            Files.writeString(file, good);
            serving.reload();
            await().until(() -> !get(serving, "/status").body().contains("keyring.decryptThreshold"));
        }
    }

    @Test
    @DisplayName("a pipe in place of the file is an invalid change, and not waited for")
    void pipe() throws Exception {
        configure("a");
        Serving serving = start(false);
        String good = Files.readString(file);
        Files.delete(file);
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
                .isZero();
        await().until(() -> get(serving, "/status").body().contains("is not a regular file"));

        Files.delete(file);
        Files.writeString(file, good);
        await().until(() -> !get(serving, "/status").body().contains("is not a regular file"));
    }

    @Test
    @DisplayName("a change outside of the keyring opens no KEK anew, and what needs a restart is told")
    void unrelatedReload() throws Exception {
        configure("a");
        Serving serving = start(false);
        try (KmsClient client = new KmsClient(socket)) {
            String keyId = client.status().getKeyId();
            configure("a", "kubernetes: {kmsApiVersion: v2beta1}\nlog: {level: error}");
            serving.reload();
            await().until(() -> get(serving, "/status").body().contains("kubernetes"));

            assertThat(client.status().getKeyId()).isEqualTo(keyId);
            assertThat(client.status().getVersion()).isEqualTo("v2");
            assertThat(memory.opened).hasSize(1);
        }
    }

    @Test
    @DisplayName("a changed keyring that cannot seal is not served; the one before is, until it can")
    void reloadWaits() throws Exception {
        configure("a");
        Serving serving = start(false);
        try (KmsClient client = new KmsClient(socket)) {
            String before = client.status().getKeyId();
            memory.fault = Fault.error(KmsException.Code.UNAVAILABLE);
            configure("b");
            serving.reload();
            await().until(() -> memory.opened.size() == 2);
            FaultyKek member = memory.last();
            // Probes are a second apart, and so are the looks whether the exchange is due.
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                assertThat(client.encrypt(SEED).getKeyId())
                        .isEqualTo(client.status().getKeyId())
                        .isEqualTo(before);
                return member.calls(Operation.DESCRIBE) > 6;
            });

            memory.last().heal();
            await().until(() -> !client.status().getKeyId().equals(before));
        }
    }

    @Test
    @DisplayName(
            "a KMS that was set back to an older version: the newer copy goes on sealing, health says so, and a higher"
                    + " epoch in the file is the way out, without a restart")
    void setBack() throws Exception {
        configure("a");
        start(false);
        InMemoryKek kek = memory.keks.get("a");
        KekVersion older = kek.current();
        try (KmsClient client = new KmsClient(socket)) {
            String first = client.status().getKeyId();
            EncryptResponse storedFirst = client.encrypt(SEED);
            kek.rotate();
            await().until(() -> !client.status().getKeyId().equals(first));
            String second = client.status().getKeyId();

            kek.wrapUnder(older);
            await().until(() -> !client.status().getHealthz().equals("ok"));
            assertThat(client.status().getHealthz())
                    .isEqualTo("0 of 1 members needed are well: main: the KMS says that version 1 is current, which a"
                            + " newer one had replaced; make the newer one current again, or raise keyring.epoch if"
                            + " going back is meant");
            EncryptResponse storedSecond = client.encrypt(SEED);
            assertThat(storedSecond.getKeyId()).isEqualTo(second);

            Files.writeString(
                    file, Files.readString(file).replace("decryptThreshold: 1", "decryptThreshold: 1\n  epoch: 2"));
            await().until(() -> client.status().getHealthz().equals("ok"));

            assertThat(client.encrypt(SEED).getKeyId())
                    .isEqualTo(client.status().getKeyId())
                    .isNotIn(first, second);
            assertThat(client.decrypt(storedFirst)).isEqualTo(SEED);
            assertThat(client.decrypt(storedSecond)).isEqualTo(SEED);
        }
    }

    private Serving start(boolean replace) throws IOException, InterruptedException {
        Serving serving = Serving.start(file, ProviderCatalog.of(List.of(memory)), replace, "1.2.3");
        started.add(serving);
        return serving;
    }

    private static void awaitEnd(Serving serving) {
        try {
            serving.awaitEnd();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void configure(String kek, String... more) throws IOException {
        Files.writeString(file, """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: "%s"}
                %s
                keyring:
                  name: test
                  decryptThreshold: 1
                  probe: {interval: 1s}
                  members:
                  - {name: main, provider: memory, config: {kek: %s}}
                  %s
                """.formatted(
                socket, more.length > 0 && !more[0].isEmpty() ? more[0] : "", kek, more.length > 1 ? more[1] : ""));
        if (!Files.readString(file).contains("admin:")) {
            Files.writeString(file, Files.readString(file) + "admin: {address: \"127.0.0.1:0\"}\n");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static HttpResponse<String> get(Serving serving, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http:/" + serving.adminAddress().orElseThrow() + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
