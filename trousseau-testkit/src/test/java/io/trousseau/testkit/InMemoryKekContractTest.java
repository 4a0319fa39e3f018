package io.trousseau.testkit;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import java.util.ArrayList;
import java.util.List;

/** The correct KEK, behind a script that can stall it: every hook is there, so that every test runs. */
class InMemoryKekContractTest extends KekHandleContract {
    private final InMemoryKek kms = InMemoryKek.create("kek-a");
    private final List<FaultyKek> handles = new ArrayList<>();

    @Override
    protected KekHandle openKek(ProviderContext context) {
        FaultyKek handle = new FaultyKek(kms.open());
        handles.add(handle);
        return handle;
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) {
        return InMemoryKek.create("kek-b").open();
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
}
