package io.trousseau.provider.azure;

import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.util.Context;
import com.azure.security.keyvault.keys.KeyClient;
import com.azure.security.keyvault.keys.KeyClientBuilder;
import com.azure.security.keyvault.keys.KeyServiceVersion;
import com.azure.security.keyvault.keys.cryptography.CryptographyClient;
import com.azure.security.keyvault.keys.cryptography.CryptographyClientBuilder;
import com.azure.security.keyvault.keys.cryptography.CryptographyServiceVersion;
import com.azure.security.keyvault.keys.models.DeletedKey;
import com.azure.security.keyvault.keys.models.KeyVaultKey;
import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekDescription.State;
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
import io.trousseau.provider.azure.KeyAlgorithm.Answer;
import io.trousseau.provider.azure.http.Http;
import io.trousseau.provider.azure.login.AccessTokens;
import io.trousseau.provider.azure.login.BearerPolicy;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A key in a vault or a Managed HSM.
 *
 * <p>A wrap is two requests: which version is current, and the wrap, addressed to that version. Nothing is remembered in
 * between, so that a rotation, a disabled key and an expired one are seen by the next call. An unwrap is one request, to the
 * version under which the ciphertext was recorded. Every answer must name the key and the version that was asked.
 *
 * <p>The SDK's own cryptography, cache of keys and retries are off.
 */
final class AzureKek implements KekHandle {
    private static final KeyServiceVersion SERVICE_VERSION = KeyServiceVersion.V7_4;
    private static final CryptographyServiceVersion CRYPTOGRAPHY_VERSION = CryptographyServiceVersion.V7_4;

    private final KeyName key;
    private final Set<KeyName> restoredFrom;
    private final KeyAlgorithm algorithm;
    private final ProviderContext host;
    private final Http http;
    private final AccessTokens tokens;
    private final HttpPipeline pipeline;
    private final KeyClient keys;
    private volatile @Nullable String lastVersion;
    private volatile boolean closed;

    /** Takes {@code http} over. */
    AzureKek(
            KeyName key,
            Set<KeyName> restoredFrom,
            KeyAlgorithm algorithm,
            Http http,
            AccessTokens tokens,
            ProviderContext host) {
        this.key = key;
        this.restoredFrom = Set.copyOf(restoredFrom);
        this.algorithm = algorithm;
        this.host = host;
        this.http = http;
        this.tokens = tokens;
        this.pipeline = new HttpPipelineBuilder()
                .policies(new BearerPolicy(tokens))
                .httpClient(http)
                .build();
        this.keys = new KeyClientBuilder()
                .vaultUrl(key.vault())
                .pipeline(pipeline)
                .serviceVersion(SERVICE_VERSION)
                .buildClient();
    }

