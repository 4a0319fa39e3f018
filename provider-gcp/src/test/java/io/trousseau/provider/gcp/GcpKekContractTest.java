package io.trousseau.provider.gcp;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.KekHandleContract;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

class GcpKekContractTest extends KekHandleContract {
    private static final String RING = "projects/acme-prod/locations/europe-west3/keyRings/kubernetes/cryptoKeys/";

    private FakeGoogleKms kms;

    @BeforeEach
    void start() {
        kms = FakeGoogleKms.start();
        kms.createKey(RING + "payments");
        kms.createKey(RING + "other");
    }

    @AfterEach
    void stop() {
        kms.close();
    }

    @Override
    protected KekHandle openKek(ProviderContext context) {
        return open("payments", context);
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) {
        return open("other", context);
    }

    @Override
    protected void rotateKek() {
        kms.rotate(RING + "payments");
    }

    @Override
    protected void disableKek() {
        kms.disable(RING + "payments", 1);
    }

    @Override
    protected Stall stallKms() {
        return kms.stall();
    }

    private KekHandle open(String key, ProviderContext context) {
        return new GcpKmsProvider()
                .open(ProviderConfig.of(Map.of("key", RING + key, "endpoint", kms.endpoint())), context);
    }
}
