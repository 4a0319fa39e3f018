package io.trousseau.core.keyring;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.core.envelope.Commitment;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.member.Member.Role;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** What is done at a member, on the member's thread: probing, and wrapping with proof. */
final class MemberWork {
    private static final SecureRandom RANDOM = new SecureRandom();

    private MemberWork() {}

    /** What a copy, or a share, of a local KEK is bound to. */
    static WrapContext contextOf(String keyring, Commitment commitment, int threshold, int x) {
        return WrapContext.of(Map.of(
                "trousseau-format", Integer.toString(KekPart.FORMAT),
                "trousseau-keyring", keyring,
                "trousseau-commitment", commitment.hex(),
                "trousseau-threshold", Integer.toString(threshold),
                "trousseau-share", Integer.toString(x)));
    }

    /**
     * Asks for the state of the KEK and, if it is enabled and the member wraps, sends a random value there and back.
     *
     * @return what the KMS says; the state may be any
     */
    static KekDescription probe(KekHandle kek, Role role, String keyring, Deadline deadline) {
        KekDescription description = kek.describe(deadline);
        if (description.state() == KekDescription.State.ENABLED && role == Role.WRAP) {
            byte[] value = new byte[LocalKek.BYTES];
            RANDOM.nextBytes(value);
            WrapContext context = WrapContext.of(Map.of("trousseau-keyring", keyring, "trousseau-purpose", "probe"));
            wrapProven(kek, value, context, Optional.of(description.current()), deadline);
        }
        return description;
    }

    /**
     * Wraps a secret and reads it back: a KMS that answers with success and junk must not cost data.
     *
     * @param known the current version if it was just asked for
     * @return the ciphertext that came back as what went in, and the KEK version that made it
     * @throws KmsException also if the KMS's answers contradict each other
     */
    static WrappedKey wrapProven(
            KekHandle kek, byte[] secret, WrapContext context, Optional<KekVersion> known, Deadline deadline) {
        // A KMS that names no version in its answers is asked before and after, so that a rotation in between shows.
        KekVersion described =
                known.isPresent() ? known.get() : kek.describe(deadline).current();
        WrapResult wrapped = kek.wrap(secret, context, deadline);
        byte[] ciphertext = wrapped.ciphertext();
        if (ciphertext.length > kek.traits().maxWrappedBytes()) {
            throw new KmsException(
                    Code.BAD_ANSWER,
                    "wrap: the ciphertext has " + ciphertext.length + " bytes, the provider declared at most "
                            + kek.traits().maxWrappedBytes());
        }
        KekVersion assumed = wrapped.version().orElse(described);
        Optional<KekVersion> read;
        try (UnwrapResult unwrapped = kek.unwrap(new WrappedKey(ciphertext, assumed), context, deadline)) {
            byte[] back = unwrapped.plaintext();
            try {
                if (!MessageDigest.isEqual(back, secret)) {
                    throw new KmsException(
                            Code.BAD_ANSWER, "wrap: reading the copy back did not give what was wrapped");
                }
            } finally {
                Arrays.fill(back, (byte) 0);
            }
            read = unwrapped.version();
        } catch (KmsException e) {
            if (e.code() == Code.INVALID_CIPHERTEXT) {
                throw new KmsException(Code.BAD_ANSWER, "wrap: the KMS refuses its own ciphertext", e);
            }
            if (e.code() == Code.KEY_NOT_FOUND) {
                // It wrapped, so the key is there; a replica may not have heard of a new version yet.
                throw new KmsException(
                        Code.BAD_ANSWER,
                        "wrap: the KMS does not know version " + assumed.version() + " under which it has just wrapped",
                        e);
            }
            throw e;
        }
        if (wrapped.version().isPresent()
                && read.isPresent()
                && !wrapped.version().equals(read)) {
            throw new KmsException(
                    Code.BAD_ANSWER,
                    "wrap: the KMS named version " + wrapped.version().get().version() + " when it wrapped and "
                            + read.get().version() + " when it unwrapped");
        }
        if (read.isPresent()) {
            return new WrappedKey(ciphertext, read.get());
        }
        if (wrapped.version().isPresent()) {
            return new WrappedKey(ciphertext, wrapped.version().get());
        }
        KekVersion after = kek.describe(deadline).current();
        if (!after.equals(described)) {
            throw new KmsException(
                    Code.UNAVAILABLE,
                    "wrap: the KEK was rotated from version " + described.version() + " to " + after.version()
                            + " meanwhile");
        }
        return new WrappedKey(ciphertext, after);
    }
}
