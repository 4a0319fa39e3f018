package io.trousseau.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringConfig;
import io.trousseau.core.keyring.KeyringException;
import io.trousseau.core.member.Member;
import io.trousseau.server.json.Json;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    private static final byte[] AAD = {};
    private static final Deadline SOON = Deadline.after(Duration.ofSeconds(30));

    private final InMemoryKek kek = InMemoryKek.create("kek-1");
    private final FaultyKek faulty = new FaultyKek(kek.open());
    private final Metrics metrics = new Metrics("1.2.3");
    private final HttpClient http = HttpClient.newHttpClient();
    private final ExecutorService eventLoop = Executors.newSingleThreadExecutor();
    private Keyring keyring;
    private AdminServer admin;
    private volatile String notServing = "";
    private volatile List<String> problems = List.of();

    @BeforeEach
    void start() throws IOException {
        keyring = Keyring.open(
                KeyringConfig.named("ring").probeInterval(Duration.ofMillis(50)).build(1),
                List.of(Member.of("main", "memory", faulty)),
                metrics);
        Watchdog watchdog = Watchdog.builder()
                .watch("keyring", keyring::heartbeat)
                .watch("event loop", eventLoop)
                .build();
        admin = AdminServer.start(loopback(0), keyring::status, () -> notServing, () -> problems, watchdog, metrics);
    }

    @AfterEach
    void stop() {
        admin.close();
        keyring.close();
        metrics.close();
        eventLoop.shutdownNow();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + admin.address().getPort() + path);
        return http.send(
                HttpRequest.newBuilder(uri)
                        .timeout(Duration.ofSeconds(20))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private String get(String path) throws Exception {
        return send("GET", path).body();
    }

    private void awaitReady() {
        await().until(() -> send("GET", "/readyz").statusCode() == 200);
    }

    private KeyId sealingUnder() {
        return keyring.status().keyId().orElseThrow();
    }

    @Test
    @DisplayName("/readyz is 200 while the keyring is healthy, and 503 with the reason while it is not")
    void readiness() throws Exception {
        awaitReady();
        assertThat(get("/readyz")).isEqualTo("ok\n");
        faulty.always(Fault.error(KmsException.Code.UNAVAILABLE));
        await().until(() -> send("GET", "/readyz").statusCode() == 503);
        assertThat(get("/readyz")).contains("main: unavailable");
        faulty.heal();
        awaitReady();
    }

    @Test
    @DisplayName("/readyz is 503 with the reason while the socket is not served, however healthy the keyring is")
    void readinessOfTheSocket() throws Exception {
        awaitReady();
        notServing = "the socket is not served yet";
        assertThat(send("GET", "/readyz").statusCode()).isEqualTo(503);
        assertThat(get("/readyz")).isEqualTo("the socket is not served yet\n");
    }

    @Test
    @DisplayName("/livez is about the process alone: 200 while every KMS is down")
    void livenessWithoutKms() throws Exception {
        faulty.always(Fault.error(KmsException.Code.UNAVAILABLE));
        await().until(() -> send("GET", "/readyz").statusCode() == 503);
        assertThat(send("GET", "/livez").statusCode()).isEqualTo(200);
    }

    @Test
    @DisplayName("/livez is 500 and names the thread that no longer answers, and 200 once it does again")
    void stuckEventLoop() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        eventLoop.execute(() -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        HttpResponse<String> answer = send("GET", "/livez");
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo("did not answer within 2 s: event loop\n");
        release.countDown();
        assertThat(send("GET", "/livez").statusCode()).isEqualTo(200);
    }

    @Test
    @DisplayName("/status is JSON with the documented names, and its hash is the one kube-apiserver prints")
    void status() throws Exception {
        awaitReady();
        keyring.seal(new byte[] {1}, "test", AAD, SOON);
        Map<?, ?> status = (Map<?, ?>) Json.parse(get("/status"));
        assertThat(status)
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .containsOnlyKeys(
                        "keyring",
                        "serving",
                        "healthy",
                        "health",
                        "degraded",
                        "configurationProblems",
                        "keyId",
                        "keyIdHash",
                        "localKek",
                        "cachedLocalKeks",
                        "members",
                        "keyIds")
                .containsEntry("keyring", "ring")
                .containsEntry("serving", "sealing")
                .containsEntry("healthy", true)
                .containsEntry("health", "ok")
                .containsEntry("degraded", false)
                .containsEntry("keyId", sealingUnder().text())
                .containsEntry("keyIdHash", sealingUnder().hash())
                .containsEntry("cachedLocalKeks", 1);
        assertThat((Map<?, ?>) status.get("localKek")).extracting("uses").isEqualTo(1);
        assertThat((Map<?, ?>) ((List<?>) status.get("members")).get(0))
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .containsOnlyKeys(
                        "name",
                        "provider",
                        "role",
                        "phase",
                        "message",
                        "failure",
                        "kek",
                        "kekVersion",
                        "protects",
                        "destructionAt",
                        "latencyMillis",
                        "lastAnswerSeconds")
                .containsEntry("name", "main")
                .containsEntry("role", "wrap")
                .containsEntry("phase", "well")
                .containsEntry("kek", "kek-1")
                .containsEntry("protects", true);
        assertThat((Map<?, ?>) ((List<?>) status.get("keyIds")).get(0))
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .containsOnlyKeys("keyId", "keyIdHash", "current", "lastUsed")
                .containsEntry("current", true);
    }

    @Test
    @DisplayName("/status tells which old key_ids stored data still needs")
    void oldKeyIds() throws Exception {
        awaitReady();
        Envelope old = keyring.seal(new byte[] {1}, "test", AAD, SOON);
        kek.rotate();
        await().until(() -> !sealingUnder().equals(old.keyId()));
        keyring.open(old, "test", AAD, SOON);
        Map<?, ?> status = (Map<?, ?>) Json.parse(get("/status"));
        assertThat((List<?>) status.get("keyIds")).singleElement().satisfies(entry -> {
            assertThat((Map<?, ?>) entry)
                    .extracting("keyId")
                    .isEqualTo(old.keyId().text());
            assertThat((Map<?, ?>) entry).extracting("current").isEqualTo(false);
        });
    }

    @Test
    @DisplayName("/metrics counts seals, opens by source, refusals by code, and calls by member, operation and purpose")
    void counters() throws Exception {
        awaitReady();
        Envelope envelope = keyring.seal(new byte[] {1}, "test", AAD, SOON);
        keyring.open(envelope, "test", AAD, SOON);
        assertThatThrownBy(() -> keyring.open(envelope, "other", AAD, SOON)).isInstanceOf(KeyringException.class);
        assertThat(get("/metrics").lines())
                .contains(
                        "trousseau_seals_total 1.0",
                        "trousseau_opens_total{source=\"memory\"} 1.0",
                        "trousseau_opens_total{source=\"kms\"} 0.0",
                        "trousseau_refused_total{code=\"not-authentic\"} 1.0",
                        "trousseau_damaged_copies_total{member=\"main\"} 0.0",
                        "trousseau_kms_calls_seconds_count{member=\"main\",operation=\"unwrap\",outcome=\"ok\","
                                + "purpose=\"protect\"} 1",
                        "trousseau_kms_calls_seconds_count{member=\"main\",operation=\"wrap\",outcome=\"ok\","
                                + "purpose=\"protect\"} 1")
                .noneMatch(line -> line.contains("purpose=\"open\"} "))
                .anyMatch(line -> line.startsWith("trousseau_kms_calls_seconds_count{member=\"main\","
                        + "operation=\"describe\",outcome=\"ok\",purpose=\"probe\"}"));
    }

    @Test
    @DisplayName("/metrics shows an unwrap on behalf of stored data as purpose open, once per local KEK")
    void unwrapsForStoredData() throws Exception {
        awaitReady();
        Envelope first = keyring.seal(new byte[] {1}, "test", AAD, SOON);
        Envelope second = keyring.seal(new byte[] {2}, "test", AAD, SOON);
        try (Keyring restarted = Keyring.open(
                KeyringConfig.named("ring").build(1), List.of(Member.of("main", "memory", kek.open())), metrics)) {
            restarted.open(first, "test", AAD, SOON);
            restarted.open(second, "test", AAD, SOON);
        }
        assertThat(get("/metrics").lines())
                .contains(
                        "trousseau_kms_calls_seconds_count{member=\"main\",operation=\"unwrap\",outcome=\"ok\","
                                + "purpose=\"open\"} 1",
                        "trousseau_opens_total{source=\"kms\"} 1.0",
                        "trousseau_opens_total{source=\"memory\"} 1.0");
    }

    @Test
    @DisplayName("/metrics names the key_id that seals now, and only that one after a rotation")
    void keyIdInfo() throws Exception {
        awaitReady();
        KeyId before = sealingUnder();
        assertThat(get("/metrics")).contains(info(before));
        kek.rotate();
        await().until(() -> !sealingUnder().equals(before));
        assertThat(get("/metrics")).contains(info(sealingUnder())).doesNotContain(before.text());
    }

    private static String info(KeyId keyId) {
        return "trousseau_key_id_info{key_id=\"" + keyId.text() + "\",key_id_hash=\"" + keyId.hash()
                + "\",keyring=\"ring\"} 1\n";
    }

    @Test
    @DisplayName("/metrics shows health, the phase of each member, the local KEK, and a failure's code")
    void state() throws Exception {
        awaitReady();
        assertThat(get("/metrics"))
                .contains("trousseau_healthy 1.0\n")
                .contains("trousseau_degraded 0.0\n")
                .contains("trousseau_cached_local_keks 1.0\n")
                .contains("trousseau_local_kek_uses 0.0\n")
                .contains("trousseau_local_kek_age_seconds ")
                .contains("trousseau_build_info{java=")
                .contains("version=\"1.2.3\"} 1\n")
                .contains("trousseau_member_phase{member=\"main\",phase=\"well\",provider=\"memory\"} 1.0")
                .contains("trousseau_member_phase{member=\"main\",phase=\"unreachable\",provider=\"memory\"} 0.0")
                .contains("jvm_memory_used_bytes{area=\"heap\"");
        faulty.always(Fault.error(KmsException.Code.UNAVAILABLE));
        await().untilAsserted(() -> assertThat(get("/metrics"))
                .contains("trousseau_healthy 0.0\n")
                .contains("trousseau_member_phase{member=\"main\",phase=\"unreachable\",provider=\"memory\"} 1.0")
                .contains("outcome=\"unavailable\""));
    }

    @Test
    @DisplayName("reloads are counted by result")
    void reloads() throws Exception {
        metrics.reloaded();
        metrics.reloadFailed();
        metrics.reloadFailed();
        assertThat(get("/metrics"))
                .contains("trousseau_reloads_total{result=\"ok\"} 1.0")
                .contains("trousseau_reloads_total{result=\"failed\"} 2.0");
    }

    @Test
    @DisplayName("only GET is answered, and nothing else is there")
    void methodsAndPaths() throws Exception {
        for (String method : List.of("POST", "PUT", "DELETE", "HEAD", "OPTIONS")) {
            HttpResponse<String> answer = send(method, "/status");
            assertThat(answer.statusCode()).as(method).isEqualTo(405);
            assertThat(answer.headers().firstValue("Allow")).contains("GET");
        }
        for (String path : List.of("/", "/livezz", "/status/", "/metrics/x", "/favicon.ico")) {
            assertThat(send("GET", path).statusCode()).as(path).isEqualTo(404);
        }
    }

    @Test
    @DisplayName("clients that send nothing do not keep others waiting for ever")
    void slowClients() throws Exception {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), admin.address().getPort());
                socket.getOutputStream().write("GET /livez HTTP/1.1\r\nHost: ".getBytes());
                silent.add(socket);
            }
            await().atMost(Duration.ofSeconds(60))
                    .ignoreExceptions()
                    .until(() -> send("GET", "/livez").statusCode() == 200);
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    @DisplayName("/status says why a changed configuration is not in use")
    void configurationProblems() throws Exception {
        problems = List.of("trousseau.yaml:3:1: keyring: is missing");
        assertThat(send("GET", "/status").body()).contains(problems.get(0));
    }

    @Test
    @DisplayName("an address in use is refused by the field's name")
    void addressInUse() {
        assertThatThrownBy(() -> AdminServer.start(
                        admin.address(),
                        keyring::status,
                        () -> "",
                        List::of,
                        Watchdog.builder().build(),
                        metrics))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("admin.address")
                .hasMessageContaining(Integer.toString(admin.address().getPort()));
    }

    @Test
    @DisplayName("nothing listens and no thread is left after close")
    void closing() {
        admin.close();
        assertThatThrownBy(() -> send("GET", "/livez")).isInstanceOf(IOException.class);
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("trousseau-admin")));
    }
}
