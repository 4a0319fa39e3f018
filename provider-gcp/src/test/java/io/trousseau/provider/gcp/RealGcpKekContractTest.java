package io.trousseau.provider.gcp;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.KekHandleContract;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The contract of the provider on a real account; see {@link RealGoogleKmsTest}. Some thousand calls. */
@EnabledIfSystemProperty(named = RealGoogleKmsTest.KEY_PROPERTY, matches = "projects/.+")
class RealGcpKekContractTest extends KekHandleContract {
    @Override
    protected KekHandle openKek(ProviderContext context) {
        return new GcpKmsProvider()
                .open(ProviderConfig.of(Map.of("key", System.getProperty(RealGoogleKmsTest.KEY_PROPERTY))), context);
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(15);
    }
}
