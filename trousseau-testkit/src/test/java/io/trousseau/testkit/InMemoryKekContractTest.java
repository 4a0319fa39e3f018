package io.trousseau.testkit;

import io.trousseau.api.Capability;
import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The correct KEK, behind a script that can stall it: every hook is there, so that every test runs. */
class InMemoryKekContractTest extends KekHandleContract {
    private final InMemoryKek kms = InMemoryKek.create("kek-a", capabilities());
    private final List<FaultyKek> handles = new ArrayList<>();

    Set<Capability> capabilities() {
        return EnumSet.allOf(Capability.class);
    }

    @Override
    protected KekHandle openKek(ProviderContext context) {
        FaultyKek handle = new FaultyKek(kms.open());
        handles.add(handle);
        return handle;
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) {
        return InMemoryKek.create("kek-b", capabilities()).open();
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
