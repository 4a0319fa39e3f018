package io.trousseau.provider.azure;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.KekHandleContract;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.azure.FakeKeyVault;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What every KEK handle must hold, for each algorithm on the fake, with the official client in between. */
abstract class AzureKekContract extends KekHandleContract {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @TempDir
    static Path folder;

    private static FakeAzure azure;

    private final String name = "kek-" + NUMBER.incrementAndGet();
    private boolean made;

    @BeforeAll
    static void start() {
        azure = new FakeAzure(folder, InstantSource.system());
    }

    @AfterAll
    static void stop() {
        azure.close();
    }

    abstract String algorithm();

    abstract void create(FakeKeyVault where, String key);

    FakeKeyVault where(FakeAzure azure) {
        return azure.vault;
    }

    @Override
    protected KekHandle openKek(ProviderContext context) {
        if (!made) {
            create(where(azure), name);
            made = true;
        }
        return open(name, context);
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) {
        create(where(azure), name + "-other");
        return open(name + "-other", context);
    }

    @Override
    protected void rotateKek() {
        where(azure).rotate(name);
    }

    @Override
    protected void disableKek() {
        where(azure).enable(name, false);
    }

    @Override
    protected Stall stallKms() {
        return where(azure).stall();
    }

    @Override
    protected List<String> secrets() {
        return azure.secrets();
    }

    private KekHandle open(String key, ProviderContext context) {
        Map<String, Object> settings = azure.settings(where(azure), key);
        settings.put("algorithm", algorithm());
        return FakeAzure.open(settings, context);
    }
}
