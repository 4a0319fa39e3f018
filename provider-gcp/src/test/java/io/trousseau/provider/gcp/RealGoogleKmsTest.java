package io.trousseau.provider.gcp;

import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.kms.v1.KeyManagementServiceGrpc;
import com.google.cloud.kms.v1.KeyManagementServiceGrpc.KeyManagementServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.auth.MoreCallCredentials;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The same on a real account, for whoever has one: {@code -Dtrousseau.it.gcp.key=projects/…/cryptoKeys/…}, with
 * application default credentials. {@code -Dtrousseau.it.gcp.versions=true} lets the tests make and destroy versions of
 * the key.
 */
@DisplayName("Google Cloud KMS")
@EnabledIfSystemProperty(named = RealGoogleKmsTest.KEY_PROPERTY, matches = "projects/.+")
class RealGoogleKmsTest extends GoogleKmsContract {
    static final String KEY_PROPERTY = "trousseau.it.gcp.key";

    private static ManagedChannel channel;
    private static KeyManagementServiceBlockingStub stub;

    @BeforeAll
    static void connect() throws IOException {
        channel = NettyChannelBuilder.forTarget("dns:///cloudkms.googleapis.com:443")
                .build();
        stub = KeyManagementServiceGrpc.newBlockingStub(channel)
                .withCallCredentials(MoreCallCredentials.from(
                        GoogleCredentials.getApplicationDefault().createScoped(BearerTokens.SCOPE)));
    }

    @AfterAll
    static void disconnect() {
        channel.shutdownNow();
    }

    @Override
    KeyManagementServiceBlockingStub stub() {
        return stub;
    }

    @Override
    String key() {
        return System.getProperty(KEY_PROPERTY);
    }

    @Override
    boolean mayChangeVersions() {
        return Boolean.getBoolean("trousseau.it.gcp.versions");
    }
}
