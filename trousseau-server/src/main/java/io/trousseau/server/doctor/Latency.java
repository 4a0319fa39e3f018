package io.trousseau.server.doctor;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.core.settings.DurationText;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Supplier;

/**
 * How long the calls of a member take, as a server makes them: once it is connected. To be asked after other calls have
 * connected and warmed the code up. Not safe for use by several threads.
 */
final class Latency {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final KekHandle kek;
    private final Duration limit;
    private final StringJoiner times = new StringJoiner(", ");
    private Duration slowest = Duration.ZERO;

    /**
     * Of a KEK.
     *
     * @param limit how long a server waits for one call
     */
    Latency(KekHandle kek, Duration limit) {
        this.kek = kek;
        this.limit = limit;
    }

    /**
     * Calls once more and takes the time.
     *
     * @param version under which it wraps; empty if it is to be described alone
     * @throws RuntimeException what a call throws
     */
    Finding measure(Optional<KekVersion> version, WrapContext context, Deadline deadline) {
        timed("describe", () -> kek.describe(deadline));
        version.ifPresent(assumed -> roundTrip(assumed, context, deadline));
        String id = Check.MEMBER_LATENCY.id();
        String seen = times + "; a server waits " + DurationText.of(limit);
        String remedy = "find out what is slow between this node and the KMS, or raise the member's deadline";
        if (slowest.compareTo(limit) >= 0) {
            return Finding.failure(id, seen + " and gives up", remedy);
        }
        return slowest.multipliedBy(2).compareTo(limit) >= 0 ? Finding.warning(id, seen, remedy) : Finding.ok(id, seen);
    }

    private void roundTrip(KekVersion assumed, WrapContext context, Deadline deadline) {
        byte[] plaintext = new byte[MemberExamination.PLAINTEXT_BYTES];
        RANDOM.nextBytes(plaintext);
        WrapResult wrapped = timed("wrap", () -> kek.wrap(plaintext, context, deadline));
        WrappedKey copy = new WrappedKey(wrapped.ciphertext(), wrapped.version().orElse(assumed));
        UnwrapResult unwrapped = timed("unwrap", () -> kek.unwrap(copy, context, deadline));
        unwrapped.close();
    }

    private <T> T timed(String operation, Supplier<T> call) {
        long start = System.nanoTime();
        T answer = call.get();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        slowest = took.compareTo(slowest) > 0 ? took : slowest;
        times.add(operation + " took " + took.toMillis() + " ms");
        return answer;
    }
}
