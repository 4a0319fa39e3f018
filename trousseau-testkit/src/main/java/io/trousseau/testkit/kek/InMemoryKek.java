package io.trousseau.testkit.kek;

import static io.trousseau.api.KmsException.Code.CLOSED;
import static io.trousseau.api.KmsException.Code.INTERNAL;
import static io.trousseau.api.KmsException.Code.INTERRUPTED;
import static io.trousseau.api.KmsException.Code.INVALID_ARGUMENT;
import static io.trousseau.api.KmsException.Code.INVALID_CIPHERTEXT;
import static io.trousseau.api.KmsException.Code.KEY_DESTROYED;
import static io.trousseau.api.KmsException.Code.KEY_DISABLED;
import static io.trousseau.api.KmsException.Code.KEY_NOT_FOUND;
import static io.trousseau.api.KmsException.Code.TIMEOUT;

import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekDescription.State;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A correct KEK that lives in this object: AES-256-GCM, any number of versions, named {@code 1}, {@code 2}, …
 *
 * <p>This object is the key as it lies in a KMS; {@link #open} makes handles on it, as many as a test has nodes. What
 * happens to the key ({@link #rotate}, {@link #disable}, {@link #destroy}) shows at every handle at once.
 *
 * <p>It behaves the same whatever capabilities it is told to declare, but for what each one promises: without
 * {@link Capability#BINDS_CONTEXT} it ignores the context, without {@code NAMES_VERSION_…} it names no version. Safe for
 * use by any number of threads.
 */
public final class InMemoryKek {
    /** The largest input of a wrap, in bytes. */
    public static final int MAX_PLAINTEXT_BYTES = 4096;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String identity;
    private final KekTraits traits;
    private final IntFunction<SecretKey> keys;
    private final Map<String, Material> versions = new LinkedHashMap<>();
    private KekVersion current;

    InMemoryKek(String identity, Set<Capability> capabilities, IntFunction<SecretKey> keys) {
        this.identity = identity;
        this.traits = new KekTraits(capabilities, MAX_PLAINTEXT_BYTES, NONCE_BYTES + 64 + TAG_BYTES);
        this.keys = keys;
        this.current = new KekVersion(identity, "1");
        versions.put(current.version(), new Material(keys.apply(1), State.ENABLED, Optional.empty()));
    }

    /**
     * Makes a KEK of one version that declares every capability.
     *
     * @param identity as in {@link KekVersion#identity()}
     */
    public static InMemoryKek create(String identity) {
        return create(identity, EnumSet.allOf(Capability.class));
    }

    /**
     * Makes a KEK of one version.
     *
     * @param identity as in {@link KekVersion#identity()}
     * @param capabilities what its handles declare; copied
     */
    public static InMemoryKek create(String identity, Set<Capability> capabilities) {
        return new InMemoryKek(identity, capabilities, number -> randomKey());
    }

    /** Opens a new handle on this KEK. Closing it leaves the key and other handles alone. */
    public KekHandle open() {
        return new Handle();
    }

    /** The key, and the version that wraps now. */
    public synchronized KekVersion current() {
        return current;
    }

    /** Makes a new version, which wraps from now on, and names it. */
    public synchronized KekVersion rotate() {
        int number = versions.size() + 1;
        KekVersion made = new KekVersion(identity, Integer.toString(number));
        versions.put(made.version(), new Material(keys.apply(number), State.ENABLED, Optional.empty()));
        current = made;
        return made;
    }

    /**
     * Lets a version that exists wrap from now on: how an operator goes back to an older one.
     *
     * @throws IllegalArgumentException if this KEK has no such version
     */
    public synchronized void wrapUnder(KekVersion version) {
        require(version);
        current = version;
    }

    /** Disables every version. */
    public synchronized void disable() {
        setAll(State.DISABLED);
    }

    /** Disables one version. */
    public synchronized void disable(KekVersion version) {
        set(version, State.DISABLED, Optional.empty());
    }

    /** Enables every version that still exists, cancelling any scheduled destruction. */
    public synchronized void enable() {
        setAll(State.ENABLED);
    }

    /** Enables one version, cancelling its scheduled destruction; nothing brings a destroyed one back. */
    public synchronized void enable(KekVersion version) {
        set(version, State.ENABLED, Optional.empty());
    }

    /** Schedules the destruction of one version; it is unusable at once, and destroyed only by {@link #destroy}. */
    public synchronized void scheduleDestruction(KekVersion version, Instant at) {
        set(version, State.DESTRUCTION_SCHEDULED, Optional.of(at));
    }

    /** Destroys every version. */
    public synchronized void destroy() {
        setAll(State.DESTROYED);
    }

    /** Destroys one version. */
    public synchronized void destroy(KekVersion version) {
        set(version, State.DESTROYED, Optional.empty());
    }

    /** The current version; never key material. */
    @Override
    public String toString() {
        return "InMemoryKek[" + current() + "]";
    }

    private void setAll(State state) {
        versions.keySet().forEach(name -> set(new KekVersion(identity, name), state, Optional.empty()));
    }

    private void set(KekVersion version, State state, Optional<Instant> destructionAt) {
        Material before = require(version);
        if (before.state() != State.DESTROYED) {
            versions.put(version.version(), new Material(before.key(), state, destructionAt));
        }
    }

    private Material require(KekVersion version) {
        Material material = versions.get(version.version());
        if (material == null || !version.identity().equals(identity)) {
            throw new IllegalArgumentException(this + " has no version " + version);
        }
        return material;
    }

    private synchronized Optional<Material> find(KekVersion version) {
        return version.identity().equals(identity)
                ? Optional.ofNullable(versions.get(version.version()))
                : Optional.empty();
    }

    private synchronized KekDescription describe() {
        Material material = require(current);
        return new KekDescription(current, material.state(), "AES-256-GCM", material.destructionAt());
    }

    private static SecretKey randomKey() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return new SecretKeySpec(bytes, "AES");
    }

    private record Material(SecretKey key, State state, Optional<Instant> destructionAt) {}

    private final class Handle implements KekHandle {
        private volatile boolean closed;

        @Override
        public KekTraits traits() {
            return traits;
        }

        @Override
        public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
            Objects.requireNonNull(context, "context");
            if (plaintext.length == 0 || plaintext.length > MAX_PLAINTEXT_BYTES) {
                throw failure(
                        INVALID_ARGUMENT,
                        "wrap",
                        "the plaintext is " + plaintext.length + " bytes, must be 1 to " + MAX_PLAINTEXT_BYTES);
            }
            admit("wrap", deadline);
            KekVersion version = current();
            SecretKey key = usable("wrap", version);
            byte[] nonce = new byte[NONCE_BYTES];
            RANDOM.nextBytes(nonce);
            byte[] sealed;
            try {
                sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, context).doFinal(plaintext);
            } catch (GeneralSecurityException e) {
                throw new KmsException(INTERNAL, "wrap with " + identity + ": AES-GCM failed", e);
            }
            byte[] ciphertext = ByteBuffer.allocate(nonce.length + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
            return new WrapResult(ciphertext, named(Capability.NAMES_VERSION_ON_WRAP, version));
        }

        @Override
        public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
            Objects.requireNonNull(context, "context");
            KekVersion version = wrapped.version();
            admit("unwrap", deadline);
            SecretKey key = usable("unwrap", version);
            byte[] ciphertext = wrapped.ciphertext();
            if (ciphertext.length <= NONCE_BYTES + TAG_BYTES) {
                throw failure(INVALID_CIPHERTEXT, "unwrap", "the ciphertext is too short");
            }
            byte[] plaintext = {};
            try {
                Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOf(ciphertext, NONCE_BYTES), context);
                plaintext = cipher.doFinal(ciphertext, NONCE_BYTES, ciphertext.length - NONCE_BYTES);
                return new UnwrapResult(plaintext, named(Capability.NAMES_VERSION_ON_UNWRAP, version));
            } catch (AEADBadTagException e) {
                throw failure(INVALID_CIPHERTEXT, "unwrap", "the ciphertext or its context was changed");
            } catch (GeneralSecurityException e) {
                throw new KmsException(INTERNAL, "unwrap with " + identity + ": AES-GCM failed", e);
            } finally {
                Arrays.fill(plaintext, (byte) 0);
            }
        }

        @Override
        public KekDescription describe(Deadline deadline) {
            admit("describe", deadline);
            return InMemoryKek.this.describe();
        }

        @Override
        public void close() {
            closed = true;
        }

        @Override
        public String toString() {
            return "handle on " + InMemoryKek.this;
        }

        private void admit(String operation, Deadline deadline) {
            if (closed) {
                throw failure(CLOSED, operation, "the handle is closed");
            }
            if (Thread.currentThread().isInterrupted()) {
                throw failure(INTERRUPTED, operation, "the thread was interrupted");
            }
            if (deadline.hasPassed()) {
                throw failure(TIMEOUT, operation, "the deadline has passed");
            }
        }

        private SecretKey usable(String operation, KekVersion version) {
            Material material = find(version)
                    .orElseThrow(() -> failure(KEY_NOT_FOUND, operation, "there is no version " + version));
            return switch (material.state()) {
                case ENABLED -> material.key();
                case DISABLED -> throw failure(KEY_DISABLED, operation, version + " is disabled");
                case DESTRUCTION_SCHEDULED, DESTROYED ->
                    throw failure(KEY_DESTROYED, operation, version + " is destroyed");
            };
        }

        private Cipher cipher(int mode, SecretKey key, byte[] nonce, WrapContext context)
                throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
            if (traits.has(Capability.BINDS_CONTEXT)) {
                cipher.updateAAD(context.toBytes());
            }
            return cipher;
        }

        private Optional<KekVersion> named(Capability capability, KekVersion version) {
            return traits.has(capability) ? Optional.of(version) : Optional.empty();
        }

        private KmsException failure(KmsException.Code code, String operation, String what) {
            return new KmsException(code, operation + " with " + identity + ": " + what);
        }
    }
}
