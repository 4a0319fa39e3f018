package io.trousseau.core.member;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.core.member.CallListener.Operation;
import java.util.List;
import java.util.function.Function;

/** A decorator: every operation goes through {@link #around}, everything else to the decorated handle. */
abstract class ForwardingKek implements KekHandle {
    private final KekHandle inner;

    ForwardingKek(KekHandle inner) {
        this.inner = inner;
    }

    /**
     * Performs {@code call}, once or several times or not at all.
     *
     * @param operation what is asked
     * @param deadline the caller's
     * @param call one attempt at the decorated handle within a deadline
     */
    abstract <T> T around(Operation operation, Deadline deadline, Function<Deadline, T> call);

    @Override
    public final KekTraits traits() {
        return inner.traits();
    }

    @Override
    public final WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        return around(Operation.WRAP, deadline, d -> inner.wrap(plaintext, context, d));
    }

    @Override
    public final UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        return around(Operation.UNWRAP, deadline, d -> inner.unwrap(wrapped, context, d));
    }

    @Override
    public final KekDescription describe(Deadline deadline) {
        return around(Operation.DESCRIBE, deadline, inner::describe);
    }

    @Override
    public final List<Finding> examine(Deadline deadline) {
        return inner.examine(deadline);
    }

    @Override
    public final void close() {
        inner.close();
    }
}
