package io.trousseau.server.quickstart;

import io.trousseau.server.manifests.EncryptionConfiguration;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A kube-apiserver on loopback, and kubectl as its administrator. */
final class ApiServer implements AutoCloseable {
    private static final int KUBECTL_SECONDS = 60;

    private final Path kubectl;
    private final Path directory;
    private final Child process;

    private ApiServer(Path kubectl, Path directory, Child process) {
        this.kubectl = kubectl;
        this.directory = directory;
        this.process = process;
    }

    static ApiServer start(ClusterParts parts, Path directory, URI etcd, Path socket) throws IOException {
        int port = Loopback.freePorts(1).get(0);
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String token = HexFormat.of().formatHex(random);
        writeSecret(directory.resolve("tokens.csv"), token + ",administrator,administrator,system:masters\n");
        writeSecret(directory.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                clusters:
                - name: quickstart
                  cluster: {server: "https://127.0.0.1:%d", certificate-authority: certificates/apiserver.crt}
                users:
                - name: administrator
                  user: {token: "%s"}
                contexts:
                - name: quickstart
                  context: {cluster: quickstart, user: administrator}
                current-context: quickstart
                """.formatted(port, token));
        Files.writeString(directory.resolve("encryption-configuration.yaml"), EncryptionConfiguration.of(socket));
        writeServiceAccountKey(directory);
        Child process = Child.start(
                "kube-apiserver",
                directory.resolve("kube-apiserver.log"),
                List.of(
                        parts.apiserver().toString(),
                        "--etcd-servers=" + etcd,
                        "--bind-address=127.0.0.1",
                        "--secure-port=" + port,
                        "--cert-dir=" + directory.resolve("certificates"),
                        "--endpoint-reconciler-type=none",
                        "--service-cluster-ip-range=10.0.0.0/24",
                        "--service-account-issuer=https://kubernetes.default.svc",
                        "--service-account-key-file=" + directory.resolve("service-account.pub"),
                        "--service-account-signing-key-file=" + directory.resolve("service-account.key"),
                        "--token-auth-file=" + directory.resolve("tokens.csv"),
                        "--authorization-mode=RBAC",
                        // No controller makes service accounts here.
                        "--disable-admission-plugins=ServiceAccount",
                        "--encryption-provider-config=" + directory.resolve("encryption-configuration.yaml")));
        return new ApiServer(parts.kubectl(), directory, process);
    }

    private static void writeSecret(Path file, String content) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, content);
    }

    private static void writeServiceAccountKey(Path directory) throws IOException {
        KeyPair pair;
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            pair = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IOException("this Java has no elliptic curves", e);
        }
        writeSecret(
                directory.resolve("service-account.key"),
                pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        Files.writeString(
                directory.resolve("service-account.pub"),
                pem("PUBLIC KEY", pair.getPublic().getEncoded()));
    }

    private static String pem(String type, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
    }

    /** Whether it is ready, the plugin included. */
    boolean isReady() throws IOException, InterruptedException {
        process.mustRun();
        return Files.exists(directory.resolve("certificates/apiserver.crt"))
                && kubectl(null, List.of("get", "--raw", "/readyz")).exitCode() == 0;
    }

    /** Has it ask the plugin's Status, unless it did less than 20 s ago; its own turn comes once a minute. */
    void lookAtPlugin() throws IOException, InterruptedException {
        kubectl(null, List.of("get", "--raw", "/readyz/kms-providers"));
    }

    /** Whether it has met a key_id in a Status, by the hash under which its metrics know it. */
    boolean knows(String keyIdHash) throws IOException, InterruptedException {
        String sample = "apiserver_envelope_encryption_key_id_hash_status_last_timestamp_seconds{";
        return kubectl(
                                null,
                                List.of("get", "--raw", "/metrics"),
                                line -> line.startsWith(sample) && line.contains(keyIdHash))
                        .output()
                        .length()
                > 0;
    }

    /**
     * Runs kubectl and answers what it printed.
     *
     * @throws IOException if it fails, with its own words
     */
    String run(String... arguments) throws IOException, InterruptedException {
        return runWith(null, arguments);
    }

    /** As {@link #run}, with a file as standard input. */
    String runWith(@Nullable Path input, String... arguments) throws IOException, InterruptedException {
        Ended ended = kubectl(input, List.of(arguments));
        if (ended.exitCode() != 0) {
            throw new IOException("kubectl " + String.join(" ", arguments) + " failed: " + ended.output());
        }
        return ended.output();
    }

    private record Ended(int exitCode, String output) {}

    private Ended kubectl(@Nullable Path input, List<String> arguments) throws IOException, InterruptedException {
        return kubectl(input, arguments, line -> true);
    }

    private Ended kubectl(@Nullable Path input, List<String> arguments, Predicate<String> wanted)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                kubectl.toString(),
                "--kubeconfig=" + directory.resolve("kubeconfig"),
                "--cache-dir=" + directory.resolve("kubectl-cache"),
                "--request-timeout=" + KUBECTL_SECONDS + "s"));
        command.addAll(arguments);
        Process kubectlProcess = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Redirect.from((input == null ? Path.of("/dev/null") : input).toFile()))
                .start();
        try {
            StringBuilder output = new StringBuilder();
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(kubectlProcess.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (wanted.test(line)) {
                        output.append(line).append('\n');
                    }
                }
            }
            if (!kubectlProcess.waitFor(KUBECTL_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("kubectl did not end within " + KUBECTL_SECONDS + " s");
            }
            return new Ended(kubectlProcess.exitValue(), output.toString().strip());
        } finally {
            kubectlProcess.destroyForcibly();
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
