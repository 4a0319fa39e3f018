package io.trousseau.server.quickstart;

import io.trousseau.api.KekVersion;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.server.client.KmsClient;
import io.trousseau.server.etcd.StoredObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;

/** The same as {@link Quickstart}, with the real etcd, kube-apiserver and kubectl. */
final class ClusterQuickstart {
    private static final Duration PATIENCE = Duration.ofSeconds(150);
    private static final Duration ETCD_PATIENCE = Duration.ofSeconds(30);

    private final Sandbox sandbox;
    private final Narration narration;
    private final String version;
    private final ClusterParts parts;
    private final Optional<Path> socket;

    ClusterQuickstart(Sandbox sandbox, Narration narration, String version, ClusterParts parts, Optional<Path> socket) {
        this.sandbox = sandbox;
        this.narration = narration;
        this.version = version;
        this.parts = parts;
        this.socket = socket;
    }

    void run() throws Exception {
        long start = System.nanoTime();
        narration.title("Trousseau " + version + ": a Secret in a real Kubernetes, encrypted");
        KmsClient kms = Quickstart.server(sandbox, narration, version, socket);
        Etcd etcd = startEtcd();
        ApiServer apiserver = startApiServer(etcd);

        narration.step("Create a Secret");
        narration.command("kubectl create secret generic " + Sample.NAME + " --from-literal=" + Sample.KEY + "='"
                + Sample.VALUE + "'");
        narration.say(apiserver.run(
                "create", "secret", "generic", Sample.NAME, "--from-literal=" + Sample.KEY + "=" + Sample.VALUE));
        narration.aside("what etcd has under " + Sample.PATH + ":");
        byte[] value = etcd.value(Sample.PATH);
        StoredObject stored = StoredObject.parse(value);
        Sample.show(narration, value, stored);
        hidden(value);

        narration.step("Read it back");
        readBack(apiserver);

        if (socket.isEmpty()) {
            rotate(kms, etcd, apiserver, stored.object().getKeyId());
        }

        Duration took = Duration.ofNanos(System.nanoTime() - start);
        narration.section("That was all, in " + Quickstart.seconds(took) + "; nothing of it stays on this machine.");
        Quickstart.next(narration, socket);
    }

    private void rotate(KmsClient kms, Etcd etcd, ApiServer apiserver, String before) throws Exception {
        narration.step("Rotate the key");
        narration.command("trousseau rotate " + sandbox.keyFile());
        KekVersion rotated = sandbox.rotateKey();
        narration.say("version " + rotated.version() + " wraps from now on");
        String after = Quickstart.newKeyId(kms, narration, before);
        narration.done(
                "the plugin's Status has the new key_id " + narration.style().mark(after));
        String hash = new KeyId(after).hash();
        narration.await("kube-apiserver to ask for Status again, within 20 s", PATIENCE, () -> {
            apiserver.lookAtPlugin();
            return apiserver.knows(hash) ? Optional.of(true) : Optional.empty();
        });
        narration.done("kube-apiserver knows it as " + hash.substring(0, 19) + "...");

        narration.step("Have the Secret written anew");
        narration.command("kubectl get secret " + Sample.NAME + " -o json | kubectl replace -f -");
        Path copy = sandbox.directory().resolve("secret.json");
        Files.writeString(copy, apiserver.run("get", "secret", Sample.NAME, "-o", "json"));
        narration.say(apiserver.runWith(copy, "replace", "-f", "-"));
        byte[] rewritten = etcd.value(Sample.PATH);
        String keyId = StoredObject.parse(rewritten).object().getKeyId();
        if (!keyId.equals(after)) {
            throw new IllegalStateException("written anew, the Secret has the key_id " + keyId + " in etcd");
        }
        narration.say("keyID in etcd was  " + before);
        narration.say("           and is  " + narration.style().mark(keyId));
        hidden(rewritten);
        readBack(apiserver);
    }

    private Etcd startEtcd() throws Exception {
        narration.step("Start etcd and kube-apiserver");
        Etcd etcd = sandbox.started(Etcd.start(parts.etcd(), sandbox.directory()));
        narration.await("etcd", ETCD_PATIENCE, () -> etcd.isHealthy() ? Optional.of(true) : Optional.empty());
        narration.done("etcd answers");
        return etcd;
    }

    private ApiServer startApiServer(Etcd etcd) throws Exception {
        long start = System.nanoTime();
        narration.aside("with what \"trousseau manifests\" writes as its EncryptionConfiguration");
        ApiServer apiserver = sandbox.started(
                ApiServer.start(parts, sandbox.directory(), etcd.address(), socket.orElse(sandbox.socket())));
        narration.await(
                "kube-apiserver to be ready",
                PATIENCE,
                () -> apiserver.isReady() ? Optional.of(true) : Optional.empty());
        narration.done(
                "kube-apiserver is ready after " + Quickstart.seconds(Duration.ofNanos(System.nanoTime() - start))
                        + ", and has made its first seed with the plugin");
        return apiserver;
    }

    private void hidden(byte[] value) {
        if (Sample.isVisibleIn(value)) {
            throw new IllegalStateException("the password is visible in what etcd holds");
        }
        narration.done("the password is nowhere in those " + value.length + " bytes, not in Base64 either");
    }

    private void readBack(ApiServer apiserver) throws Exception {
        narration.command(
                "kubectl get secret " + Sample.NAME + " -o jsonpath='{.data." + Sample.KEY + "}' | base64 -d");
        String base64 = apiserver.run("get", "secret", Sample.NAME, "-o", "jsonpath={.data." + Sample.KEY + "}");
        String read = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        if (!read.equals(Sample.VALUE)) {
            throw new IllegalStateException("what was read is not what was written");
        }
        narration.say(read);
    }
}
