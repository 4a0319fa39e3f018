package io.trousseau.testkit.kek;

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

/**
 * Does what another handle does; a subclass overrides the one thing in which a test wants it to differ. For what goes wrong
 * for a while there is {@link FaultyKek}.
 *
 * <p>As safe for use by several threads as the handle behind it.
 */
public abstract class ForwardingKek implements KekHandle {
    private final KekHandle real;

    /**
     * Forwards everything.
     *
     * @param real closed with this handle
     */
    protected ForwardingKek(KekHandle real) {
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

    @Override
    public String toString() {
        return real.toString();
    }
}
