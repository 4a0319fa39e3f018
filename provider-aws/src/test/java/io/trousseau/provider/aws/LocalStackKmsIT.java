package io.trousseau.provider.aws;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.KeySpec;
import software.amazon.awssdk.services.kms.model.KeyUsageType;

@DisplayName("LocalStack's KMS")
class LocalStackKmsIT extends AwsKmsContract {
    @TempDir
    static Path folder;

    private static RealKms kms;
    private String key;

    @BeforeAll
    static void start() {
        kms = RealKms.localStack(folder);
    }

    @AfterAll
    static void stop() {
        kms.close();
    }

    @BeforeEach
    void createKey() {
        key = kms.createKey();
    }

    @Override
    protected KmsClient client() {
        return kms.admin();
    }

    @Override
    protected String key() {
        return key;
    }

    @Override
    protected boolean namesMaterial() {
        return false;
    }

    @Override
    protected Admin admin() {
        return new Admin() {
            @Override
            public String createKey() {
                return kms.createKey();
            }

            @Override
            public String createSigningKey() {
                return client().createKey(
                                asked -> asked.keySpec(KeySpec.ECC_NIST_P256).keyUsage(KeyUsageType.SIGN_VERIFY))
                        .keyMetadata()
                        .arn();
            }

            @Override
            public void alias(String alias, String named) {
                client().createAlias(asked -> asked.aliasName(alias).targetKeyId(named));
            }

            @Override
            public void rotate(String named) {
                client().rotateKeyOnDemand(asked -> asked.keyId(named));
            }

            @Override
            public void disable(String named) {
                client().disableKey(asked -> asked.keyId(named));
            }

            @Override
            public void scheduleDeletion(String named) {
                client().scheduleKeyDeletion(asked -> asked.keyId(named).pendingWindowInDays(7));
            }

            @Override
            public void cancelDeletion(String named) {
                client().cancelKeyDeletion(asked -> asked.keyId(named));
            }
        };
    }
}
