package io.trousseau.provider.local;

import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The KEK in one key file.
 *
 * <p>The file is read anew by {@link #describe}, {@link #wrap} and an {@link #unwrap} of an unknown version, so that
 * another process can rotate it. It is at most 64 KiB on a local disk: reading it is cheaper than being clever about when
 * it has changed. When the new content is unusable, the keys in memory go on unwrapping, but nothing is wrapped under
 * them: what is wrapped under a key that is no longer on disk would be lost with this process.
 *
 * <p>Which version wraps is told by the file and the wall clock, and never goes back while the file has it: when the clock
 * is set back, the version that has wrapped already goes on.
 */
final class LocalKek implements KekHandle {
    private static final int MAX_PLAINTEXT_BYTES = 1024;
    private static final KekTraits TRAITS = new KekTraits(
            Set.of(
                    Capability.BINDS_CONTEXT,
                    Capability.AUTHENTICATED,
                    Capability.NAMES_VERSION_ON_WRAP,
                    Capability.NAMES_VERSION_ON_UNWRAP),
            MAX_PLAINTEXT_BYTES,
            SealedKey.OVERHEAD_BYTES + 64);

    private final KeyFile file;
    private final String identity;
    private final ProviderContext host;
    private final AtomicLong reads = new AtomicLong();
    private final Object lock = new Object();

    // Guarded by the lock.
    private KeySet keys;
    private long keysRead;
    private KeyVersion wraps;
    private @Nullable KeyVersion announced;
    private boolean closed;

    /** Takes {@code keys} over. */
    LocalKek(KeyFile file, KeySet keys, ProviderContext host) {
        this.file = file;
        this.identity = keys.identity();
        this.host = host;
        this.keys = keys;
        this.wraps = keys.wrapping(host.wallClock().instant()).version();
    }

    @Override
    public KekTraits traits() {
        return TRAITS;
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        if (plaintext.length == 0 || plaintext.length > MAX_PLAINTEXT_BYTES) {
            throw new KmsException(
                    Code.INVALID_ARGUMENT,
                    "wrap under " + identity + " takes 1 to " + MAX_PLAINTEXT_BYTES + " bytes, not "
                            + plaintext.length);
        }
        byte[] aad = context.toBytes();
        begin("wrap", deadline);
        KeySet.Entry entry = wrapping("wrap");
        KekVersion version = new KekVersion(identity, entry.version().name());
        try {
            byte[] sealed = SealedKey.seal(entry.version().number(), entry.key(), plaintext, aad);
            return new WrapResult(sealed, Optional.of(version));
        } catch (IllegalStateException e) {
            throw destroyed("wrap", version, e);
        } catch (GeneralSecurityException e) {
            throw unexpected("wrap", version, e);
        }
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        KekVersion version = wrapped.version();
        byte[] aad = context.toBytes();
        begin("unwrap", deadline);
        if (!version.identity().equals(identity)) {
            throw new KmsException(
                    Code.KEY_NOT_FOUND,
                    "unwrap: " + file + " holds the KEK " + identity + ", not " + version.identity());
        }
        KeySet.Entry entry = current().find(version.version()).orElseGet(() -> findAfterReread(version.version()));
        byte[] plaintext = {};
        try {
            plaintext = SealedKey.open(entry.version().number(), entry.key(), wrapped.ciphertext(), aad);
            return new UnwrapResult(plaintext, Optional.of(version));
        } catch (SealedKey.RefusedException e) {
            throw new KmsException(
                    Code.INVALID_CIPHERTEXT,
                    "unwrap under " + identity + " version " + version.version()
                            + ": the ciphertext was changed, made under another key, or bound to another context",
                    e);
        } catch (IllegalStateException e) {
            throw destroyed("unwrap", version, e);
        } catch (GeneralSecurityException e) {
            throw unexpected("unwrap", version, e);
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        begin("describe", deadline);
        KeyVersion version = wrapping("describe").version();
        return new KekDescription(
                new KekVersion(identity, version.name()),
                KekDescription.State.ENABLED,
                "AES-256-GCM",
                Optional.empty());
    }

    @Override
    public List<Finding> examine(Deadline deadline) {
        return new KeyFileExamination(file, identity, host.wallClock()).findings();
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            keys.destroy();
        }
    }

    private void begin(String operation, Deadline deadline) {
        current();
        if (Thread.currentThread().isInterrupted()) {
            throw new KmsException(Code.INTERRUPTED, operation + " under " + identity + ": interrupted");
        }
        if (deadline.hasPassed()) {
            throw new KmsException(
                    Code.TIMEOUT, operation + " under " + identity + ": the deadline passed before it began");
        }
    }

    private KeySet current() {
        synchronized (lock) {
            if (closed) {
                throw new KmsException(Code.CLOSED, "the handle of " + identity + " is closed");
            }
            return keys;
        }
    }

    private KeySet.Entry findAfterReread(String version) {
        KeySet reread = reread("unwrap");
        return reread.find(version)
                .orElseThrow(() -> new KmsException(
                        Code.KEY_NOT_FOUND,
                        "unwrap under " + identity + ": version " + version + " is not in " + file + ", which has "
                                + reread.keys().stream()
                                        .map(entry -> entry.version().name())
                                        .collect(Collectors.joining(", "))
                                + "; put its line back from another copy of the file"));
    }

    /** The key that wraps now. Says so in the log when that is another, and when there is one that is yet to start. */
    private KeySet.Entry wrapping(String operation) {
        reread(operation);
        Instant now = host.wallClock().instant();
        KeySet.Entry wrapping;
        KeySet.Entry newest;
        boolean begins;
        boolean waits;
        synchronized (lock) {
            KeySet current = current();
            KeySet.Entry started = current.wrapping(now);
            wrapping = current.find(wraps.name())
                    .filter(before ->
                            before.version().number() > started.version().number())
                    .orElse(started);
            newest = current.newest();
            begins = !wrapping.version().equals(wraps);
            waits = newest.version().number() > wrapping.version().number()
                    && !newest.version().equals(announced);
            wraps = wrapping.version();
            announced = newest.version();
        }
        if (begins) {
            host.logger()
                    .log(
                            System.Logger.Level.INFO,
                            "member {0}: version {1} in {2} wraps now",
                            host.member(),
                            wrapping.version().name(),
                            file);
        }
        if (waits) {
            host.logger()
                    .log(
                            System.Logger.Level.INFO,
                            "member {0}: version {1} in {2} starts to wrap at {3}, and unwraps already",
                            host.member(),
                            newest.version().name(),
                            file,
                            newest.start().toString());
        }
        return wrapping;
    }

    /** The keys that are in the file now. */
    private KeySet reread(String operation) {
        long read = reads.incrementAndGet();
        KeySet found;
        try {
            found = file.load();
        } catch (KeyFileException e) {
            throw new KmsException(
                    Code.UNAVAILABLE,
                    operation + " under " + identity + ": " + e.getMessage()
                            + ". Until then the keys read before unwrap, and nothing is wrapped",
                    e);
        }
        if (!found.identity().equals(identity)) {
            found.destroy();
            throw new KmsException(
                    Code.KEY_NOT_FOUND,
                    operation + " under " + identity + ": " + file + " holds another KEK now, " + found.identity()
                            + "; put the former file back, or restart to use the new one");
        }
        synchronized (lock) {
            // A read that began later has brought its keys already: these are not newer.
            if (closed || read < keysRead) {
                found.destroy();
                return current();
            }
            keysRead = read;
            keys = keys.replacedBy(found);
            return keys;
        }
    }

    /** What a call answers that took a key just before close, or a reader that missed its line, destroyed it. */
    private KmsException destroyed(String operation, KekVersion version, IllegalStateException cause) {
        current();
        return new KmsException(
                Code.KEY_NOT_FOUND,
                operation + " under " + identity + ": version " + version.version() + " was just removed from " + file,
                cause);
    }

    private KmsException unexpected(String operation, KekVersion version, GeneralSecurityException cause) {
        return new KmsException(
                Code.INTERNAL, operation + " under " + identity + " version " + version.version() + " failed", cause);
    }

    /** The identity and the file. */
    @Override
    public String toString() {
        return "LocalKek[" + identity + " in " + file + "]";
    }
}
