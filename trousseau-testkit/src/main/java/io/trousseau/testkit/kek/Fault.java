package io.trousseau.testkit.kek;

import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * What goes wrong at one call of a {@link FaultyKek}. Immutable.
 *
 * <p>{@link #corrupt}, {@link #junk} and {@link #empty} are about the bytes of an answer; a describe, which has none, is
 * answered as it should be.
 */
public final class Fault {
    /** The delay of a call that only the deadline, {@link FaultyKek#heal} or {@link FaultyKek#close} ends. */
    static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private static final Effect NOTHING = new Effect.Nothing();

    private final Duration delay;
    private final Effect effect;

    private Fault(Duration delay, Effect effect) {
        this.delay = delay;
        this.effect = effect;
    }

    /** The call is answered as it should be. Scripts an exception from {@link FaultyKek#always}. */
    public static Fault none() {
        return new Fault(Duration.ZERO, NOTHING);
    }

    /** The call fails with {@code code}; the KEK is not asked. */
    public static Fault error(KmsException.Code code) {
        Objects.requireNonNull(code, "code");
        return throwing(() -> new KmsException(code, "scripted: " + code.label()));
    }

    /** The call fails with {@link KmsException.Code#THROTTLED}; the KEK is not asked. */
    public static Fault throttled(Duration retryAfter) {
        return throwing(() -> new KmsException(KmsException.Code.THROTTLED, "scripted: throttled", null, retryAfter));
    }

    /**
     * The call throws what {@code exception} makes; the KEK is not asked. For providers that break the rule that every
     * failure is a {@link KmsException}.
     */
    public static Fault throwing(Supplier<? extends RuntimeException> exception) {
        return new Fault(Duration.ZERO, new Effect.Throwing(exception));
    }

    /** The call is answered as it should be, after {@code delay}, or times out if its deadline comes first. */
    public static Fault delay(Duration delay) {
        return none().after(delay);
    }

    /**
     * The call is not answered. It times out at its deadline, or goes on as if nothing had been once
     * {@link FaultyKek#heal} is called.
     */
    public static Fault hang() {
        return none().after(FOREVER);
    }

    /** The call succeeds; one bit of the ciphertext or plaintext in the answer is flipped. */
    public static Fault corrupt() {
        return new Fault(Duration.ZERO, new Effect.Corrupt());
    }

    /**
     * The call succeeds with bytes that mean nothing, even where the KEK refuses: as many as the true answer has, or 32
     * where there is none. The same call number always answers with the same bytes.
     */
    public static Fault junk() {
        return new Fault(Duration.ZERO, new Effect.Junk());
    }

    /**
     * The KMS answers with success and no bytes, and the provider does not look: the call throws the
     * {@link IllegalArgumentException} with which {@code WrapResult} and {@code UnwrapResult} refuse an empty array. (A
     * provider that looks fails with {@link KmsException.Code#BAD_ANSWER}: {@link #error}.)
     */
    public static Fault empty() {
        return new Fault(Duration.ZERO, new Effect.Empty());
    }

    /** The call succeeds; the answer names {@code version} as the one used, or as the current one. */
    public static Fault naming(KekVersion version) {
        return new Fault(Duration.ZERO, new Effect.Naming(version));
    }

    /** This fault, after {@code delay}; times out if the deadline comes first. Replaces an earlier delay. */
    public Fault after(Duration delay) {
        return new Fault(Objects.requireNonNull(delay, "delay"), effect);
    }

    Duration delay() {
        return delay;
    }

    Effect effect() {
        return effect;
    }

    /** What happens once the delay is over. */
    sealed interface Effect {
        record Nothing() implements Effect {}

        record Throwing(Supplier<? extends RuntimeException> exception) implements Effect {}

        record Corrupt() implements Effect {}

        record Junk() implements Effect {}

        record Empty() implements Effect {}

        record Naming(KekVersion version) implements Effect {}
    }
}
