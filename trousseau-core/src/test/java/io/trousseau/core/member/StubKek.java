package io.trousseau.core.member;

import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** A handle of which every operation does what a test says, then answers; it breaks promises that real ones keep. */
final class StubKek implements KekHandle {
    static final KekVersion VERSION = new KekVersion("stub", "1");

    private Supplier<Optional<Throwable>> next = Optional::empty;
    private boolean answersNothing;
    private boolean failsToClose;
    int calls;
    boolean closed;

    static StubKek answering() {
        return new StubKek();
    }

    /** Every call throws; of whatever class, declared or not. */
    static StubKek throwing(Throwable failure) {
        StubKek kek = new StubKek();
        kek.next = () -> Optional.of(failure);
        return kek;
    }

    /** Call number n throws {@code codes[n - 1]}, later ones answer. */
    static StubKek failing(KmsException... failures) {
        StubKek kek = new StubKek();
        kek.next =
                () -> kek.calls <= failures.length ? Optional.of(failures[kek.calls - 1]) : Optional.<Throwable>empty();
        return kek;
    }

    static StubKek answeringNothing() {
        StubKek kek = new StubKek();
        kek.answersNothing = true;
        return kek;
    }

    static StubKek failingToClose() {
        StubKek kek = new StubKek();
        kek.failsToClose = true;
        return kek;
    }

    @Override
    public KekTraits traits() {
        return new KekTraits(Set.of(Capability.AUTHENTICATED), 64, 92);
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        return enter(new WrapResult(new byte[] {1}, Optional.empty()));
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        return enter(new UnwrapResult(new byte[] {2}, Optional.empty()));
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        return enter(new KekDescription(VERSION, KekDescription.State.ENABLED, "none", Optional.empty()));
    }

    @Override
    public void close() {
        closed = true;
        if (failsToClose) {
            throw new IllegalStateException("defect");
        }
    }

    @SuppressWarnings("NullAway")
    private <T> T enter(T answer) {
        calls++;
        next.get().ifPresent(StubKek::sneak);
        return answersNothing ? null : answer;
    }

    /** Throws what no signature declares, as code in other languages of the JVM may. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable failure) throws E {
        throw (E) failure;
    }
}
