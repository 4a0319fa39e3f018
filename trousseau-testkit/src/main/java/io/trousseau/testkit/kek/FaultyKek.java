package io.trousseau.testkit.kek;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A handle that counts the calls of another one and spoils them by a script.
 *
 * <pre>{@code
 * FaultyKek kek = new FaultyKek(InMemoryKek.create("kek-a").open());
 * kek.at(Operation.WRAP, 3, Fault.corrupt()); // the third wrap
 * kek.next(Operation.UNWRAP, Fault.error(KmsException.Code.THROTTLED)); // whichever comes next
 * kek.always(Operation.DESCRIBE, Fault.hang()); // every one that has no fault of its own
 * kek.heal(); // forget the script, let hanging calls go on
 * }</pre>
 *
 * <p>Calls are numbered from 1 for each operation, in the order in which they enter. A call that asks no KMS, because the
 * handle is closed or the plaintext empty or too long, is counted and never spoilt. Without a script the handle keeps
 * every promise that the one behind it keeps. Safe for use by any number of threads.
 */
public final class FaultyKek implements KekHandle {
    private final KekHandle real;
    private final Pause pause;
    private final AtomicInteger held = new AtomicInteger();

    private final Object lock = new Object();
    private final Map<Operation, Script> scripts = new EnumMap<>(Operation.class);
    private CountDownLatch released = new CountDownLatch(1);
    private boolean closed;

    /**
     * Puts an empty script in front of {@code real}, in real time.
     *
     * @param real closed with this handle
     */
    public FaultyKek(KekHandle real) {
        this(real, Pause.blocking());
    }

    /**
     * Puts an empty script in front of {@code real}.
     *
     * @param real closed with this handle
     * @param pause how delays pass
     */
    public FaultyKek(KekHandle real, Pause pause) {
        this.real = real;
        this.pause = pause;
        for (Operation operation : Operation.values()) {
            scripts.put(operation, new Script());
        }
    }

    /**
     * Spoils one call.
     *
     * @param call its number, from 1
     * @throws IllegalArgumentException if that call has been made
     */
    public void at(Operation operation, int call, Fault fault) {
        synchronized (lock) {
            Script script = script(operation);
            if (call <= script.calls) {
                throw new IllegalArgumentException(
                        operation + " " + call + " has been made; the next is number " + (script.calls + 1));
            }
            script.byCall.put(call, fault);
        }
    }

    /** Spoils the next call that has no fault of its own yet; said twice, the next two. */
    public void next(Operation operation, Fault fault) {
        synchronized (lock) {
            Script script = script(operation);
            int call = script.calls + 1;
            while (script.byCall.containsKey(call)) {
                call++;
            }
            script.byCall.put(call, fault);
        }
    }

    /** Spoils every call of one operation that has no fault of its own. */
    public void always(Operation operation, Fault fault) {
        synchronized (lock) {
            script(operation).otherwise = fault;
        }
    }

    /** Spoils every call that has no fault of its own. */
    public void always(Fault fault) {
        synchronized (lock) {
            for (Operation operation : Operation.values()) {
                always(operation, fault);
            }
        }
    }

    /** Forgets the script; calls that are held go on at once. The counts stay. */
    public void heal() {
        synchronized (lock) {
            scripts.values().forEach(Script::clear);
            releaseAll();
        }
    }

    /** How many calls of {@code operation} have been made, spoilt or not. */
    public int calls(Operation operation) {
        synchronized (lock) {
            return script(operation).calls;
        }
    }

    /** How many calls are waiting now because the script delays them. */
    public int held() {
        return held.get();
    }

