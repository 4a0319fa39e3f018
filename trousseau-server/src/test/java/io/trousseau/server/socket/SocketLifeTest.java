package io.trousseau.server.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.trousseau.server.kms.CurrentKeyring;
import io.trousseau.server.kms.KmsClient;
import io.trousseau.server.kms.KmsProtocol;
import io.trousseau.server.kms.KmsServer;
import io.trousseau.server.kms.TestNode;
import io.trousseau.server.kms.v2.DecryptResponse;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the life of the socket is to a client. */
class SocketLifeTest {
    private static final byte[] SEED = new byte[32];

    private final InMemoryKek kek = InMemoryKek.create("kek-a");
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private final List<Server> servers = new ArrayList<>();
    private Path socket;

    /** One process of the plugin, so to speak. */
    private final class Server implements AutoCloseable {
        final FaultyKek member = new FaultyKek(kek.open());
        final CurrentKeyring keyring = new CurrentKeyring(TestNode.keyring(member, Duration.ofHours(1)));
        final KmsServer server = new KmsServer(KmsProtocol.V2, keyring, TestNode.NO_OBSERVER);
        final CompletableFuture<@Nullable Void> replaced = new CompletableFuture<>();
        final @Nullable SocketKeeper keeper;

        Server(boolean replace) throws IOException {
            this(replace, () -> {});
        }

        Server(boolean replace, Runnable beforeBinding) throws IOException {
            servers.add(this);
            SocketPlace place = SocketPlace.at(socket, Optional.empty());
            place.prepare(replace);
            SocketKeeper.Binder binder = path -> {
                beforeBinding.run();
                return server.listen(path);
            };
            keeper = SocketKeeper.start(place, binder, executor, replace, () -> replaced.complete(null));
        }

        @Override
        public void close() {
            if (keeper != null) {
                keeper.close();
            }
            server.close();
            keyring.close();
        }
    }

    @BeforeEach
    void place(@TempDir Path temporary) {
        socket = temporary.resolve("kms").resolve("kms.sock");
    }

    @AfterEach
    void stop() {
        servers.forEach(Server::close);
        executor.shutdownNow();
    }

    @Test
    @DisplayName("late start: a client that dials before the plugin listens is served once it does")
    void lateStart() throws Exception {
        try (KmsClient client = new KmsClient(socket)) {
            ListenableFuture<io.trousseau.server.kms.v2.StatusResponse> early =
                    client.v2Future().status(io.trousseau.server.kms.v2.StatusRequest.getDefaultInstance());
            await().until(() -> client.channel().getState(false) == io.grpc.ConnectivityState.TRANSIENT_FAILURE);
            new Server(false);

            assertThat(early.get(30, TimeUnit.SECONDS).getHealthz()).isEqualTo("ok");
        }
    }

