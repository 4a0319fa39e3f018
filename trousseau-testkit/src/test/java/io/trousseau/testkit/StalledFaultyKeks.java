package io.trousseau.testkit;

import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import java.util.List;

/** A KMS whose silence is scripted into the handles on it. */
final class StalledFaultyKeks implements Stall {
    private final List<FaultyKek> handles;

    private StalledFaultyKeks(List<FaultyKek> handles) {
        this.handles = handles;
    }

    static Stall of(List<FaultyKek> handles) {
        handles.forEach(handle -> handle.always(Fault.hang()));
        return new StalledFaultyKeks(List.copyOf(handles));
    }

    @Override
    public int held() {
        return handles.stream().mapToInt(FaultyKek::held).sum();
    }

    @Override
    public void close() {
        handles.forEach(FaultyKek::heal);
    }
}