    @Override
    public KekTraits traits() {
        return real.traits();
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        boolean refused = plaintext.length == 0 || plaintext.length > traits().maxPlaintextBytes();
        Turn turn = enter(Operation.WRAP, deadline, !refused);
        Fault.Effect effect = turn.effect();
        if (effect instanceof Fault.Effect.Throwing throwing) {
            throw throwing.exception().get();
        }
        WrapResult answer = real.wrap(plaintext, context, deadline);
        Optional<KekVersion> version = named(answer.version(), effect);
        return new WrapResult(spoilt(answer.ciphertext(), turn), version);
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        Turn turn = enter(Operation.UNWRAP, deadline, true);
        Fault.Effect effect = turn.effect();
        if (effect instanceof Fault.Effect.Throwing throwing) {
            throw throwing.exception().get();
        }
        try (UnwrapResult answer = real.unwrap(wrapped, context, deadline)) {
            return new UnwrapResult(spoilt(answer.plaintext(), turn), named(answer.version(), effect));
        } catch (KmsException e) {
            if (effect instanceof Fault.Effect.Junk) {
                return new UnwrapResult(spoilt(new byte[32], turn), Optional.empty());
            }
            throw e;
        }
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        Fault.Effect effect = enter(Operation.DESCRIBE, deadline, true).effect();
        if (effect instanceof Fault.Effect.Throwing throwing) {
            throw throwing.exception().get();
        }
        KekDescription answer = real.describe(deadline);
        return effect instanceof Fault.Effect.Naming naming
                ? new KekDescription(naming.version(), answer.state(), answer.algorithm(), answer.destructionAt())
                : answer;
    }

    @Override
    public List<Finding> examine(Deadline deadline) {
        return real.examine(deadline);
    }

    /** Closes the real handle; calls that are held fail with {@link KmsException.Code#CLOSED}. Counts stay readable. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
        // In this order, so that a call that is let go meets a closed handle.
        real.close();
        synchronized (lock) {
            releaseAll();
        }
    }

    @Override
    public String toString() {
        return "FaultyKek[" + real + "]";
    }

    private Turn enter(Operation operation, Deadline deadline, boolean asksKms) {
        int call;
        Fault fault;
        CountDownLatch release;
        synchronized (lock) {
            Script script = script(operation);
            call = ++script.calls;
            Fault scripted = script.byCall.remove(call);
            fault = closed || !asksKms ? Fault.none() : scripted != null ? scripted : script.otherwise;
            release = released;
        }
        hold(operation, fault.delay(), deadline, release);
        return new Turn(call, fault.effect());
    }

    private void hold(Operation operation, Duration delay, Deadline deadline, CountDownLatch release) {
        if (delay.isZero()) {
            return;
        }
        Duration left = deadline.remaining();
        held.incrementAndGet();
        try {
            pause.pass(delay.compareTo(left) < 0 ? delay : left, release);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KmsException(KmsException.Code.INTERRUPTED, operation + " was interrupted while held", e);
        } finally {
            held.decrementAndGet();
        }
        // A call that was let go meets the closed real handle, or is answered.
        if (release.getCount() > 0 && deadline.hasPassed()) {
            throw new KmsException(KmsException.Code.TIMEOUT, operation + " was held until its deadline passed");
        }
    }

    private static Optional<KekVersion> named(Optional<KekVersion> version, Fault.Effect effect) {
        return effect instanceof Fault.Effect.Naming naming ? Optional.of(naming.version()) : version;
    }

    private static byte[] spoilt(byte[] answer, Turn turn) {
        if (turn.effect() instanceof Fault.Effect.Corrupt) {
            answer[answer.length / 2] ^= 1;
        } else if (turn.effect() instanceof Fault.Effect.Junk) {
            new Random(turn.call()).nextBytes(answer);
        } else if (turn.effect() instanceof Fault.Effect.Empty) {
            return new byte[0];
        }
        return answer;
    }

    private Script script(Operation operation) {
        Script script = scripts.get(operation);
        if (script == null) {
            throw new IllegalStateException("no script for " + operation);
        }
        return script;
    }

    private void releaseAll() {
        released.countDown();
        released = new CountDownLatch(1);
    }

    private record Turn(int call, Fault.Effect effect) {}

    private static final class Script {
        private final Map<Integer, Fault> byCall = new HashMap<>();
        private Fault otherwise = Fault.none();
        private int calls;

        void clear() {
            byCall.clear();
            otherwise = Fault.none();
        }
    }
}