    @Test
    @DisplayName("kill -9 and restart: the dead socket is replaced")
    void deadSocketReplaced() throws Exception {
        Files.createDirectories(socket.getParent());
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket))
                .close();
        new Server(false);

        try (KmsClient client = new KmsClient(socket)) {
            assertThat(client.status().getHealthz()).isEqualTo("ok");
        }
    }

    @Test
    @DisplayName(
            "of two processes that start at once, the one that is later to bind is refused, and the first serves on")
    void together() throws Exception {
        assertThatThrownBy(() -> new Server(false, this::first)).isInstanceOf(SocketInUseException.class);

        Server first = servers.get(1);
        try (KmsClient client = new KmsClient(socket)) {
            assertThat(client.status().getHealthz()).isEqualTo("ok");
        }
        await().until(() -> List.of(socket.getFileName().toString())
                .equals(List.of(
                        Objects.requireNonNull(socket.getParent().toFile().list()))));
        assertThat(first.replaced).isNotDone();
    }

    private void first() {
        try {
            new Server(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName("graceful: 100 calls that have begun when the plugin is told to stop all succeed, and the file goes")
    void graceful(@TempDir Path other) throws Exception {
        EncryptResponse stored = storedByAnotherNode(other);
        Server server = new Server(false);
        try (KmsClient client = new KmsClient(socket)) {
            client.status();
            server.member.always(Operation.UNWRAP, Fault.hang());
            List<ListenableFuture<DecryptResponse>> calls = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                calls.add(client.decryptLater(stored));
            }
            await().until(() -> server.member.held() == 1);
            // Of one connection; when this is answered all the others have begun.
            client.status();

            CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> drain(server.keeper));
            await().until(() -> Files.notExists(socket, LinkOption.NOFOLLOW_LINKS));
            server.member.heal();

            for (ListenableFuture<DecryptResponse> call : calls) {
                assertThat(call.get(30, TimeUnit.SECONDS).getPlaintext().toByteArray())
                        .isEqualTo(SEED);
            }
            assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    @DisplayName("graceful: the limit ends the wait for a call that does not end")
    void limit(@TempDir Path other) throws Exception {
        EncryptResponse stored = storedByAnotherNode(other);
        Server server = new Server(false);
        try (KmsClient client = new KmsClient(socket)) {
            client.status();
            server.member.always(Operation.UNWRAP, Fault.hang());
            ListenableFuture<DecryptResponse> call = client.decryptLater(stored);
            await().until(() -> server.member.held() == 1);

            assertThat(server.keeper.drain(Duration.ofMillis(50))).isFalse();
            server.close();
            assertThat(codeOf(call)).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
        }
    }

    @Test
    @DisplayName("handover: not one call of a busy client fails, and there is always a socket at the path")
    void handover() throws Exception {
        Server first = new Server(false);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger calls = new AtomicInteger();
        List<CompletableFuture<@Nullable Void>> callers = new ArrayList<>();
        try (KmsClient client = new KmsClient(socket)) {
            client.status();
            var callersThreads = Executors.newFixedThreadPool(9);
            for (int i = 0; i < 8; i++) {
                callers.add(CompletableFuture.runAsync(
                        () -> {
                            while (!stop.get()) {
                                client.status();
                                assertThat(client.decrypt(client.encrypt(SEED))).isEqualTo(SEED);
                                calls.incrementAndGet();
                            }
                        },
                        callersThreads));
            }
            callers.add(CompletableFuture.runAsync(
                    () -> {
                        while (!stop.get()) {
                            assertThat(Files.exists(socket, LinkOption.NOFOLLOW_LINKS))
                                    .isTrue();
                        }
                    },
                    callersThreads));
            Server serving = first;
            for (int handover = 0; handover < 3; handover++) {
                int before = calls.get();
                await().until(() -> calls.get() > before + 20);
                Server next = new Server(true);
                next.keyring.keyring().settled().get(30, TimeUnit.SECONDS);
                serving.replaced.get(30, TimeUnit.SECONDS);
                assertThat(serving.keeper.drain(Duration.ofSeconds(10))).isTrue();
                serving.close();
                serving = next;
            }
            int before = calls.get();
            await().until(() -> calls.get() > before + 20);
            stop.set(true);
            for (CompletableFuture<@Nullable Void> caller : callers) {
                caller.get(30, TimeUnit.SECONDS);
            }
            callersThreads.shutdown();
        }
        assertThat(Files.exists(socket, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }

    @Test
    @DisplayName("a deleted socket file comes back, and clients with and without a connection are served")
    void deleted() throws Exception {
        Server server = new Server(false);
        try (KmsClient old = new KmsClient(socket)) {
            old.status();
            Files.delete(socket);
            await().until(() -> Files.exists(socket, LinkOption.NOFOLLOW_LINKS));

            assertThat(old.status().getHealthz()).isEqualTo("ok");
            try (KmsClient fresh = new KmsClient(socket)) {
                assertThat(fresh.status().getHealthz()).isEqualTo("ok");
            }
            assertThat(server.replaced).isNotDone();
        }
    }

    private EncryptResponse storedByAnotherNode(Path directory) {
        try (TestNode node = TestNode.quiet(directory.resolve("kms.sock"), kek);
                KmsClient client = node.connect()) {
            client.status();
            return client.encrypt(SEED);
        }
    }

    private static boolean drain(SocketKeeper keeper) {
        try {
            return keeper.drain(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Status.Code codeOf(ListenableFuture<?> call) throws Exception {
        try {
            call.get(30, TimeUnit.SECONDS);
            return Status.Code.OK;
        } catch (ExecutionException e) {
            return ((StatusRuntimeException) e.getCause()).getStatus().getCode();
        }
    }
}