    @Override
    public KekTraits traits() {
        return algorithm.traits();
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        int largest = algorithm.traits().maxPlaintextBytes();
        if (plaintext.length == 0 || plaintext.length > largest) {
            throw new KmsException(
                    Code.INVALID_ARGUMENT,
                    "wrap under " + key + " takes 1 to " + largest + " bytes, not " + plaintext.length);
        }
        byte[] bound = context.toBytes();
        begin("wrap", deadline);
        KeyState state = state("wrap", deadline);
        if (!state.enabled()) {
            throw new KmsException(
                    Code.KEY_DISABLED,
                    "wrap under " + key.url(state.version())
                            + ": the current version is disabled; enable it, or rotate the" + " key");
        }
        state.writeProtected(algorithm, host.wallClock().instant()).ifPresent(why -> {
            throw new KmsException(Code.PERMISSION_DENIED, "wrap under " + key.url(state.version()) + ": it " + why);
        });
        byte[] ciphertext = operate(
                "wrap",
                state.version(),
                deadline,
                call -> algorithm.wrap(client(state.version()), plaintext, bound, call));
        return new WrapResult(ciphertext, Optional.of(version(state.version())));
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        KekVersion version = wrapped.version();
        byte[] bound = context.toBytes();
        begin("unwrap", deadline);
        if (!version.identity().equals(key.url()) && !isRestoredFrom(version.identity())) {
            throw new KmsException(Code.KEY_NOT_FOUND, "unwrap: this member is " + key + ", not " + version.identity());
        }
        // What is stored can be anything, and becomes part of a URL.
        if (!KeyName.isVersion(version.version())) {
            throw new KmsException(Code.KEY_NOT_FOUND, "unwrap under " + key + ": no version has the recorded name");
        }
        byte[] plaintext = operate("unwrap", version.version(), deadline, call -> {
            try {
                return algorithm.unwrap(client(version.version()), wrapped.ciphertext(), bound, call);
            } catch (KeyAlgorithm.RefusedException e) {
                throw new KmsException(
                        Code.INVALID_CIPHERTEXT,
                        "unwrap under " + key.url(version.version()) + ": this is no ciphertext of "
                                + algorithm.label(),
                        e);
            }
        });
        try {
            return new UnwrapResult(plaintext, Optional.of(version));
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        begin("describe", deadline);
        KeyState state;
        try {
            state = state(deadline);
        } catch (RuntimeException e) {
            @Nullable String known = lastVersion;
            if (AzureErrors.saysDisabled(e) && known != null) {
                return new KekDescription(version(known), State.DISABLED, algorithm.label(), Optional.empty());
            }
            if (AzureErrors.saysNotFound(e)) {
                Optional<KekDescription> deleted = deleted(deadline);
                if (deleted.isPresent()) {
                    return deleted.get();
                }
            }
            throw failure("describe", key.url(), e);
        }
        check("describe", state);
        return new KekDescription(
                version(state.version()),
                state.enabled() ? State.ENABLED : State.DISABLED,
                algorithm.label() + " (" + state.type() + (state.bits() > 0 ? " " + state.bits() : "") + ")",
                Optional.empty());
    }

    @Override
    public List<Finding> examine(Deadline deadline) {
        return new AzureExamination(key, algorithm, http, tokens, this, host).examine(deadline);
    }

    @Override
    public void close() {
        closed = true;
        http.close();
    }

    /** What Key Vault says of the current version. Throws what the SDK throws. */
    KeyState state(Deadline deadline) {
        KeyVaultKey answer =
                keys.getKeyWithResponse(key.name(), null, Http.under(deadline)).getValue();
        KeyName.Parsed kid = Optional.ofNullable(answer == null ? null : answer.getId())
                .flatMap(KeyName::parse)
                .orElseThrow(() -> AzureErrors.badAnswer("describe", key.url(), "it names no key", null));
        if (!kid.key().equals(key) || kid.version().isEmpty()) {
            throw AzureErrors.badAnswer("describe", key.url(), "it is about " + kid.key(), null);
        }
        String version = kid.version().get();
        lastVersion = version;
        return KeyState.of(answer, version)
                .orElseThrow(() -> AzureErrors.badAnswer("describe", key.url(), "it says nothing of the key", null));
    }

    private KeyState state(String operation, Deadline deadline) {
        KeyState state;
        try {
            state = state(deadline);
        } catch (RuntimeException e) {
            throw orDeleted(operation, key.url(), e, deadline);
        }
        check(operation, state);
        return state;
    }

    /** Refuses a key that is of no use here, whatever its state. */
    private void check(String operation, KeyState state) {
        String what = operation + " under " + key + ": the key ";
        state.misfit(algorithm).ifPresent(why -> {
            throw new KmsException(Code.KEY_NOT_FOUND, what + why);
        });
        state.unreadable(algorithm).ifPresent(why -> {
            throw new KmsException(Code.KEY_DISABLED, what + why);
        });
    }

    private byte[] operate(String operation, String version, Deadline deadline, Function<Context, Answer> request) {
        String url = key.url(version);
        Answer answer;
        try {
            answer = request.apply(Http.under(deadline));
        } catch (RuntimeException e) {
            throw orDeleted(operation, url, e, deadline);
        }
        byte @Nullable [] bytes = answer.bytes();
        Optional<KeyName.Parsed> kid = Optional.ofNullable(answer.kid()).flatMap(KeyName::parse);
        if (kid.isEmpty()
                || !kid.get().key().equals(key)
                || !kid.get().version().equals(Optional.of(version))) {
            wipe(bytes);
            throw AzureErrors.badAnswer(
                    operation,
                    url,
                    "it is of "
                            + kid.map(of -> of.key().url(of.version().orElse("?")))
                                    .orElse("no key"),
                    null);
        }
        if (bytes == null || bytes.length == 0) {
            throw AzureErrors.badAnswer(operation, url, "it is empty", null);
        }
        if (bytes.length > KekTraits.LARGEST_WRAPPED_BYTES) {
            wipe(bytes);
            throw AzureErrors.badAnswer(operation, url, "it has " + bytes.length + " bytes", null);
        }
        return bytes;
    }

    private static void wipe(byte @Nullable [] bytes) {
        if (bytes != null) {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** A client of one version. It holds nothing but the address, so it is made for each call. */
    private CryptographyClient client(String version) {
        return new CryptographyClientBuilder()
                .keyIdentifier(key.url(version))
                .pipeline(pipeline)
                .serviceVersion(CRYPTOGRAPHY_VERSION)
                .disableKeyCaching()
                .buildClient();
    }

    /** A failure; if Key Vault knows no such key, it is asked whether the key was deleted. */
    private KmsException orDeleted(String operation, String url, RuntimeException thrown, Deadline deadline) {
        if (AzureErrors.saysNotFound(thrown)) {
            Optional<KekDescription> deleted = deleted(deadline);
            if (deleted.isPresent()) {
                return new KmsException(
                        Code.KEY_DESTROYED,
                        operation + " under " + url + ": the key is deleted"
                                + deleted.get()
                                        .destructionAt()
                                        .map(at -> " and will be purged at " + at)
                                        .orElse("")
                                + "; \"az keyvault key recover\" brings it back until then",
                        thrown);
            }
        }
        return failure(operation, url, thrown);
    }

    private KmsException failure(String operation, String url, RuntimeException thrown) {
        return closed ? isClosed() : AzureErrors.of(operation, url, thrown);
    }

    /** The key among the soft-deleted ones; empty if it is not there or that may not be asked. */
    private Optional<KekDescription> deleted(Deadline deadline) {
        DeletedKey answer;
        try {
            answer = keys.getDeletedKeyWithResponse(key.name(), Http.under(deadline))
                    .getValue();
        } catch (RuntimeException e) {
            return Optional.empty();
        }
        Optional<KeyName.Parsed> kid = Optional.ofNullable(answer == null ? null : answer.getId())
                .flatMap(KeyName::parse)
                .filter(of -> of.key().equals(key));
        return kid.flatMap(KeyName.Parsed::version)
                .map(version -> new KekDescription(
                        version(version),
                        State.DESTRUCTION_SCHEDULED,
                        algorithm.label(),
                        Optional.ofNullable(answer.getScheduledPurgeDate()).map(OffsetDateTime::toInstant)));
    }

    private boolean isRestoredFrom(String identity) {
        return restoredFrom.stream().anyMatch(former -> former.url().equals(identity));
    }

    private KekVersion version(String version) {
        return new KekVersion(key.url(), version);
    }

    private void begin(String operation, Deadline deadline) {
        Objects.requireNonNull(deadline, "deadline");
        if (closed) {
            throw isClosed();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new KmsException(Code.INTERRUPTED, operation + " under " + key + ": interrupted");
        }
        if (deadline.hasPassed()) {
            throw new KmsException(Code.TIMEOUT, operation + " under " + key + ": the deadline passed before it began");
        }
    }

    private KmsException isClosed() {
        return new KmsException(Code.CLOSED, "the handle of " + key + " is closed");
    }

    /** The key and how it logs in. */
    @Override
    public String toString() {
        return "AzureKek[" + key + ", " + algorithm.label() + ", " + tokens + "]";
    }
}
