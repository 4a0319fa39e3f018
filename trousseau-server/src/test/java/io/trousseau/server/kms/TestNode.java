package io.trousseau.server.kms;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.trousseau.api.KekHandle;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringConfig;
import io.trousseau.core.member.Member;
import io.trousseau.server.socket.Listening;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A node of a cluster: one keyring with one member, served on a socket. */
public final class TestNode implements AutoCloseable {
    public static final ServerInterceptor NO_OBSERVER = new ServerInterceptor() {
        @Override
        public <I, O> ServerCall.Listener<I> interceptCall(
                ServerCall<I, O> call, Metadata headers, ServerCallHandler<I, O> next) {
            return next.startCall(call, headers);
        }
    };

    private final Path socket;
    private final FaultyKek kek;
    private final CurrentKeyring keyring;
    private final KmsServer server;
    private final Listening listening;

    private TestNode(Path socket, FaultyKek kek, Duration probeInterval, KmsProtocol protocol) {
        this.socket = socket;
        this.kek = kek;
        this.keyring = new CurrentKeyring(keyring(kek, probeInterval));
        this.server = new KmsServer(protocol, keyring, NO_OBSERVER);
        try {
            this.listening = server.listen(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A node that notices what happens to the key within about 50 ms. */
    public static TestNode watchful(Path socket, InMemoryKek kek) {
        return new TestNode(socket, new FaultyKek(kek.open()), Duration.ofMillis(50), KmsProtocol.V2);
    }

    /** A node that asks the KMS for nothing of its own accord once it has started. */
    public static TestNode quiet(Path socket, FaultyKek kek) {
        return new TestNode(socket, kek, Duration.ofHours(1), KmsProtocol.V2);
    }

    public static TestNode quiet(Path socket, InMemoryKek kek) {
        return quiet(socket, new FaultyKek(kek.open()));
    }

    public static TestNode quiet(Path socket, InMemoryKek kek, KmsProtocol protocol) {
        return new TestNode(socket, new FaultyKek(kek.open()), Duration.ofHours(1), protocol);
    }

    public static Keyring keyring(KekHandle kek, Duration probeInterval) {
        return Keyring.open(
                KeyringConfig.named("test").probeInterval(probeInterval).build(1),
                List.of(Member.of("a", "memory", kek)));
    }

    public Path socket() {
        return socket;
    }

    public FaultyKek kek() {
        return kek;
    }

    public CurrentKeyring keyring() {
        return keyring;
    }

    public KmsServer server() {
        return server;
    }

    public KmsClient connect() {
        return new KmsClient(socket);
    }

    @Override
    public void close() {
        listening.close();
        server.close();
        keyring.close();
    }
}
