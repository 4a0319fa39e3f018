package io.trousseau.provider.vault.transit;

import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.KmsException.Verdict;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.provider.vault.auth.Session;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One Transit key.
 *
 * <h2>Never makes a key</h2>
 * Vault's encrypt makes a key that is missing, if the policy allows that. So the key is read before each wrap, the version
 * that was read is asked for by its number, and where a new key could answer for it (version 1), the key is read once more.
 *
 * <h2>Never takes one key for another</h2>
 * A version's name has the time of its creation. A key that was deleted and made again has other versions, and what the
 * former one wrapped is refused as {@link Code#KEY_NOT_FOUND}.
 *
 * <h2>Never wraps without the context that it declares</h2>
 * The first wrap of a handle is handed out only after Vault has refused to unwrap it under another context. That is one
 * more request in the life of a handle (one for each of the first callers, if they come together). What keeps the proof
 * from being had fails the wrap as it would fail the unwrap without which the keyring counts no copy.
 */
public final class TransitKek implements KekHandle {
    private final KeyAddress address;
    private final KeyType type;
    private final KekTraits traits;
    private final Session session;
    private final KnownKey known;
    private final Refusals refusals;
    private final TransitRequests requests;
    private final ProviderContext host;
    private volatile boolean contextProven;
    private volatile boolean closed;

    /**
     * Asks nothing yet.
     *
     * @param type which the key must have
     * @param session with the Vault that has the key; becomes the handle's, which closes it
     */
    public TransitKek(KeyAddress address, KeyType type, Session session, ProviderContext host) {
        this.address = address;
        this.type = type;
        this.traits = type.traits();
        this.session = session;
        this.known = new KnownKey(address, host);
        this.refusals = new Refusals(address);
        this.requests = new TransitRequests(address, type, session, refusals);
        this.host = host;
    }

    @Override
    public KekTraits traits() {
        return traits;
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        byte[] associatedData = associatedData(context);
        if (plaintext.length == 0 || plaintext.length > type.maxPlaintextBytes()) {
            throw refusals.failed(
                    Code.INVALID_ARGUMENT,
                    Operation.ENCRYPT,
                    "takes 1 to " + type.maxPlaintextBytes() + " bytes, not " + plaintext.length);
        }
        begin(Operation.ENCRYPT, deadline);
        TransitKey key = usable(Operation.ENCRYPT, read(deadline));
        Ciphertext ciphertext = requests.encrypt(plaintext, key.latest(), associatedData, deadline);
        // A key that encrypt made has no other version than 1.
        if (key.latest().number() == 1
                && read(deadline).find(key.latest().name()).isEmpty()) {
            throw refusals.badAnswer(
                    Operation.ENCRYPT,
                    "the key was deleted meanwhile, and one that was made since has answered. If encrypting made it, take"
                            + " the capability \"create\" at " + address.path("encrypt")
                            + " from the token's policies");
        }
        proveContext(ciphertext, associatedData, deadline);
        return new WrapResult(ciphertext.bytes(), Optional.of(name(key.latest())));
    }

    /**
     * Before the first wrap is handed out. What a Vault that ignores associated data wraps is bound to nothing, and is lost
     * once that Vault is upgraded to one that heeds it.
     */
    private void proveContext(Ciphertext ciphertext, byte[] associatedData, Deadline deadline) {
        if (contextProven || !traits.has(Capability.BINDS_CONTEXT)) {
            return;
        }
        if (!requests.isBound(ciphertext, associatedData, deadline)) {
            throw refusals.failed(
                    Code.BAD_ANSWER,
                    Operation.PROVE_CONTEXT,
                    "Vault ignores associated_data and unwraps under any context; upgrade Vault to 1.13 or newer, or find"
                            + " what drops the field on the way to addresses");
        }
        contextProven = true;
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        String versionName = wrapped.version().version();
        byte[] associatedData = associatedData(context);
        begin(Operation.DECRYPT, deadline);
        if (!wrapped.version().identity().equals(address.identity())) {
            throw refusals.failed(
                    Code.KEY_NOT_FOUND,
                    Operation.DECRYPT,
                    "the ciphertext is recorded under another KEK, "
                            + wrapped.version().identity());
        }
        byte[] bytes = wrapped.ciphertext();
        if (!type.fitsCiphertext(bytes.length)) {
            throw refusals.failed(
                    Code.INVALID_CIPHERTEXT,
                    Operation.DECRYPT,
                    "no ciphertext of " + type.label() + " has " + bytes.length + " bytes");
        }
        // What was read before serves for a version that it has: the ciphertext proves the rest.
        Optional<TransitKey> before = known.get()
                .filter(key -> !key.softDeleted() && key.find(versionName).isPresent());
        TransitKey key = usable(Operation.DECRYPT, before.orElseGet(() -> read(deadline)));
        KeyVersion version = key.find(versionName).orElseThrow(() -> missing(key, versionName));
        try {
            byte[] plaintext = requests.decrypt(new Ciphertext(version.number(), bytes), associatedData, deadline);
            try {
                return new UnwrapResult(plaintext, Optional.of(name(version)));
            } finally {
                Arrays.fill(plaintext, (byte) 0);
            }
        } catch (KmsException e) {
            boolean aboutTheKey =
                    e.code() == Code.INVALID_CIPHERTEXT || e.code().verdict() == Verdict.GONE;
            if (aboutTheKey && before.isPresent()) {
                throw explained(e, versionName, deadline);
            }
            throw e;
        }
    }

    /** Why Vault refused: the key may have changed, or been made again, since it was read. */
    private KmsException explained(KmsException refusal, String versionName, Deadline deadline) {
        try {
            TransitKey now = usable(Operation.DECRYPT, read(deadline));
            return now.find(versionName).isPresent() ? refusal : missing(now, versionName);
        } catch (KmsException e) {
            if (e.code().verdict() == Verdict.GONE) {
                return e;
            }
            refusal.addSuppressed(e);
            return refusal;
        }
    }

    /** Why the key does not have the version of that name. */
    private KmsException missing(TransitKey key, String versionName) {
        Optional<Integer> number = KeyVersion.numberIn(versionName);
        if (number.isPresent() && number.get() < key.minAvailableVersion()) {
            return refusals.failed(
                    Code.KEY_DESTROYED,
                    Operation.DECRYPT,
                    "version " + versionName + " was trimmed: the key keeps versions from " + key.minAvailableVersion()
                            + " on; restore the key from a backup");
        }
        if (number.isPresent() && number.get() < key.minDecryptionVersion()) {
            return refusals.failed(
                    Code.KEY_DISABLED,
                    Operation.DECRYPT,
                    "version " + versionName + " is below the key's min_decryption_version, "
                            + key.minDecryptionVersion() + "; set that to " + number.get() + " at "
                            + address.path("keys") + "/config until nothing needs the version");
        }
        Optional<KeyVersion> namesake = number.map(key.versions()::get);
        return refusals.failed(
                Code.KEY_NOT_FOUND,
                Operation.DECRYPT,
                "there is no version " + versionName
                        + namesake.map(other -> ": the key was deleted and made again, its version " + other.number()
                                        + " is " + other
                                        + "; restore the former key from a backup, or check the settings instance and"
                                        + " addresses")
                                .orElse(", but "
                                        + key.versions().values().stream()
                                                .map(KeyVersion::name)
                                                .collect(Collectors.joining(", "))));
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        begin(Operation.READ, deadline);
        TransitKey key = fitting(Operation.READ, read(deadline));
        return new KekDescription(
                name(key.latest()),
                key.softDeleted() ? KekDescription.State.DISABLED : KekDescription.State.ENABLED,
                key.type(),
                Optional.empty());
    }

    private TransitKey read(Deadline deadline) {
        long begun = known.beginRead();
        TransitKey key = requests.read(deadline);
        known.seen(begun, key);
        return key;
    }

    /** {@code key}, unless it is of a kind that does not serve, or switched off. */
    private TransitKey usable(Operation operation, TransitKey key) {
        if (key.softDeleted()) {
            throw refusals.failed(
                    Code.KEY_DISABLED,
                    operation,
                    "the key is soft-deleted; bring it back with \"bao write -f " + address.path("keys")
                            + "/soft-delete-restore\"");
        }
        return fitting(operation, key);
    }

    /** {@code key}, unless it is of a kind that does not serve. */
    private TransitKey fitting(Operation operation, TransitKey key) {
        if (!key.encrypts()) {
            throw refusals.failed(
                    Code.KEY_DISABLED,
                    operation,
                    "a key of type " + key.type()
                            + " does not encrypt; name another key, of type aes256-gcm96 for example");
        }
        if (key.derived()) {
            throw refusals.failed(
                    Code.KEY_DISABLED,
                    operation,
                    "the key is derived or convergent: it needs a derivation context with each use, or encrypts equal"
                            + " plaintexts equally; name a key made without these options");
        }
        if (!key.type().equals(type.label())) {
            throw refusals.failed(
                    Code.KEY_DISABLED,
                    operation,
                    "the key is of type " + key.type() + " and the setting keyType says " + type.label()
                            + (KeyType.of(key.type()).isPresent()
                                    ? "; set keyType to " + key.type()
                                    : "; name a key of that type"));
        }
        return key;
    }

    private void begin(Operation operation, Deadline deadline) {
        if (closed) {
            throw refusals.failed(Code.CLOSED, operation, "the handle is closed");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw refusals.failed(Code.INTERRUPTED, operation, "interrupted");
        }
        if (deadline.hasPassed()) {
            throw refusals.failed(Code.TIMEOUT, operation, "the deadline passed before it began");
        }
    }

    private byte[] associatedData(WrapContext context) {
        Objects.requireNonNull(context, "context");
        return traits.has(Capability.BINDS_CONTEXT) ? context.toBytes() : new byte[0];
    }

    private KekVersion name(KeyVersion version) {
        return new KekVersion(address.identity(), version.name());
    }

    @Override
    public List<Finding> examine(Deadline deadline) {
        return new Examination(address, type, session, requests, this::usable, host).findings(deadline);
    }

    @Override
    public void close() {
        closed = true;
        session.close();
    }

    /** The identity. */
    @Override
    public String toString() {
        return "TransitKek[" + address + "]";
    }
}
