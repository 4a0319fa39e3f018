package io.trousseau.testkit;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.kek.InMemoryKek;
import java.util.Set;

/** A correct KEK that declares no capability. */
class PlainKekContractTest extends KekHandleContract {
    private final InMemoryKek kms = InMemoryKek.create("kek-a", Set.of());

    @Override
    protected KekHandle openKek(ProviderContext context) {
        return kms.open();
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) {
        return InMemoryKek.create("kek-b", Set.of()).open();
    }

    @Override
    protected void rotateKek() {
        kms.rotate();
    }
}
