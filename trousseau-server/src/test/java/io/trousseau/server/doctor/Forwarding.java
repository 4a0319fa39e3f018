package io.trousseau.server.doctor;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.util.List;

/** Does what another handle does; a test overrides what it spoils. */
class Forwarding implements KekHandle {
    private final KekHandle real;

    Forwarding(KekHandle real) {
        this.real = real;
    }

    @Override
    public KekTraits traits() {
        return real.traits();
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        return real.wrap(plaintext, context, deadline);
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        return real.unwrap(wrapped, context, deadline);
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        return real.describe(deadline);
    }

    @Override
    public List<Finding> examine(Deadline deadline) {
        return real.examine(deadline);
    }

    @Override
    public void close() {
        real.close();
    }
}
