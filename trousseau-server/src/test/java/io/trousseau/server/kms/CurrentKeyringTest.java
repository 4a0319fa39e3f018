package io.trousseau.server.kms;

import static io.trousseau.server.kms.Seeds.seed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.server.kms.v2.DecryptResponse;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurrentKeyringTest {
    private final InMemoryKek kek = InMemoryKek.create("kek-a");
    private Path socket;
    private EncryptResponse stored;

    @BeforeEach
    void sealElsewhere(@TempDir Path directory, @TempDir Path other) {
        socket = directory.resolve("kms.sock");
        try (TestNode node = TestNode.quiet(other.resolve("kms.sock"), kek);
                KmsClient client = node.connect()) {
            client.status();
            stored = client.encrypt(seed(1));
        }
    }

    @Test
    @DisplayName(
            "a keyring that was exchanged and retired closes when the last call that it serves has ended, not before")
    void closesAfterLastCall() throws Exception {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            node.kek().always(Operation.UNWRAP, Fault.hang());
            ListenableFuture<DecryptResponse> call = client.decryptLater(stored);
            await().until(() -> node.kek().held() == 1);

            node.keyring().exchange(another()).run();
            assertThat(isClosed(node.kek())).isFalse();
            node.kek().heal();

            assertThat(call.get(30, TimeUnit.SECONDS).getPlaintext().toByteArray())
                    .isEqualTo(seed(1));
            await().until(() -> isClosed(node.kek()));
        }
    }

    @Test
    @DisplayName("calls that begin after the exchange are served by the new keyring")
    void newCalls() {
        try (TestNode node = TestNode.quiet(socket, kek);
                KmsClient client = node.connect()) {
            client.status();
            node.keyring().exchange(another()).run();
            assertThat(isClosed(node.kek())).isTrue();

            assertThat(client.decrypt(stored)).isEqualTo(seed(1));
            assertThat(client.status().getHealthz()).isEqualTo("ok");
            assertThat(client.decrypt(client.encrypt(seed(2)))).isEqualTo(seed(2));
        }
    }

    private Keyring another() {
        return TestNode.keyring(kek.open(), Duration.ofHours(1));
    }

    private static boolean isClosed(FaultyKek kek) {
        try {
            kek.describe(Deadline.after(Duration.ofSeconds(10)));
            return false;
        } catch (KmsException e) {
            return e.code() == KmsException.Code.CLOSED;
        }
    }
}
