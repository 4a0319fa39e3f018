package io.trousseau.testkit;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** Makes every call of a handle as a {@link Call}. */
final class GuardedKek implements KekHandle {
    private final KekHandle kek;
    private final Duration limit;

    GuardedKek(KekHandle kek, Duration limit) {
        this.kek = kek;
        this.limit = limit;
    }

    @Override
    public KekTraits traits() {
        return kek.traits();
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        return call("wrap", () -> kek.wrap(plaintext, context, deadline));
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        return call("unwrap", () -> kek.unwrap(wrapped, context, deadline));
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        return call("describe", () -> kek.describe(deadline));
    }

    @Override
    public List<Finding> examine(Deadline deadline) {
        return call("examine", () -> kek.examine(deadline));
    }

    @Override
    public void close() {
        Object unused = call("close", () -> {
            kek.close();
            return Boolean.TRUE;
        });
    }

    @Override
    public String toString() {
        return kek.toString();
    }

    private <T> T call(String what, Supplier<T> body) {
        return Call.start(what, body).await(limit).get();
    }
}
