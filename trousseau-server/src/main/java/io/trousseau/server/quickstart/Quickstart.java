package io.trousseau.server.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.trousseau.api.KekVersion;
import io.trousseau.server.client.KmsClient;
import io.trousseau.server.etcd.StoredObject;
import io.trousseau.server.kms.v2.StatusResponse;
import io.trousseau.server.quickstart.ApiServerStandIn.Primed;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** A server with a key in a temporary directory, and what kube-apiserver would do with it. */
final class Quickstart {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Sandbox sandbox;
    private final Narration narration;
    private final String version;
    private final Optional<Path> socket;

    Quickstart(Sandbox sandbox, Narration narration, String version, Optional<Path> socket) {
        this.sandbox = sandbox;
        this.narration = narration;
        this.version = version;
        this.socket = socket;
    }

    void run() throws Exception {
        long start = System.nanoTime();
        narration.title("Trousseau " + version + ": a Secret, encrypted as kube-apiserver has it encrypted");
        KmsClient kms = server(sandbox, narration, version, socket);
        ApiServerStandIn apiserver = new ApiServerStandIn(kms);

        narration.step("Write a Secret");
        narration.aside("over the socket, with the calls and the checks of kube-apiserver 1.29 and newer");
        Primed primed = apiserver.prime();
        narration.done("Status    version " + primed.status().getVersion() + ", healthz ok, key_id");
        narration.say("            " + narration.style().mark(primed.status().getKeyId()));
        narration.done("Encrypt   a random seed of 32 bytes: same key_id, within every limit");
        byte[] value = ApiServerStandIn.write(primed, Sample.PATH, Sample.json());
        Sample.show(narration, value, StoredObject.parse(value));
        hidden(value);

        narration.step("Read it back");
        narration.aside("from those " + value.length + " bytes and the plugin alone");
        readable(apiserver, value);
        narration.done("Decrypt   gives the seed, and the seed the Secret: " + Sample.KEY + ": " + Sample.VALUE);
        tampered(apiserver, value);

        if (socket.isEmpty()) {
            rotate(kms, apiserver, primed, value);
        }

        Duration took = Duration.ofNanos(System.nanoTime() - start);
        narration.section("That was all, in " + seconds(took) + "; nothing of it stays on this machine.");
        narration.say("With a real etcd, kube-apiserver and kubectl:");
        narration.command("trousseau quickstart --cluster" + (socket.isPresent() ? " --config FILE" : ""));
        next(narration, socket);
    }

    private void rotate(KmsClient kms, ApiServerStandIn apiserver, Primed primed, byte[] value) throws Exception {
        narration.step("Rotate the key");
        narration.command("trousseau rotate " + sandbox.keyFile());
        KekVersion rotated = sandbox.rotateKey();
        narration.say("version " + rotated.version() + " wraps from now on");
        String before = primed.status().getKeyId();
        String after = newKeyId(kms, narration, before);
        narration.done("Status    another key_id, by which kube-apiserver sees that data is stale");
        narration.say("            " + narration.style().mark(after));
        readable(apiserver, value);
        narration.done("Decrypt   still opens what was written before");
        Primed again = apiserver.prime();
        byte[] rewritten = ApiServerStandIn.write(again, Sample.PATH, Sample.json());
        readable(apiserver, rewritten);
        String stored = StoredObject.parse(rewritten).object().getKeyId();
        if (!stored.equals(after)) {
            throw new IllegalStateException("written again, the Secret has the key_id " + stored);
        }
        narration.done("Encrypt   written anew, the Secret has that key_id and reads back");
    }

    static void next(Narration narration, Optional<Path> socket) {
        if (socket.isPresent()) {
            narration.say("In a cluster of yours:");
            narration.command("trousseau manifests --config FILE");
            return;
        }
        narration.say("In a cluster of yours: write a configuration like the one above, then");
        narration.command("trousseau config validate trousseau.yaml");
        narration.command("trousseau manifests --config trousseau.yaml");
    }

