package io.trousseau.core.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.member.Member;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the tests of a keyring on real threads have in common. */
final class Keyrings {
    static final String PURPOSE = "seed";
    static final byte[] AAD = "default/my-secret".getBytes(StandardCharsets.UTF_8);
    static final byte[] PAYLOAD = "thirty-two bytes of a DEK seed!!".getBytes(StandardCharsets.UTF_8);

    private Keyrings() {}

    /** Long enough for any machine; nothing that succeeds waits for it. */
    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(60));
    }

    /** Probes often, so that a test sees what a probe finds within a fraction of a second. */
    static KeyringConfig.Builder config() {
        return KeyringConfig.named("prod").probeInterval(Duration.ofMillis(50));
    }

    /** A keyring of members that are named after their place, all of the provider {@code mem}. */
    static Keyring open(KeyringConfig.Builder config, KeyringListener listener, KekHandle... keks) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < keks.length; i++) {
            members.add(Member.of("member-" + i, "mem", keks[i]));
        }
        return Keyring.open(config.build(keks.length), members, listener);
    }

    static Keyring open(KeyringConfig.Builder config, KekHandle... keks) {
        return open(config, KeyringListener.NONE, keks);
    }

    static Keyring open(KekHandle... keks) {
        return open(config(), keks);
    }

    static Envelope seal(Keyring keyring) {
        return keyring.seal(PAYLOAD, PURPOSE, AAD, soon());
    }

    static byte[] open(Keyring keyring, Envelope envelope) {
        return keyring.open(envelope, PURPOSE, AAD, soon());
    }

    static CompletableFuture<byte[]> openAsync(Keyring keyring, Envelope envelope) {
        return keyring.openAsync(envelope, envelope.keyId().text(), PURPOSE, AAD, soon());
    }

    static void opens(Keyring keyring, Envelope envelope) {
        assertThat(open(keyring, envelope)).containsExactly(PAYLOAD);
    }

    /** The failure, which must be a keyring's. */
    static KeyringException failure(ThrowingCallable operation) {
        KeyringException e = catchThrowableOfType(KeyringException.class, operation);
        assertThat(e).as("the failure").isNotNull();
        return e;
    }

    static KeyringException.Code codeOf(ThrowingCallable operation) {
        return failure(operation).code();
    }

    /** How an asynchronous open failed. */
    static KeyringException failureOf(CompletableFuture<byte[]> future) {
        return failure(() -> {
            try {
                future.get(30, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw e.getCause();
            } catch (TimeoutException e) {
                throw new AssertionError("it is still waiting", e);
            }
        });
    }

    /** The same envelope with other copies. */
    static Envelope withCopies(Envelope envelope, List<byte[]> copies) {
        try {
            return Envelope.of(envelope.header(), copies, envelope.sealed());
        } catch (MalformedEnvelopeException e) {
            throw new AssertionError(e);
        }
    }

    /** The same envelope with junk for copies, as long as the true ones. */
    static Envelope withJunkCopies(Envelope envelope, int seed) {
        java.util.Random random = new java.util.Random(seed);
        return withCopies(
                envelope,
                envelope.copies().stream()
                        .map(copy -> {
                            byte[] junk = new byte[copy.length];
                            random.nextBytes(junk);
                            return junk;
                        })
                        .toList());
    }

    /** The same envelope with another header. */
    static Envelope withHeader(Envelope envelope, Header header) {
        try {
            return Envelope.of(header, envelope.copies(), envelope.sealed());
        } catch (MalformedEnvelopeException e) {
            throw new AssertionError(e);
        }
    }
}
