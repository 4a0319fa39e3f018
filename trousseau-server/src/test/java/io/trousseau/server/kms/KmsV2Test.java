package io.trousseau.server.kms;

import static io.trousseau.server.kms.Seeds.bytes;
import static io.trousseau.server.kms.Seeds.seed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.trousseau.api.KmsException;
import io.trousseau.server.kms.v2.DecryptRequest;
import io.trousseau.server.kms.v2.EncryptRequest;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.kms.v2.StatusRequest;
import io.trousseau.server.kms.v2.StatusResponse;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.Operation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KmsV2Test {
    private final InMemoryKek kek = InMemoryKek.create("kek-a");
    private Path socket;

    @BeforeEach
    void place(@TempDir Path directory) {
        socket = directory.resolve("kms.sock");
    }

    @Test
    @DisplayName("status-ok: Status says v2, ok and a key_id, also when it is the first call after a cold start")
    void statusOk() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            StatusResponse status = client.status();

            assertThat(status.getVersion()).isEqualTo("v2");
            assertThat(status.getHealthz()).isEqualTo("ok");
            assertThat(status.getKeyId()).matches("tr1\\.[A-Za-z0-9_-]{43}");
        }
    }

    @Test
    @DisplayName("cold start: the first Status waits a little for a KMS that takes its time, other calls do not")
    void coldStart() throws Exception {
        FaultyKek slow = new FaultyKek(kek.open());
        slow.always(Operation.WRAP, Fault.hang());
        try (TestNode node = TestNode.quiet(socket, slow);
                KmsClient client = node.connect()) {
            var status = client.v2Future().status(StatusRequest.getDefaultInstance());
            // Behind it on the same connection, so that it has begun when this is answered.
            assertThat(refusal(() -> client.encrypt(seed(1))).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            slow.heal();

            assertThat(status.get(30, TimeUnit.SECONDS).getHealthz()).isEqualTo("ok");
        }
    }

    @Test
    @DisplayName("version-switch: v2beta1 is stated when that is configured")
    void versionSwitch() {
        try (TestNode node = TestNode.quiet(socket, kek, new KmsProtocol("v2beta1", false));
                KmsClient client = node.connect()) {
            assertThat(client.status().getVersion()).isEqualTo("v2beta1");
        }
    }

    @Test
    @DisplayName("status-encrypt-match: Encrypt answers with the key_id of Status, call after call")
    void statusEncryptMatch() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            for (int i = 0; i < 500; i++) {
                String keyId = client.status().getKeyId();
                assertThat(client.encrypt(seed(i)).getKeyId()).isEqualTo(keyId);
            }
        }
    }

    @Test
    @DisplayName("rotation-race: Encrypt keeps to the Status before a rotation, the next Status tells the new key_id")
    void rotationRace() {
        try (TestNode node = TestNode.watchful(socket, kek);
                KmsClient racing = node.connect();
                KmsClient watching = node.connect()) {
            String before = racing.status().getKeyId();
            kek.rotate();
            await().until(() -> !watching.status().getKeyId().equals(before));

            assertThat(racing.encrypt(seed(1)).getKeyId()).isEqualTo(before);
            assertThat(watching.encrypt(seed(1)).getKeyId())
                    .isEqualTo(watching.status().getKeyId());
            String after = racing.status().getKeyId();
            assertThat(after).isEqualTo(watching.status().getKeyId()).isNotEqualTo(before);
            assertThat(racing.encrypt(seed(1)).getKeyId()).isEqualTo(after);
        }
    }

    @Test
    @DisplayName("rotation-once: the key_id changes once and does not come back")
    void rotationOnce() {
        try (TestNode node = TestNode.watchful(socket, kek);
                KmsClient client = node.connect()) {
            String before = client.status().getKeyId();
            kek.rotate();
            List<String> seen = new ArrayList<>();
            await().until(() -> {
                seen.add(client.status().getKeyId());
                return !seen.get(seen.size() - 1).equals(before);
            });
            String after = seen.get(seen.size() - 1);
            IntStream.range(0, 200)
                    .forEach(i -> assertThat(client.status().getKeyId()).isEqualTo(after));
        }
    }

    @Test
    @DisplayName("same-KEK-same-id and cross-instance: two nodes name one key_id, each opens what the other sealed")
    void crossInstance(@TempDir Path other) {
        try (TestNode one = TestNode.quiet(socket, kek);
                TestNode two = TestNode.quiet(other.resolve("kms.sock"), kek);
                KmsClient first = one.connect();
                KmsClient second = two.connect()) {
            assertThat(first.status().getKeyId()).isEqualTo(second.status().getKeyId());
            assertThat(second.decrypt(first.encrypt(seed(1)))).isEqualTo(seed(1));
            assertThat(first.decrypt(second.encrypt(seed(2)))).isEqualTo(seed(2));
        }
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {1, 4, 16, 32, 33, 64, 900})
    @DisplayName("round trip: what fits into kube-apiserver's 1024 bytes comes back as it was")
    void roundTrip(int length) {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            assertThat(client.decrypt(client.encrypt(bytes(length, 1)))).isEqualTo(bytes(length, 1));
        }
    }

    @Test
    @DisplayName("round trip: a plaintext whose ciphertext kube-apiserver would throw away is refused, with the limit")
    void tooLongForKubernetes() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            Status refusal = refusal(() -> client.encrypt(bytes(4096, 1)));

            assertThat(refusal.getCode()).isEqualTo(Status.Code.INTERNAL);
            assertThat(refusal.getDescription()).contains("4125 bytes").contains("1 to 1024");
        }
    }

    @Test
    @DisplayName("empty plaintext and ciphertext are INVALID_ARGUMENT")
    void empty() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            EncryptResponse stored = client.encrypt(seed(1));
            DecryptRequest noCiphertext = KmsClient.decryptRequest(stored).toBuilder()
                    .clearCiphertext()
                    .build();

            assertThat(refusal(() -> client.encrypt(new byte[0])).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(refusal(() -> client.v2().decrypt(noCiphertext)).getCode())
                    .isEqualTo(Status.Code.INVALID_ARGUMENT);
        }
    }

    @Test
    @DisplayName(
            "sizes: a seed's ciphertext stays below 128 bytes and its annotations are kube-apiserver's kind of names")
    void sizes() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            EncryptResponse stored = client.encrypt(seed(1));

            assertThat(stored.getCiphertext().size()).isLessThan(128);
            assertThat(stored.getAnnotationsMap()).containsOnlyKeys("h.trousseau.io", "0.trousseau.io");
        }
    }

    @Test
    @DisplayName("distinct: neither distinct nor equal plaintexts ever give the same ciphertext")
    void distinct() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            Set<ByteString> ciphertexts = new HashSet<>();
            for (int i = 0; i < 500; i++) {
                ciphertexts.add(client.encrypt(seed(i)).getCiphertext());
                ciphertexts.add(client.encrypt(seed(0)).getCiphertext());
            }
            assertThat(ciphertexts).hasSize(1000);
        }
    }

    @Test
    @DisplayName("tamper: whichever byte of ciphertext, annotations or key_id is changed, Decrypt is refused")
    void tamper() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            DecryptRequest genuine = KmsClient.decryptRequest(client.encrypt(seed(1)));
            List<DecryptRequest> tampered = new ArrayList<>();
            changes(genuine.getCiphertext())
                    .forEach(c ->
                            tampered.add(genuine.toBuilder().setCiphertext(c).build()));
            changes(genuine.getAnnotationsOrThrow("h.trousseau.io"))
                    .forEach(h -> tampered.add(genuine.toBuilder()
                            .putAnnotations("h.trousseau.io", h)
                            .build()));
            for (int i = 0; i < genuine.getKeyId().length(); i++) {
                StringBuilder keyId = new StringBuilder(genuine.getKeyId());
                keyId.setCharAt(i, keyId.charAt(i) == 'A' ? 'B' : 'A');
                tampered.add(genuine.toBuilder().setKeyId(keyId.toString()).build());
            }

            assertThat(tampered.size()).isGreaterThan(150);
            for (DecryptRequest request : tampered) {
                assertThat(refusal(() -> client.v2().decrypt(request)).getCode())
                        .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND, Status.Code.FAILED_PRECONDITION);
            }
        }
    }

    @Test
    @DisplayName("tamper: a damaged copy never yields another plaintext, on a node that does not know the local KEK")
    void tamperedCopy(@TempDir Path other) {
        try (TestNode one = TestNode.quiet(socket, kek);
                TestNode two = TestNode.quiet(other.resolve("kms.sock"), kek);
                KmsClient sealing = one.connect();
                KmsClient opening = two.connect()) {
            sealing.status();
            DecryptRequest genuine = KmsClient.decryptRequest(sealing.encrypt(seed(1)));
            for (ByteString copy : changes(genuine.getAnnotationsOrThrow("0.trousseau.io"))) {
                DecryptRequest request = genuine.toBuilder()
                        .putAnnotations("0.trousseau.io", copy)
                        .build();
                assertThat(refusal(() -> opening.v2().decrypt(request)).getCode())
                        .isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
            assertThat(opening.v2().decrypt(genuine).getPlaintext().toByteArray())
                    .isEqualTo(seed(1));
        }
    }

    @Test
    @DisplayName("unknown key_id: refused without asking a KMS")
    void unknownKeyId(@TempDir Path other) {
        InMemoryKek foreign = InMemoryKek.create("kek-b");
        try (TestNode node = TestNode.quiet(socket, kek);
                TestNode foreignNode = TestNode.quiet(other.resolve("kms.sock"), foreign);
                KmsClient client = node.connect();
                KmsClient foreignClient = foreignNode.connect()) {
            client.status();
            foreignClient.status();
            EncryptResponse stored = foreignClient.encrypt(seed(1));
            int before = calls(node.kek());

            Status refusal = refusal(() -> client.decrypt(stored));

            assertThat(refusal.getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(refusal.getDescription()).contains("kek-b");
            assertThat(calls(node.kek())).isEqualTo(before);
        }
    }

    @Test
    @DisplayName("annotations: a missing or additional one is refused and named")
    void annotations() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            DecryptRequest genuine = KmsClient.decryptRequest(client.encrypt(seed(1)));
            Map<String, DecryptRequest> requests = new LinkedHashMap<>();
            requests.put("h.trousseau.io", removed(genuine, "h.trousseau.io"));
            requests.put("0.trousseau.io", removed(genuine, "0.trousseau.io"));
            requests.put("1.trousseau.io", added(genuine, "1.trousseau.io"));
            requests.put("00.trousseau.io", added(genuine, "00.trousseau.io"));
            requests.put("audit.example.org", added(genuine, "audit.example.org"));

            requests.forEach((name, request) -> {
                Status refusal = refusal(() -> client.v2().decrypt(request));
                assertThat(refusal.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                assertThat(refusal.getDescription()).contains(name);
            });
        }
    }

    @Test
    @DisplayName("foreign ciphertext: another plugin's, or random bytes, is refused, and the text says what it is not")
    void foreignCiphertext() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            DecryptRequest foreign = DecryptRequest.newBuilder()
                    .setCiphertext(ByteString.copyFrom(bytes(200, 1)))
                    .setKeyId("arn:aws:kms:eu-west-1:111122223333:key/1")
                    .build();
            Status refusal = refusal(() -> client.v2().decrypt(foreign));

            assertThat(refusal.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(refusal.getDescription()).contains("not encrypted by Trousseau");
        }
    }

    @Test
    @DisplayName("backend down: Status answers with the reason and the same key_id, sealing goes on, and it recovers")
    void backendDown() {
        try (TestNode node = TestNode.watchful(socket, kek);
                KmsClient client = node.connect()) {
            String keyId = client.status().getKeyId();
            node.kek().always(Fault.error(KmsException.Code.UNAVAILABLE));
            await().until(() -> !client.status().getHealthz().equals("ok"));

            StatusResponse down = client.status();
            assertThat(down.getKeyId()).isEqualTo(keyId);
            assertThat(down.getHealthz()).contains("a").contains("unavailable");
            assertThat(client.decrypt(client.encrypt(seed(1)))).isEqualTo(seed(1));

            node.kek().heal();
            await().until(() -> client.status().getHealthz().equals("ok"));
            assertThat(client.status().getKeyId()).isEqualTo(keyId);
        }
    }

    @Test
    @DisplayName("fail closed: a disabled key ends in an error of Status, of Encrypt and of Decrypt")
    void failClosed() {
        try (TestNode node = TestNode.watchful(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            EncryptResponse stored = client.encrypt(seed(1));
            kek.disable();
            await().untilAsserted(() -> {
                Status refusal = refusal(client::status);
                assertThat(refusal.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
                assertThat(refusal.getDescription()).contains("failed closed").contains("disabled");
            });
            assertThat(refusal(() -> client.encrypt(seed(1))).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(refusal(() -> client.decrypt(stored)).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        }
    }

    @Test
    @DisplayName("startup degraded: with the KMS down at boot Status says so, and primes when it is back")
    void startupDegraded() {
        FaultyKek down = new FaultyKek(kek.open());
        down.always(Fault.error(KmsException.Code.UNAVAILABLE));
        try (TestNode node = TestNode.quiet(socket, down);
                KmsClient client = node.connect()) {
            Status refusal = refusal(client::status);
            assertThat(refusal.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(refusal.getDescription()).contains("no local KEK is protected yet");
            assertThat(refusal(() -> client.encrypt(seed(1))).getCode()).isEqualTo(Status.Code.UNAVAILABLE);

            down.heal();
            await().ignoreExceptions().until(() -> client.status().getHealthz().equals("ok"));
            assertThat(client.decrypt(client.encrypt(seed(1)))).isEqualTo(seed(1));
        }
    }

    @Test
    @DisplayName(
            "deadline: with a hanging KMS Decrypt ends with the caller's patience, and the call at the KMS as well")
    void deadline(@TempDir Path other) {
        try (TestNode one = TestNode.quiet(socket, kek);
                TestNode two = TestNode.quiet(other.resolve("kms.sock"), kek);
                KmsClient sealing = one.connect();
                KmsClient opening = two.connect()) {
            sealing.status();
            opening.status();
            EncryptResponse stored = sealing.encrypt(seed(1));
            two.kek().always(Operation.UNWRAP, Fault.hang());

            Status refusal = refusal(() ->
                    opening.v2().withDeadlineAfter(1, TimeUnit.SECONDS).decrypt(KmsClient.decryptRequest(stored)));

            assertThat(refusal.getCode()).isIn(Status.Code.DEADLINE_EXCEEDED, Status.Code.UNAVAILABLE);
            await().until(() -> two.kek().held() == 0);
        }
    }

    @Test
    @DisplayName("cancel: of two callers that wait for one unwrap, one gives up and the other is answered")
    void cancel(@TempDir Path other) throws Exception {
        try (TestNode one = TestNode.quiet(socket, kek);
                TestNode two = TestNode.quiet(other.resolve("kms.sock"), kek);
                KmsClient sealing = one.connect();
                KmsClient impatient = two.connect();
                KmsClient patient = two.connect()) {
            sealing.status();
            EncryptResponse stored = sealing.encrypt(seed(1));
            patient.status();
            impatient.status();
            two.kek().always(Operation.UNWRAP, Fault.hang());
            var givenUp = impatient.decryptLater(stored);
            await().until(() -> two.kek().held() == 1);
            var waiting = patient.decryptLater(stored);

            givenUp.cancel(true);
            // Its connection answers in order, so the cancellation has arrived.
            impatient.status();
            two.kek().heal();

            assertThat(waiting.get(30, TimeUnit.SECONDS).getPlaintext().toByteArray())
                    .isEqualTo(seed(1));
            assertThat(impatient.decrypt(stored)).isEqualTo(seed(1));
        }
    }

    @Test
    @DisplayName("status-load: any number of Status calls asks the KMS for nothing")
    void statusLoad() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            client.encrypt(seed(1));
            int before = calls(node.kek());
            for (int i = 0; i < 500; i++) {
                client.status();
            }
            assertThat(calls(node.kek())).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "%2Frun%2Fk.sock", "/run/k.sock", "@x", "127.0.0.1:0"})
    @DisplayName("authority matrix: whatever the client calls the server")
    void authority(String authority) {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = new KmsClient(node.socket(), authority)) {
            assertThat(client.status().getHealthz()).isEqualTo("ok");
            assertThat(client.decrypt(client.encrypt(seed(1)))).isEqualTo(seed(1));
        }
    }

    @Test
    @DisplayName("unknown method or service, and v1 where it is not configured, are UNIMPLEMENTED")
    void unknownMethod() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            for (String method : List.of(
                    "v2.KeyManagementService/Rotate",
                    "v2alpha1.KeyManagementService/Status",
                    "v1beta1.KeyManagementService/Version")) {
                MethodDescriptor<StatusRequest, StatusResponse> unknown =
                        MethodDescriptor.<StatusRequest, StatusResponse>newBuilder()
                                .setType(MethodDescriptor.MethodType.UNARY)
                                .setFullMethodName(method)
                                .setRequestMarshaller(ProtoUtils.marshaller(StatusRequest.getDefaultInstance()))
                                .setResponseMarshaller(ProtoUtils.marshaller(StatusResponse.getDefaultInstance()))
                                .build();
                Status refusal = refusal(() -> ClientCalls.blockingUnaryCall(
                        client.channel(), unknown, CallOptions.DEFAULT, StatusRequest.getDefaultInstance()));
                assertThat(refusal.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
            }
        }
    }

    @Test
    @DisplayName("oversize: more than 64 KiB is RESOURCE_EXHAUSTED, and the server lives on")
    void oversize() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            for (int size : new int[] {64 * 1024 + 1, 5 * 1024 * 1024}) {
                assertThat(refusal(() -> client.encrypt(new byte[size])).getCode())
                        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            }
            assertThat(client.status().getHealthz()).isEqualTo("ok");
        }
    }

    @Test
    @DisplayName("two connections: closing one leaves the other, and what it was told, alone")
    void twoConnections() {
        try (TestNode node = TestNode.watchful(socket, kek);
                KmsClient staying = node.connect()) {
            String told = staying.status().getKeyId();
            try (KmsClient leaving = node.connect()) {
                kek.rotate();
                await().until(() -> !leaving.status().getKeyId().equals(told));
            }
            assertThat(staying.encrypt(seed(1)).getKeyId()).isEqualTo(told);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "line\nbreak\u001b[31m", "\u202eabc", "ünïcödé"})
    @DisplayName("uid: any string is accepted")
    void anyUid(String uid) {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            for (String text : List.of(uid, uid.repeat(100))) {
                EncryptRequest request = KmsClient.encryptRequest(seed(1)).toBuilder()
                        .setUid(text)
                        .build();
                DecryptRequest back = KmsClient.decryptRequest(client.v2().encrypt(request)).toBuilder()
                        .setUid(text)
                        .build();
                assertThat(client.v2().decrypt(back).getPlaintext().toByteArray())
                        .isEqualTo(seed(1));
            }
        }
    }

    @Test
    @DisplayName("key_id of a request that is no key_id at all is refused")
    void strangeKeyId() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            DecryptRequest genuine = KmsClient.decryptRequest(client.encrypt(seed(1)));
            for (String keyId : List.of("", "tr1.", "x".repeat(2000), "\u0000")) {
                DecryptRequest request = genuine.toBuilder().setKeyId(keyId).build();
                assertThat(refusal(() -> client.v2().decrypt(request)).getCode())
                        .isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
        }
    }

    private static int calls(FaultyKek kek) {
        int calls = 0;
        for (Operation operation : Operation.values()) {
            calls += kek.calls(operation);
        }
        return calls;
    }

    private static List<ByteString> changes(ByteString bytes) {
        List<ByteString> changes = new ArrayList<>();
        for (int i = 0; i < bytes.size(); i++) {
            byte[] changed = bytes.toByteArray();
            changed[i] ^= 1;
            changes.add(ByteString.copyFrom(changed));
        }
        return changes;
    }

    private static DecryptRequest removed(DecryptRequest request, String annotation) {
        return request.toBuilder().removeAnnotations(annotation).build();
    }

    private static DecryptRequest added(DecryptRequest request, String annotation) {
        return request.toBuilder()
                .putAnnotations(annotation, ByteString.copyFrom("x", StandardCharsets.UTF_8))
                .build();
    }

    static Status refusal(ThrowingCallable call) {
        StatusRuntimeException thrown =
                org.assertj.core.api.Assertions.catchThrowableOfType(StatusRuntimeException.class, call);
        assertThat(thrown).as("refused").isNotNull();
        return thrown.getStatus();
    }
}