    /** The server at {@code socket}; without one, a new server with a new key. */
    static KmsClient server(Sandbox sandbox, Narration narration, String version, Optional<Path> socket)
            throws Exception {
        if (socket.isPresent()) {
            return runningServer(sandbox, narration, socket.get());
        }
        makeKey(sandbox, narration);
        return startServer(sandbox, narration, version);
    }

    private static KmsClient runningServer(Sandbox sandbox, Narration narration, Path socket) throws Exception {
        narration.step("Find the server that runs");
        KmsClient kms = sandbox.started(new KmsClient(socket));
        StatusResponse status = narration.await("a healthy server on " + socket, PATIENCE, () -> {
            try {
                return Optional.of(kms.status())
                        .filter(answer -> answer.getHealthz().equals("ok"));
            } catch (StatusRuntimeException e) {
                // It may be about to start.
                return Optional.empty();
            }
        });
        narration.done("on " + socket + ", healthy, key_id");
        narration.say("  " + narration.style().mark(status.getKeyId()));
        return kms;
    }

    private static void makeKey(Sandbox sandbox, Narration narration) throws Exception {
        narration.step("Make a key");
        narration.command("trousseau keygen " + sandbox.keyFile());
        KekVersion made = sandbox.makeKey();
        narration.done(made.identity() + ", version " + made.version());
        narration.aside("A key in a file is for trying out. In production it stays inside a KMS.");
    }

    private static KmsClient startServer(Sandbox sandbox, Narration narration, String version) throws Exception {
        narration.step("Start the server");
        sandbox.configure().lines().forEach(narration::aside);
        narration.command("trousseau serve --config " + sandbox.configuration());
        long start = System.nanoTime();
        sandbox.serve(version);
        KmsClient kms = sandbox.started(new KmsClient(sandbox.socket()));
        narration.await(
                "the server to be healthy",
                PATIENCE,
                () -> Optional.of(kms.status())
                        .filter(status -> status.getHealthz().equals("ok")));
        narration.done("healthy after " + seconds(Duration.ofNanos(System.nanoTime() - start)));
        return kms;
    }

    static String newKeyId(KmsClient kms, Narration narration, String before) throws Exception {
        return narration.await(
                "the server to see the new version",
                PATIENCE,
                () -> Optional.of(kms.status().getKeyId()).filter(now -> !now.isEmpty() && !now.equals(before)));
    }

    private void hidden(byte[] value) {
        if (Sample.isVisibleIn(value)) {
            throw new IllegalStateException("the password is visible in what etcd would hold");
        }
        narration.done("the password is nowhere in those " + value.length + " bytes, not in Base64 either");
    }

    private static void readable(ApiServerStandIn apiserver, byte[] value) throws Exception {
        String read = new String(apiserver.read(Sample.PATH, value), UTF_8);
        if (!read.equals(new String(Sample.json(), UTF_8))) {
            throw new IllegalStateException("what was read is not what was written");
        }
    }

    private void tampered(ApiServerStandIn apiserver, byte[] value) throws Exception {
        StoredObject stored = StoredObject.parse(value);
        byte[] sealed = stored.object().getEncryptedDekSource().toByteArray();
        sealed[sealed.length - 1] ^= 1;
        byte[] changed = new StoredObject(
                        stored.plugin(),
                        stored.object().toBuilder()
                                .setEncryptedDekSource(ByteString.copyFrom(sealed))
                                .build())
                .toBytes();
        try {
            apiserver.read(Sample.PATH, changed);
        } catch (StatusRuntimeException e) {
            narration.done("Decrypt   refuses it once a bit is changed: "
                    + e.getStatus().getCode());
            return;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the plugin opened a changed seed", e);
        }
        throw new IllegalStateException("the plugin opened a changed seed");
    }

    static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }
}
