package io.trousseau.testkit;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract, held by a handle with one defect. Run only by {@link KekHandleContractTest}. */
class SpoiltKek extends KekHandleContract {
    /** The configuration parameter that names the {@link Defect}. */
    static final String DEFECT = "trousseau.testkit.defect";

    @RegisterExtension
    final BeforeEachCallback reader = test ->
            defect = Defect.valueOf(test.getConfigurationParameter(DEFECT).orElseThrow());

    private final InMemoryKek kms = InMemoryKek.create("kek-a");
    private final List<FaultyKek> handles = new ArrayList<>();
    private final Set<KekHandle> opened = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private @Nullable Defect defect;
    private @Nullable InMemoryKek other;

    @Override
    protected KekHandle openKek(ProviderContext context) {
        FaultyKek handle = new FaultyKek(kms.open());
        handles.add(handle);
        return defect().spoil(handle, new Defect.World(kms, other(), opened, count, context.logger()));
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) {
        return other().open();
    }

    @Override
    protected void rotateKek() {
        kms.rotate();
    }

    @Override
    protected void disableKek() {
        kms.disable();
    }

    @Override
    protected Stall stallKms() {
        return StalledFaultyKeks.of(handles);
    }

    @Override
    protected List<String> secrets() {
        return List.of(Defect.World.TOKEN);
    }

    /** Short, because some defects use all of it. */
    @Override
    protected Duration patience() {
        return Duration.ofSeconds(2);
    }

    private Defect defect() {
        return Objects.requireNonNull(defect);
    }

    private InMemoryKek other() {
        if (other == null) {
            other = defect().otherKek();
        }
        return other;
    }
}
