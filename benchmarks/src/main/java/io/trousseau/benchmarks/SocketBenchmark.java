package io.trousseau.benchmarks;

import com.google.protobuf.ByteString;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.server.Serving;
import io.trousseau.server.client.KmsClient;
import io.trousseau.server.kms.v2.DecryptRequest;
import io.trousseau.server.kms.v2.DecryptResponse;
import io.trousseau.server.kms.v2.EncryptRequest;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.kms.v2.StatusResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long does kube-apiserver wait for an answer, and what becomes of that when it asks eight things at once?
 *
 * <p>The server is the one of {@code trousseau serve}, the client has one connection, as kube-apiserver has, and both are
 * in this process: their work adds up, and the figures are those of a Java client.
 */
@SuppressWarnings("NullAway.Init")
// gRPC is a lot to compile.
@Warmup(iterations = 10, time = 1)
public class SocketBenchmark extends Measured {
    private final EncryptRequest encrypt = EncryptRequest.newBuilder()
            .setPlaintext(ByteString.copyFrom(new byte[32]))
            .setUid("benchmark")
            .build();
    private DecryptRequest decrypt;
    private Scratch scratch;
    private Serving server;
    private KmsClient client;

    /** Starts the server and waits until it can seal. */
    @Setup
    public void serve() throws IOException, InterruptedException {
        scratch = new Scratch();
        Path socket = scratch.path("run").resolve("kms.sock");
        Path configuration =
                Files.writeString(scratch.path("trousseau.yaml"), """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: "%s"}
                admin: {address: none}
                log: {level: error}
                keyring:
                  name: benchmark
                  members:
                  - {name: local, provider: local, config: {keyFile: "%s"}}
                """.formatted(socket, scratch.keyFile()));
        server = Serving.start(configuration, ProviderCatalog.load(), false, "benchmark");
        client = new KmsClient(socket);
        client.status();
        EncryptResponse stored = encrypt();
        decrypt = DecryptRequest.newBuilder()
                .setCiphertext(stored.getCiphertext())
                .setKeyId(stored.getKeyId())
                .putAllAnnotations(stored.getAnnotationsMap())
                .setUid("benchmark")
                .build();
    }

    /** Stops the server. */
    @TearDown
    public void stop() throws IOException {
        client.close();
        server.close();
        scratch.close();
    }

    /** How long does a poll take? */
    @Benchmark
    public StatusResponse status() {
        return client.status();
    }

    /** How long does a write wait? */
    @Benchmark
    public EncryptResponse encrypt() {
        return client.encrypt(encrypt);
    }

    /** How long does a read wait? */
    @Benchmark
    public DecryptResponse decrypt() {
        return client.decrypt(decrypt);
    }

    /** How long does each of eight polls take? */
    @Benchmark
    @Threads(8)
    public StatusResponse statusOfEight() {
        return status();
    }

    /** How long does each of eight writes wait? */
    @Benchmark
    @Threads(8)
    public EncryptResponse encryptOfEight() {
        return encrypt();
    }

    /** How long does each of eight reads wait? */
    @Benchmark
    @Threads(8)
    public DecryptResponse decryptOfEight() {
        return decrypt();
    }
}
