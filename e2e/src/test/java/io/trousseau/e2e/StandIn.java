package io.trousseau.e2e;

import io.trousseau.testkit.azure.FakeEntra;
import io.trousseau.testkit.azure.FakeKeyVault;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import io.trousseau.testkit.tls.TestCa;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.InstantSource;
import java.util.Base64;
import java.util.UUID;
import java.util.function.Supplier;

/** What {@code e2e/stand-in} runs: a cloud's KMS for a person who has no account there. */
final class StandIn {
    private static final String CA_FILE = "ca.pem";

    private StandIn() {}

    /**
     * A KMS that serves.
     *
     * @param config what a member's {@code config} must be, in one line of YAML
     * @param rotate rotates the key and answers the new version's name
     */
    private record Kms(String config, Supplier<String> rotate) {}

    /** Serves until the process is ended. */
    public static void main(String[] arguments) throws IOException, GeneralSecurityException, InterruptedException {
        Kms kms = switch (arguments[0]) {
            case "gcp" -> googleCloudKms();
            case "azure" -> azureKeyVault();
            default -> throw new IllegalArgumentException(arguments[0]);
        };
        onHangUp(() -> System.err.println("stand-in: the key has a new version, "
                + kms.rotate().get() + "; what the old ones encrypted stays readable"));
        System.out.println(kms.config());
        Thread.currentThread().join();
    }

    private static Kms googleCloudKms() throws IOException, GeneralSecurityException {
        String key = "projects/try/locations/europe-west3/keyRings/kubernetes/cryptoKeys/secrets";
        TestCa ca = TestCa.create("stand-in for Google Cloud KMS");
        FakeGoogleKms kms = FakeGoogleKms.startTls(ca.server("localhost"));
        kms.createKey(key);
        Files.writeString(Path.of(CA_FILE), ca.pem());
        Files.writeString(Path.of("credentials.json"), serviceAccountKey());
        return new Kms(
                "{key: %s, endpoint: \"%s\", caFile: %s, credentialsFile: credentials.json}"
                        .formatted(key, kms.endpoint(), CA_FILE),
                () -> Integer.toString(kms.rotate(key)));
    }

    /** In the form of Google's. */
    private static String serviceAccountKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
        return """
                {
                  "type": "service_account",
                  "project_id": "try",
                  "private_key_id": "1",
                  "private_key": "-----BEGIN PRIVATE KEY-----\\n%s\\n-----END PRIVATE KEY-----\\n",
                  "client_email": "trousseau@try.iam.gserviceaccount.com",
                  "client_id": "1",
                  "token_uri": "https://oauth2.googleapis.com/token"
                }
                """.formatted(Base64.getEncoder().encodeToString(key));
    }

    private static Kms azureKeyVault() throws IOException {
        String key = "kubernetes";
        String client = UUID.randomUUID().toString();
        String secret = UUID.randomUUID().toString();
        TestCa ca = TestCa.create("stand-in for Azure");
        FakeEntra entra = FakeEntra.start(ca, InstantSource.system());
        entra.secret(client, secret);
        FakeKeyVault vault = FakeKeyVault.vault(ca, entra, InstantSource.system());
        vault.createRsaKey(key, 3072);
        Files.writeString(Path.of(CA_FILE), ca.pem());
        Files.writeString(Path.of("client-secret"), secret);
        return new Kms(
                ("{key: \"%s\", cloud: custom, authorityHost: \"%s\", resource: \"%s\", caFile: %s, auth: client-secret,"
                                + " tenantId: %s, clientId: %s, clientSecretFile: client-secret}")
                        .formatted(vault.keyUrl(key), entra.url(), vault.resource(), CA_FILE, entra.tenant(), client),
                () -> vault.rotate(key));
    }

    /** By reflection, since compiling against {@code sun.misc.Signal} is a warning that cannot be suppressed. */
    private static void onHangUp(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), proxy);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM does not let SIGHUP be handled", e);
        }
    }
}
