package io.trousseau.testkit;

import io.trousseau.api.Capability;
import java.util.Set;

/** A correct KEK that declares no capability. */
class PlainKekContractTest extends InMemoryKekContractTest {
    @Override
    Set<Capability> capabilities() {
        return Set.of();
    }
}
