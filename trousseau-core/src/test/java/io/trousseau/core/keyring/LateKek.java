package io.trousseau.core.keyring;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.kek.ForwardingKek;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * A handle that, from {@link #hold} on, has the answer to each unwrap in its hands and gives it away when it is let go,
 * whatever the deadline and whoever interrupts; it keeps what it answered in view.
 */
final class LateKek extends ForwardingKek {
    private final List<UnwrapResult> answers = new CopyOnWriteArrayList<>();
    private final List<byte[]> wrapped = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch free = new CountDownLatch(0);

    LateKek(KekHandle real) {
        super(real);
    }

    /** Holds the answers to come, and forgets those before. */
    void hold() {
        free = new CountDownLatch(1);
        answers.clear();
        wrapped.clear();
    }

    void letGo() {
        free.countDown();
    }

    /** What the answers since {@link #hold} hold now. */
    List<byte[]> plaintexts() {
        List<byte[]> plaintexts = new ArrayList<>();
        answers.forEach(answer -> plaintexts.add(answer.plaintext()));
        return plaintexts;
    }

    /** The arrays, not copies of them, that were given to wrap since {@link #hold}. */
    List<byte[]> wrapped() {
        return wrapped;
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        wrapped.add(plaintext);
        return super.wrap(plaintext, context, deadline);
    }

    @Override
    public UnwrapResult unwrap(WrappedKey key, WrapContext context, Deadline deadline) {
        UnwrapResult answer = super.unwrap(key, context, deadline);
        answers.add(answer);
        boolean interrupted = false;
        while (free.getCount() > 0) {
            try {
                free.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return answer;
    }
}
