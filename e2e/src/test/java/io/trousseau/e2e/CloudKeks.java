package io.trousseau.e2e;

import io.trousseau.testkit.aws.FakeAwsCredentials;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsKms;
import io.trousseau.testkit.aws.LocalStack;
import io.trousseau.testkit.azure.AzureFault;
import io.trousseau.testkit.azure.FakeEntra;
import io.trousseau.testkit.azure.FakeKeyVault;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import io.trousseau.testkit.gcp.GoogleFault;
import io.trousseau.testkit.gcp.GoogleOperation;
import io.trousseau.testkit.tls.TestCa;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/** A key in each kind of KMS, as members of one keyring that the test takes away, each in another way, and gives back. */
final class CloudKeks {
    private static final String REGION = "eu-central-1";

    private CloudKeks() {}

    /** A member whose KMS ends with the test. */
    interface Closeable extends ComingAndGoing, AutoCloseable {
        @Override
        void close();
    }

    private abstract static class Named implements Closeable {
        private final String name;
        private final Plugin.Member member;

        Named(String name, Plugin.Member member) {
            this.name = name;
            this.member = member;
        }

        @Override
        public Plugin.NamedMember member() {
            return member.named(name);
        }
    }

    /** A real OpenBao; away: killed. */
    static Closeable vault(Path workspace) {
        VaultKek kek = VaultKek.start("vault", workspace);
        return new Named("vault", kek.member()) {
            @Override
            public void takeAway() {
                kek.server().kill();
            }

            @Override
            public void giveBack() {
                kek.server().start();
                kek.server().unseal();
            }

            @Override
            public void rotate() {
                kek.rotate();
            }

            @Override
            public void close() {
                kek.close();
            }
        };
    }

    /** A real LocalStack, which never says that its key was rotated; away: frozen. */
    static Closeable localStack(Path workspace) {
        LocalStack server = LocalStack.start();
        String key;
        try (KmsClient admin = KmsClient.builder()
                .region(Region.of(REGION))
                .endpointOverride(server.endpoint())
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.create())
                .build()) {
            key = admin.createKey().keyMetadata().arn();
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return new Named("aws", awsMember(key, server.endpoint(), "test", "test", workspace)) {
            @Override
            public void takeAway() {
                server.process().pause();
            }

            @Override
            public void giveBack() {
                server.process().resume();
            }

            @Override
            public void rotate() {
                throw new UnsupportedOperationException("LocalStack names no key material");
            }

            @Override
            public void close() {
                server.close();
            }
        };
    }

    /** AWS KMS in this JVM; away: its connections are refused. */
    static Closeable aws(Path workspace) {
        FakeAwsKms kms = FakeAwsKms.start(REGION);
        FakeAwsKey key = kms.createKey(REGION);
        FakeAwsCredentials user = kms.iam().addUser("trousseau");
        return new Named(
                "aws",
                awsMember(
                        key.arn(),
                        kms.region(REGION).endpoint(),
                        user.accessKeyId(),
                        user.secretAccessKey(),
                        workspace)) {
            @Override
            public void takeAway() {
                kms.region(REGION).down();
            }

            @Override
            public void giveBack() {
                kms.region(REGION).up();
            }

            @Override
            public void rotate() {
                key.rotate();
            }

            @Override
            public void close() {
                kms.close();
            }
        };
    }

    private static Plugin.Member awsMember(
            String key, URI endpoint, String accessKeyId, String secretAccessKey, Path workspace) {
        Path credentials = secretFile(
                workspace,
                "aws-credentials",
                "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
                        .formatted(accessKeyId, secretAccessKey));
        return new Plugin.Member(
                "aws",
                Map.of(
                        "key",
                        quoted(key),
                        "regions",
                        "[" + REGION + "]",
                        "endpoints",
                        "[" + quoted(endpoint.toString()) + "]",
                        "stsEndpoints",
                        "[" + quoted(endpoint.toString()) + "]",
                        "credentials",
                        "profile",
                        "credentialsFile",
                        quoted(credentials.toString())));
    }

    /** Google Cloud KMS in this JVM, over gRPC; away: every call is cut off. */
    static Closeable gcp() {
        String name = "projects/e2e/locations/europe-west3/keyRings/kubernetes/cryptoKeys/etcd";
        List<GoogleOperation> used =
                List.of(GoogleOperation.ENCRYPT, GoogleOperation.DECRYPT, GoogleOperation.GET_CRYPTO_KEY);
        FakeGoogleKms kms = FakeGoogleKms.start();
        kms.createKey(name);
        return new Named("gcp", new Plugin.Member("gcp", Map.of("key", name, "endpoint", quoted(kms.endpoint())))) {
            @Override
            public void takeAway() {
                used.forEach(operation -> kms.always(operation, GoogleFault.drop()));
            }

            @Override
            public void giveBack() {
                kms.heal();
            }

            @Override
            public void rotate() {
                kms.rotate(name);
            }

            @Override
            public void close() {
                kms.close();
            }
        };
    }

    /** Azure Key Vault and Entra ID in this JVM, over HTTPS; away: 503 to everything. */
    static Closeable azure(Path workspace) {
        TestCa ca = TestCa.create("e2e");
        FakeEntra entra = FakeEntra.start(ca, InstantSource.system());
        FakeKeyVault vault = FakeKeyVault.vault(ca, entra, InstantSource.system());
        vault.createRsaKey("etcd", 3072);
        entra.secret("e2e", "the-secret-of-the-application");
        Map<String, String> config = new HashMap<>();
        config.put("key", quoted(vault.keyUrl("etcd")));
        config.put("cloud", "custom");
        config.put("authorityHost", quoted(entra.url()));
        config.put("resource", quoted(vault.resource()));
        config.put("auth", "client-secret");
        config.put("tenantId", quoted(entra.tenant()));
        config.put("clientId", "e2e");
        config.put(
                "clientSecretFile",
                quoted(secretFile(workspace, "azure-secret", "the-secret-of-the-application\n")
                        .toString()));
        config.put(
                "caFile", quoted(secretFile(workspace, "azure-ca.pem", ca.pem()).toString()));
        return new Named("azure", new Plugin.Member("azure", config)) {
            @Override
            public void takeAway() {
                for (String operation : List.of("get", "wrapkey", "unwrapkey")) {
                    vault.always(operation, AzureFault.status(503, "ServiceUnavailable"));
                }
            }

            @Override
            public void giveBack() {
                vault.heal();
            }

            @Override
            public void rotate() {
                vault.rotate("etcd");
            }

            @Override
            public void close() {
                vault.close();
                entra.close();
            }
        };
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private static Path secretFile(Path workspace, String name, String content) {
        Path file = workspace.resolve(name);
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
