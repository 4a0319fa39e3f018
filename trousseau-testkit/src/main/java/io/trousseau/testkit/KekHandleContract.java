package io.trousseau.testkit;

import static io.trousseau.api.Capability.AUTHENTICATED;
import static io.trousseau.api.Capability.BINDS_CONTEXT;
import static io.trousseau.api.Capability.NAMES_VERSION_ON_UNWRAP;
import static io.trousseau.api.Capability.NAMES_VERSION_ON_WRAP;
import static io.trousseau.api.KmsException.Code.CLOSED;
import static io.trousseau.api.KmsException.Code.INTERRUPTED;
import static io.trousseau.api.KmsException.Code.INVALID_ARGUMENT;
import static io.trousseau.api.KmsException.Code.INVALID_CIPHERTEXT;
import static io.trousseau.api.KmsException.Code.KEY_DISABLED;
import static io.trousseau.api.KmsException.Code.KEY_NOT_FOUND;
import static io.trousseau.api.KmsException.Code.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.fail;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * What every {@link KekHandle} must hold, as tests. A provider's author subclasses it:
 *
 * <pre>{@code
 * class AcmeKekTest extends KekHandleContract {
 *     @Override
 *     protected KekHandle openKek(ProviderContext context) {
 *         return new AcmeProvider().open(configOf("key-a"), context);
 *     }
 *
 *     @Override
 *     protected KekHandle openOtherKek(ProviderContext context) {
 *         return new AcmeProvider().open(configOf("key-b"), context);
 *     }
 * }
 * }</pre>
 *
 * <p>Only {@link #openKek} must be there. Each further hook switches on the tests that need it; without it they are
 * reported as skipped, with the name of the hook. A declared {@link io.trousseau.api.Capability} is tested for what it
 * promises, an undeclared one for its documented refusal.
 *
 * <p>Every call is made on a thread of its own and given up after a while, so that a handle that hangs fails the tests
 * that are about hanging and stops nothing. The tests make a few thousand calls in all, and change the KEK only through
 * the hooks.
 */
public abstract class KekHandleContract {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final WrapContext CONTEXT = WrapContext.of(Map.of("keyring", "contract", "k", "1"));
    private static final int LARGEST_TRIED_BYTES = 1 << 20;
    private static final int MANY_THREADS = 8;

    /** What the names of Trousseau's own checks begin with. */
    private static final List<String> CHECKS_OF_TROUSSEAU =
            List.of("config", "socket", "admin", "process", "node", "keyring", "member");

    private final RecordingLogger log = new RecordingLogger();
    private final List<KekHandle> opened = new ArrayList<>();
    private @Nullable KekHandle kek;

    /** For subclasses. */
    protected KekHandleContract() {}

    /**
     * Opens a new handle on the KEK under test: one that is enabled, on a KMS that answers. Within one test, each handle
     * is on the same KEK. The kit closes it.
     *
     * @param context to be handed to the provider; its logger is watched
     * @throws Exception fails the test
     */
    protected abstract KekHandle openKek(ProviderContext context) throws Exception;

    /**
     * Opens a new handle on another KEK of the same kind, to which the credentials at hand give access as well.
     *
     * @param context to be handed to the provider; its logger is watched
     * @throws Exception fails the test
     */
    protected KekHandle openOtherKek(ProviderContext context) throws Exception {
        return Assumptions.abort("openOtherKek is not overridden");
    }

    /**
     * Makes a new version of the KEK under test, and returns when it is the one that wraps.
     *
     * @throws Exception fails the test
     */
    protected void rotateKek() throws Exception {
        Assumptions.abort("rotateKek is not overridden");
    }

    /**
     * Disables the KEK under test, and returns when it is.
     *
     * @throws Exception fails the test
     */
    protected void disableKek() throws Exception {
        Assumptions.abort("disableKek is not overridden");
    }

    /**
     * Lets the KMS fall silent: it takes requests and holds the answers back. A handle is open already. The kit closes
     * what this returns.
     *
     * @throws Exception fails the test
     */
    protected Stall stallKms() throws Exception {
        return Assumptions.abort("stallKms is not overridden");
    }

    /**
     * Texts that must appear in no log line, exception message, finding or {@code toString}, in any case: tokens, passwords and
     * key material in the form in which the provider is given them. None by default; the kit watches what it wraps
     * anyway.
     */
    protected List<String> secrets() {
        return List.of();
    }

    /**
     * How long the kit waits for what should happen at once, and the deadline of ordinary calls: 5 seconds by default.
     * More for a slow KMS. It is a limit, not a measurement: only what hangs comes near it.
     */
    protected Duration patience() {
        return Duration.ofSeconds(5);
    }

    @AfterEach
    final void closeWhatWasOpened() {
        for (KekHandle handle : opened) {
            try {
                new GuardedKek(handle, limit()).close();
            } catch (RuntimeException e) {
                // Closing has tests of its own; this one is about something else.
                log.log(System.Logger.Level.DEBUG, "close failed", e);
            }
        }
    }

    @Nested
    @DisplayName("What wrap made, unwrap turns back")
    class RoundTrip {
        @Test
        @DisplayName("plaintexts of 1, 16, 32, 33 and 64 bytes and of the largest size come back unchanged")
        void everySize() {
            for (int size : List.of(1, 16, 32, 33, 64, kek().traits().maxPlaintextBytes())) {
                if (size <= LARGEST_TRIED_BYTES) {
                    byte[] plaintext = random(size);
                    assertThat(unwrap(wrap(plaintext), CONTEXT))
                            .as("a plaintext of %d bytes", size)
                            .isEqualTo(plaintext);
                }
            }
        }

        @Test
        @DisplayName(
                "no byte has a meaning: leading and trailing zeros, all zeros, all ones, line ends and text come back")
        void everyPattern() {
            byte[] ones = new byte[32];
            Arrays.fill(ones, (byte) 0xff);
            byte[] inZeros = new byte[32];
            inZeros[15] = 1;
            List<byte[]> patterns =
                    List.of(new byte[32], ones, inZeros, ascii("\r\n \t\0ordinary text\r\n"), new byte[] {0});
            for (byte[] plaintext : patterns) {
                assertThat(unwrap(wrap(plaintext), CONTEXT)).isEqualTo(plaintext);
            }
        }

        @Test
        @DisplayName("every context is taken: none, one entry, an empty value, punctuation, 16 entries")
        void everyContext() {
            Map<String, String> sixteen = new LinkedHashMap<>();
            for (int i = 0; i < 16; i++) {
                sixteen.put("key-" + i, "value-" + i);
            }
            List<WrapContext> contexts = List.of(
                    WrapContext.empty(),
                    WrapContext.of(Map.of("a", "b")),
                    WrapContext.of(Map.of("a", "")),
                    WrapContext.of(Map.of(" \"'{}[]=:;,", "/\\%&?#+<>|~`!@$^*()._-")),
                    WrapContext.of(sixteen));
            byte[] plaintext = random(32);
            for (WrapContext context : contexts) {
                assertThat(unwrap(wrap(plaintext, context), context))
                        .as("under %s", context)
                        .isEqualTo(plaintext);
            }
        }

        @Test
        @DisplayName("wraps of equal arguments give different ciphertexts")
        void freshCiphertexts() {
            byte[] plaintext = random(32);
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < 16; i++) {
                seen.add(Arrays.toString(wrap(plaintext).ciphertext()));
            }
            assertThat(seen).as("distinct ciphertexts of 16 wraps").hasSize(16);
        }

        @Test
        @DisplayName("another handle on the same KEK unwraps it: nothing that matters is kept in a handle")
        void anotherHandle() {
            byte[] plaintext = random(32);
            WrappedKey wrapped = wrap(plaintext);
            assertThat(unwrap(open(), wrapped, CONTEXT)).isEqualTo(plaintext);
        }

        @Test
        @DisplayName("the ciphertext of 64 bytes or fewer is no longer than maxWrappedBytes")
        void longestCiphertext() {
            int bound = kek().traits().maxWrappedBytes();
            for (int size = 1; size <= 64; size++) {
                assertThat(wrap(random(size)).ciphertext())
                        .as("the ciphertext of %d bytes", size)
                        .hasSizeLessThanOrEqualTo(bound);
            }
        }
    }

    @Nested
    @DisplayName("The context")
    class Context {
        @Test
        @DisplayName("is bound to the ciphertext with BINDS_CONTEXT, and ignored at both ends without it")
        void boundOrIgnored() {
            Map<String, String> entries = Map.of("ab", "c", "d", "e");
            WrapContext context = WrapContext.of(entries);
            List<WrapContext> others = List.of(
                    WrapContext.empty(),
                    WrapContext.of(Map.of("ab", "c")),
                    WrapContext.of(Map.of("ab", "c", "d", "f")),
                    WrapContext.of(Map.of("ab", "c", "d", "")),
                    WrapContext.of(Map.of("ab", "c", "d", "E")),
                    WrapContext.of(Map.of("ab", "c", "d", "e", "g", "h")),
                    WrapContext.of(Map.of("a", "bc", "d", "e")),
                    WrapContext.of(Map.of("ab", "e", "d", "c")),
                    WrapContext.of(Map.of("c", "ab", "e", "d")));
            byte[] plaintext = random(32);
            WrappedKey wrapped = wrap(plaintext, context);
            for (WrapContext other : others) {
                if (kek().traits().has(BINDS_CONTEXT)) {
                    assertFails(
                            INVALID_CIPHERTEXT,
                            "unwrap under " + other + " of what was wrapped under " + context,
                            () -> unwrap(wrapped, other));
                } else {
                    assertThat(unwrap(wrapped, other)).as("under %s", other).isEqualTo(plaintext);
                }
            }
            if (kek().traits().has(BINDS_CONTEXT)) {
                WrappedKey unbound = wrap(plaintext, WrapContext.empty());
                assertFails(
                        INVALID_CIPHERTEXT,
                        "unwrap under " + context + " of what was wrapped under none",
                        () -> unwrap(unbound, context));
            }
        }
    }

    @Nested
    @DisplayName("A ciphertext that wrap did not make is refused with INVALID_CIPHERTEXT")
    class Tampering {
        private final byte[] plaintext = random(32);

        @Test
        @DisplayName("flipped bits in any byte")
        void flippedBits() {
            WrappedKey wrapped = wrap(plaintext);
            byte[] ciphertext = wrapped.ciphertext();
            for (int i = 0; i < ciphertext.length; i++) {
                for (int mask : new int[] {0x01, 0x80, 0xff}) {
                    byte[] changed = ciphertext.clone();
                    changed[i] ^= (byte) mask;
                    assertRefused("byte " + i + " changed by the mask " + mask, changed, wrapped);
                }
            }
        }

        @Test
        @DisplayName("any number of bytes cut off at either end")
        void truncated() {
            WrappedKey wrapped = wrap(plaintext);
            byte[] ciphertext = wrapped.ciphertext();
            for (int length = 1; length < ciphertext.length; length++) {
                assertRefused("the first " + length + " bytes", Arrays.copyOf(ciphertext, length), wrapped);
                byte[] end = Arrays.copyOfRange(ciphertext, ciphertext.length - length, ciphertext.length);
                assertRefused("the last " + length + " bytes", end, wrapped);
            }
        }

        @Test
        @DisplayName("bytes added at either end")
        void extended() {
            WrappedKey wrapped = wrap(plaintext);
            byte[] ciphertext = wrapped.ciphertext();
            for (byte added : new byte[] {0, 1, '\n', ' ', '=', 'A', (byte) 0xff}) {
                byte[] appended = Arrays.copyOf(ciphertext, ciphertext.length + 1);
                appended[ciphertext.length] = added;
                assertRefused("the byte " + added + " appended", appended, wrapped);
                byte[] prepended = new byte[ciphertext.length + 1];
                prepended[0] = added;
                System.arraycopy(ciphertext, 0, prepended, 1, ciphertext.length);
                assertRefused("the byte " + added + " prepended", prepended, wrapped);
            }
            byte[] twice = Arrays.copyOf(ciphertext, 2 * ciphertext.length);
            System.arraycopy(ciphertext, 0, twice, ciphertext.length, ciphertext.length);
            assertRefused("the ciphertext written twice", twice, wrapped);
        }

        @Test
        @DisplayName("no bytes at all")
        void empty() {
            WrappedKey wrapped = wrap(plaintext);
            assertRefused("an empty ciphertext", new byte[0], wrapped);
        }

        @Test
        @DisplayName("anything else, short or long")
        void junk() {
            WrappedKey wrapped = wrap(plaintext);
            int length = wrapped.ciphertext().length;
            for (int size : List.of(1, 12, 28, length, length, length, 4096, 65536)) {
                assertRefused("junk of " + size + " bytes", random(size), wrapped);
            }
            assertRefused("zeros", new byte[length], wrapped);
            assertRefused("the plaintext itself", plaintext, wrapped);
        }

        @Test
        @DisplayName("what another KEK made")
        void otherKek() {
            KekHandle other = openOther();
            KekVersion version = describe().current();
            WrapResult foreign = other.wrap(plaintext.clone(), CONTEXT, soon());
            assertRefused("another KEK's ciphertext", foreign.ciphertext(), new WrappedKey(new byte[0], version));
        }

        /** Without AUTHENTICATED a changed ciphertext may unwrap to something, but never to what was wrapped. */
        private void assertRefused(String how, byte[] ciphertext, WrappedKey genuine) {
            WrappedKey changed = new WrappedKey(ciphertext, genuine.version());
            if (kek().traits().has(AUTHENTICATED)) {
                assertFails(INVALID_CIPHERTEXT, "unwrap of " + how, () -> unwrap(changed, CONTEXT));
                return;
            }
            Optional<byte[]> answer =
                    answerUnless(INVALID_CIPHERTEXT, "unwrap of " + how, () -> unwrap(changed, CONTEXT));
            answer.ifPresent(bytes -> assertThat(bytes).as("unwrap of %s", how).isNotEqualTo(plaintext));
        }
    }

    @Nested
    @DisplayName("An argument")
    class Arguments {
        @Test
        @DisplayName("that is an empty plaintext is refused with INVALID_ARGUMENT")
        void emptyPlaintext() {
            assertFails(INVALID_ARGUMENT, "wrap of an empty plaintext", () -> wrapNothing(kek()));
        }

        @Test
        @DisplayName("that is a plaintext over maxPlaintextBytes is refused with INVALID_ARGUMENT")
        void oversizePlaintext() {
            assertFails(INVALID_ARGUMENT, "wrap of one byte too many", () -> wrapTooMuch(kek()));
        }

        @Test
        @DisplayName("that is an empty or too long plaintext is refused without asking the KMS")
        void refusedWithoutTheKms() {
            whileStalled(stall -> {
                assertFails(INVALID_ARGUMENT, "wrap of an empty plaintext", () -> wrapNothing(kek()));
                assertFails(INVALID_ARGUMENT, "wrap of one byte too many", () -> wrapTooMuch(kek()));
                assertThat(stall.held()).as("requests at the KMS").isZero();
            });
        }

        @Test
        @DisplayName("that is null throws NullPointerException")
        @SuppressWarnings({"NullAway", "DataFlowIssue"})
        void nulls() {
            KekHandle kek = kek();
            WrappedKey wrapped = wrap(random(32));
            assertThatNullPointerException().isThrownBy(() -> kek.wrap(null, CONTEXT, soon()));
            assertThatNullPointerException().isThrownBy(() -> kek.wrap(new byte[32], null, soon()));
            assertThatNullPointerException().isThrownBy(() -> kek.wrap(new byte[32], CONTEXT, null));
            assertThatNullPointerException().isThrownBy(() -> kek.unwrap(null, CONTEXT, soon()));
            assertThatNullPointerException().isThrownBy(() -> kek.unwrap(wrapped, null, soon()));
            assertThatNullPointerException().isThrownBy(() -> kek.unwrap(wrapped, CONTEXT, null));
            assertThatNullPointerException().isThrownBy(() -> kek.describe(null));
        }

        private WrapResult wrapNothing(KekHandle kek) {
            return kek.wrap(new byte[0], CONTEXT, soon());
        }

        private WrapResult wrapTooMuch(KekHandle kek) {
            int largest = kek.traits().maxPlaintextBytes();
            Assumptions.assumeTrue(
                    largest < LARGEST_TRIED_BYTES, "maxPlaintextBytes is more than the kit wants to allocate");
            return kek.wrap(new byte[largest + 1], CONTEXT, soon());
        }
    }

    @Nested
    @DisplayName("The name of a KEK version")
    class Naming {
        @Test
        @DisplayName(
                "is in the answer of wrap with NAMES_VERSION_ON_WRAP, the same that describe tells, and not without")
        void onWrap() {
            Optional<KekVersion> named = kek().wrap(random(32), CONTEXT, soon()).version();
            if (kek().traits().has(NAMES_VERSION_ON_WRAP)) {
                assertThat(named)
                        .as("the version that wrap names")
                        .contains(describe().current());
            } else {
                assertThat(named).as("the version that wrap names").isEmpty();
            }
        }

        @Test
        @DisplayName("is in the answer of unwrap with NAMES_VERSION_ON_UNWRAP, the one that wrapped, and not without")
        void onUnwrap() {
            WrappedKey wrapped = wrap(random(32));
            try (UnwrapResult answer = kek().unwrap(wrapped, CONTEXT, soon())) {
                if (kek().traits().has(NAMES_VERSION_ON_UNWRAP)) {
                    assertThat(answer.version())
                            .as("the version that unwrap names")
                            .contains(wrapped.version());
                } else {
                    assertThat(answer.version())
                            .as("the version that unwrap names")
                            .isEmpty();
                }
            }
        }

        @Test
        @DisplayName("has the same identity at every call and in every handle")
        void identityIsStable() {
            String identity = describe().current().identity();
            assertThat(describe().current().identity()).isEqualTo(identity);
            assertThat(open().describe(soon()).current().identity()).isEqualTo(identity);
        }

        @Test
        @DisplayName("has another identity at another KEK")
        void identityIsUnique() {
            KekHandle other = openOther();
            assertThat(other.describe(soon()).current().identity())
                    .isNotEqualTo(describe().current().identity());
        }

        @Test
        @DisplayName("with the identity of another key is refused by unwrap with KEY_NOT_FOUND")
        void unknownIdentity() {
            WrappedKey wrapped = wrap(random(32));
            String identity = wrapped.version().identity();
            List<String> others = new ArrayList<>(List.of("no-such-key"));
            if (identity.length() > 1) {
                others.add(identity.substring(0, identity.length() - 1));
            }
            if (identity.length() < 500) {
                others.add(identity + "-x");
            }
            for (String other : others) {
                KekVersion foreign = new KekVersion(other, wrapped.version().version());
                assertFails(
                        KEY_NOT_FOUND,
                        "unwrap for the identity " + other,
                        () -> unwrap(new WrappedKey(wrapped.ciphertext(), foreign), CONTEXT));
            }
        }

        @Test
        @DisplayName("that does not exist is refused by unwrap with KEY_NOT_FOUND, or ignored and the true one named")
        void unknownVersion() {
            byte[] plaintext = random(32);
            WrappedKey wrapped = wrap(plaintext);
            KekVersion truth = wrapped.version();
            List<String> others = new ArrayList<>(List.of("no-such-version"));
            if (truth.version().length() < 250) {
                others.add(truth.version() + "9999");
            }
            for (String other : others) {
                assertRefusedOrTruth(KEY_NOT_FOUND, plaintext, wrapped, new KekVersion(truth.identity(), other));
            }
        }

        @Test
        @DisplayName(
                "changes with a rotation, which describe and wrap tell at once; what the older version wrapped unwraps")
        void rotation() throws Exception {
            byte[] plaintext = random(32);
            KekVersion before = describe().current();
            WrappedKey old = wrap(plaintext);
            rotateKek();
            KekVersion after = describe().current();
            assertThat(after.identity()).as("the identity after a rotation").isEqualTo(before.identity());
            assertThat(after.version()).as("the version after a rotation").isNotEqualTo(before.version());
            WrapResult wrapped = kek().wrap(plaintext.clone(), CONTEXT, soon());
            wrapped.version()
                    .ifPresent(named -> assertThat(named)
                            .as("the version that wrap names after a rotation")
                            .isEqualTo(after));
            assertThat(unwrap(new WrappedKey(wrapped.ciphertext(), after), CONTEXT))
                    .isEqualTo(plaintext);
            try (UnwrapResult answer = kek().unwrap(old, CONTEXT, soon())) {
                assertThat(answer.plaintext()).isEqualTo(plaintext);
                answer.version()
                        .ifPresent(named -> assertThat(named)
                                .as("the version that unwrap names for what the older one wrapped")
                                .isEqualTo(before));
            }
        }

        @Test
        @DisplayName(
                "that is not the one that wrapped is refused with INVALID_CIPHERTEXT, or ignored and the true one named")
        void wrongVersion() throws Exception {
            byte[] plaintext = random(32);
            WrappedKey old = wrap(plaintext);
            rotateKek();
            assertRefusedOrTruth(INVALID_CIPHERTEXT, plaintext, old, describe().current());
        }

        private void assertRefusedOrTruth(Code code, byte[] plaintext, WrappedKey wrapped, KekVersion stated) {
            String what = "unwrap for the version " + stated.version();
            answerUnless(code, what, () -> kek().unwrap(new WrappedKey(wrapped.ciphertext(), stated), CONTEXT, soon()))
                    .ifPresent(answer -> {
                        try (answer) {
                            assertThat(answer.plaintext()).as(what).isEqualTo(plaintext);
                            answer.version()
                                    .ifPresent(named -> assertThat(named)
                                            .as("the version that %s names", what)
                                            .isEqualTo(wrapped.version()));
                        }
                    });
        }
    }

    @Nested
    @DisplayName("describe")
    class Describe {
        @Test
        @DisplayName("calls a usable KEK enabled and names its algorithm")
        void enabled() {
            KekDescription description = describe();
            assertThat(description.state()).isEqualTo(KekDescription.State.ENABLED);
            assertThat(description.algorithm()).isNotBlank();
        }

        @Test
        @DisplayName("answers for a disabled KEK, which refuses to wrap and unwrap with KEY_DISABLED")
        void disabled() throws Exception {
            WrappedKey wrapped = wrap(random(32));
            assertThat(describe().state()).isEqualTo(KekDescription.State.ENABLED);
            disableKek();
            assertThat(describe().state()).isEqualTo(KekDescription.State.DISABLED);
            assertFails(KEY_DISABLED, "wrap", () -> kek().wrap(random(32), CONTEXT, soon()));
            assertFails(KEY_DISABLED, "unwrap", () -> unwrap(wrapped, CONTEXT));
        }
    }

    @Nested
    @DisplayName("examine")
    class Examine {
        @Test
        @DisplayName("names each check once, under one name of the provider's own: vault.tls, vault.login")
        void namesEachCheckOnce() {
            List<String> checks = examine().stream().map(Finding::check).toList();
            assertThat(checks).as("the checks").doesNotHaveDuplicates();
            Set<String> first = new HashSet<>();
            for (String check : checks) {
                assertThat(check).as("a check").contains(".");
                first.add(check.substring(0, check.indexOf('.')));
            }
            assertThat(first)
                    .as("what the checks' names begin with")
                    .hasSizeLessThanOrEqualTo(1)
                    .doesNotContainAnyElementsOf(CHECKS_OF_TROUSSEAU);
        }

        @Test
        @DisplayName("changes nothing: the KEK is as it was, and what was wrapped still unwraps")
        void changesNothing() {
            byte[] plaintext = random(32);
            WrappedKey wrapped = wrap(plaintext);
            KekDescription before = describe();
            examine();
            examine();
            assertThat(describe()).as("the description after examine").isEqualTo(before);
            assertThat(unwrap(wrapped, CONTEXT)).isEqualTo(plaintext);
        }

        @Test
        @DisplayName("comes back by its deadline while the KMS is silent, with what it could find out")
        void silentKms() {
            whileStalled(stall -> {
                Deadline brief = Deadline.after(patience().dividedBy(50));
                List<Finding> unused = found("while the KMS is silent", () -> kek().examine(brief));
            });
        }

        @Test
        @DisplayName("throws nothing while the KEK is disabled: what fails is a finding")
        void disabled() throws Exception {
            KekDescription enabled = describe();
            assertThat(enabled.state()).isEqualTo(KekDescription.State.ENABLED);
            disableKek();
            List<Finding> unused = found("of a disabled KEK", () -> kek().examine(soon()));
        }

        @Test
        @DisplayName("throws nothing when its deadline has passed, or the handle is closed")
        void neverThrows() {
            List<Finding> late = found("with a deadline that has passed", () -> kek().examine(passed()));
            assertThat(late).doesNotContainNull();
            forgetAndClose(rawKek());
            List<Finding> closed = found("of a closed handle", () -> kek().examine(soon()));
            assertThat(closed).doesNotContainNull();
        }

        private Deadline passed() {
            return Deadline.after(Duration.ZERO);
        }

        private List<Finding> examine() {
            return found("of an enabled KEK", () -> kek().examine(soon()));
        }

        private List<Finding> found(String when, Supplier<List<Finding>> examination) {
            return answerOf("examine " + when, examination);
        }
    }

    @Nested
    @DisplayName("A deadline")
    class Deadlines {
        @Test
        @DisplayName("that has passed ends every call at once with TIMEOUT")
        void passed() {
            WrappedKey wrapped = wrap(random(32));
            Deadline passed = Deadline.after(Duration.ZERO);
            for (Request request : Request.values()) {
                assertFails(TIMEOUT, request.toString(), () -> request.make(kek(), wrapped, CONTEXT, passed));
            }
        }

        @Test
        @DisplayName("ends every call with TIMEOUT while the KMS is silent")
        void silentKms() {
            WrappedKey wrapped = wrap(random(32));
            whileStalled(stall -> {
                for (Request request : Request.values()) {
                    Deadline brief = Deadline.after(patience().dividedBy(50));
                    assertFails(TIMEOUT, request.toString(), () -> request.make(kek(), wrapped, CONTEXT, brief));
                }
            });
        }
    }

    @Nested
    @DisplayName("An interrupt")
    class Interrupts {
        @Test
        @DisplayName("before a call ends it with INTERRUPTED and leaves the flag set")
        void before() {
            WrappedKey wrapped = wrap(random(32));
            for (Request request : Request.values()) {
                Call<?> call = Call.start(request.toString(), () -> {
                    Thread.currentThread().interrupt();
                    return request.make(rawKek(), wrapped, CONTEXT, soon());
                });
                assertInterrupted(request, call);
            }
        }

        @Test
        @DisplayName("during a call that waits for the KMS ends it with INTERRUPTED and leaves the flag set")
        void during() {
            WrappedKey wrapped = wrap(random(32));
            for (Request request : Request.values()) {
                whileStalled(stall -> {
                    Deadline late = Deadline.after(patience().multipliedBy(4));
                    Call<?> call = Call.start(request.toString(), () -> request.make(rawKek(), wrapped, CONTEXT, late));
                    Call.awaitUntil(request + " at the KMS", patience(), () -> stall.held() > 0);
                    call.interrupt();
                    assertInterrupted(request, call);
                });
            }
        }

        @Test
        @DisplayName("leaves the handle usable")
        void after() {
            byte[] plaintext = random(32);
            WrappedKey wrapped = wrap(plaintext);
            for (Request request : Request.values()) {
                Call.start(request.toString(), () -> {
                            Thread.currentThread().interrupt();
                            return request.make(rawKek(), wrapped, CONTEXT, soon());
                        })
                        .await(limit());
            }
            assertThat(unwrap(wrapped, CONTEXT)).isEqualTo(plaintext);
            assertThat(unwrap(wrap(plaintext), CONTEXT)).isEqualTo(plaintext);
        }

        private void assertInterrupted(Request request, Call<?> call) {
            Call.Outcome<?> outcome = call.await(patience());
            assertFails(INTERRUPTED, request.toString(), outcome::get);
            assertThat(outcome.interrupted())
                    .as("the interrupt flag after %s", request)
                    .isTrue();
        }
    }

    @Nested
    @DisplayName("A failed call")
    class Failures {
        @Test
        @DisplayName("leaves the handle usable")
        void usableAfterwards() {
            byte[] plaintext = random(32);
            WrappedKey wrapped = wrap(plaintext);
            assertThat(provokeFailures(plaintext, wrapped))
                    .as("provoked failures")
                    .isNotEmpty();
            assertThat(unwrap(wrapped, CONTEXT)).isEqualTo(plaintext);
            assertThat(unwrap(wrap(plaintext), CONTEXT)).isEqualTo(plaintext);
        }

        @Test
        @DisplayName("says why")
        void says() {
            byte[] plaintext = random(32);
            for (RuntimeException failure : provokeFailures(plaintext, wrap(plaintext))) {
                assertThat(failure.getMessage())
                        .as("the message of a %s", failure.getClass().getName())
                        .isNotBlank();
            }
        }
    }

    @Nested
    @DisplayName("Many threads")
    class Threads {
        @Test
        @DisplayName("each get what is theirs")
        void eachItsOwn() {
            KekHandle kek = rawKek();
            KekVersion version = describe().current();
            CountDownLatch start = new CountDownLatch(MANY_THREADS);
            List<Call<Boolean>> calls = new ArrayList<>();
            for (int i = 0; i < MANY_THREADS; i++) {
                calls.add(Call.start("a thread of many", () -> {
                    meet(start);
                    for (int round = 0; round < 25; round++) {
                        byte[] plaintext = random(1 + round);
                        WrapContext context = WrapContext.of(Map.of("round", Integer.toString(round)));
                        WrapResult wrapped = kek.wrap(plaintext.clone(), context, soon());
                        WrappedKey key = new WrappedKey(
                                wrapped.ciphertext(), wrapped.version().orElse(version));
                        assertThat(unwrap(kek, key, context)).isEqualTo(plaintext);
                    }
                    return true;
                }));
            }
            for (Call<Boolean> call : calls) {
                answerOf("a call among many", call.await(limit().multipliedBy(4))::get);
            }
        }

        @Test
        @DisplayName("wait for the KMS side by side, not one after another")
        void sideBySide() {
            WrappedKey wrapped = wrap(random(32));
            whileStalled(stall -> {
                List<Call<?>> calls = new ArrayList<>();
                for (Request request : Request.values()) {
                    for (int i = 0; i < 2; i++) {
                        Deadline late = Deadline.after(patience().multipliedBy(2));
                        calls.add(Call.start(request.toString(), () -> request.make(rawKek(), wrapped, CONTEXT, late)));
                    }
                }
                Call.awaitUntil(
                        "all of " + calls.size() + " calls at the KMS", patience(), () -> stall.held() >= calls.size());
                stall.close();
                calls.forEach(call -> answerOf("a call that was held back", call.await(limit())::get));
            });
        }
    }

    @Nested
    @DisplayName("A byte array")
    class ByteArrays {
        @Test
        @DisplayName("that is given is not changed")
        void inputsUnchanged() {
            byte[] plaintext = random(32);
            byte[] given = plaintext.clone();
            assertThat(wrapGiven(given).ciphertext()).isNotEmpty();
            assertThat(given).as("the plaintext after wrap").isEqualTo(plaintext);
        }

        @Test
        @DisplayName("that is given is not kept: what its owner does with it later changes nothing")
        void inputsNotKept() {
            byte[] plaintext = random(32);
            byte[] given = plaintext.clone();
            WrappedKey wrapped = wrapGiven(given);
            Arrays.fill(given, (byte) 0);
            assertThat(unwrap(wrapped, CONTEXT)).isEqualTo(plaintext);
        }

        @Test
        @DisplayName("in an answer is fresh: closing one answer leaves the others alone")
        void answersAreFresh() {
            byte[] plaintext = random(32);
            WrappedKey wrapped = wrap(plaintext);
            UnwrapResult second;
            try (UnwrapResult first = kek().unwrap(wrapped, CONTEXT, soon())) {
                second = kek().unwrap(wrapped, CONTEXT, soon());
                assertThat(first.plaintext()).isEqualTo(plaintext);
            }
            try (second) {
                assertThat(second.plaintext()).as("the second answer").isEqualTo(plaintext);
            }
        }

        private WrappedKey wrapGiven(byte[] given) {
            WrapResult result = kek().wrap(given, CONTEXT, soon());
            return new WrappedKey(
                    result.ciphertext(),
                    result.version().orElseGet(() -> describe().current()));
        }
    }

    @Nested
    @DisplayName("Nothing secret is")
    class Secrets {
        private final byte[] plaintext = letters(33);

        @Test
        @DisplayName("in toString")
        void inToString() {
            WrappedKey wrapped = wrap(plaintext);
            unwrap(wrapped, CONTEXT);
            for (Secret secret : watched(wrapped)) {
                secret.assertAbsentFrom("toString of the handle", kek().toString());
                secret.assertAbsentFrom(
                        "toString of the description", describe().toString());
            }
        }

        @Test
        @DisplayName("in the message of an exception")
        void inMessages() {
            WrappedKey wrapped = wrap(plaintext);
            List<RuntimeException> failures = provokeFailures(plaintext, wrapped);
            for (Secret secret : watched(wrapped)) {
                failures.forEach(failure -> secret.assertAbsentFrom("an exception's message", failure.toString()));
            }
        }

        @Test
        @DisplayName("in what examine finds")
        void inFindings() {
            List<Finding> findings = new ArrayList<>(kek().examine(soon()));
            findings.addAll(kek().examine(Deadline.after(Duration.ZERO)));
            for (Secret secret : watched(wrap(plaintext))) {
                findings.forEach(finding -> secret.assertAbsentFrom("a finding", finding.toString()));
            }
        }

        @Test
        @DisplayName("in the log, at any level")
        void inTheLog() {
            WrappedKey wrapped = wrap(plaintext);
            unwrap(wrapped, CONTEXT);
            describe();
            List<Finding> unused = kek().examine(soon());
            assertThat(provokeFailures(plaintext, wrapped))
                    .as("provoked failures")
                    .isNotEmpty();
            forgetAndClose(rawKek());
            for (Secret secret : watched(wrapped)) {
                log.lines().forEach(line -> secret.assertAbsentFrom("a log line", line));
            }
        }

        private List<Secret> watched(WrappedKey wrapped) {
            byte[] ciphertext = wrapped.ciphertext();
            List<Secret> watched = new ArrayList<>();
            watched.add(new Secret("the plaintext", plaintext, 0));
            // The first half can be a header that every ciphertext has.
            watched.add(new Secret("the ciphertext", ciphertext, ciphertext.length / 2));
            secrets().forEach(text -> watched.add(new Secret("a text of secrets()", text)));
            return watched;
        }
    }

    @Nested
    @DisplayName("A handle")
    class Lifecycle {
        @Test
        @DisplayName("has the same traits at every call, as every other handle on the KEK")
        void constantTraits() {
            assertThat(kek().traits()).isEqualTo(kek().traits()).isEqualTo(open().traits());
        }

        @Test
        @DisplayName("that is closed refuses every call with CLOSED")
        void closed() {
            WrappedKey wrapped = wrap(random(32));
            forgetAndClose(rawKek());
            for (Request request : Request.values()) {
                assertFails(CLOSED, request.toString(), () -> request.make(kek(), wrapped, CONTEXT, soon()));
            }
        }

        @Test
        @DisplayName("may be closed again, and before it was ever used")
        void closedTwice() {
            wrap(random(32));
            KekHandle used = rawKek();
            forgetAndClose(used);
            forgetAndClose(used);
            KekHandle unused = openRaw();
            forgetAndClose(unused);
            forgetAndClose(unused);
        }

        @Test
        @DisplayName("that is closed leaves other handles on the KEK alone")
        void closedAlone() {
            byte[] plaintext = random(32);
            WrappedKey wrapped = wrap(plaintext);
            KekHandle other = openRaw();
            assertThat(other.describe(soon()).state()).isEqualTo(describe().state());
            forgetAndClose(other);
            assertThat(unwrap(wrapped, CONTEXT)).isEqualTo(plaintext);
            assertThat(unwrap(wrap(plaintext), CONTEXT)).isEqualTo(plaintext);
        }

        @Test
        @DisplayName("may be closed under load: each call is answered rightly or fails with CLOSED")
        void closedUnderLoad() {
            KekVersion version = describe().current();
            for (int round = 0; round < 5; round++) {
                KekHandle victim = openRaw();
                AtomicBoolean closed = new AtomicBoolean();
                CountDownLatch underLoad = new CountDownLatch(MANY_THREADS);
                List<Call<Map<WrappedKey, byte[]>>> calls = new ArrayList<>();
                for (int i = 0; i < MANY_THREADS; i++) {
                    calls.add(Call.start(
                            "a thread around close", () -> useUntilClosed(victim, version, underLoad, closed)));
                }
                Call.awaitUntil("the load", limit(), () -> underLoad.getCount() == 0);
                forgetAndClose(victim);
                closed.set(true);
                KekHandle fresh = open();
                for (Call<Map<WrappedKey, byte[]>> call : calls) {
                    answerOf("a call around close", call.await(limit())::get)
                            .forEach((wrapped, plaintext) -> assertThat(unwrap(fresh, wrapped, CONTEXT))
                                    .as("what was wrapped while the handle was being closed")
                                    .isEqualTo(plaintext));
                }
            }
        }

        @Test
        @DisplayName("may be closed while a call waits for the KMS: the call is answered rightly or fails with CLOSED")
        void closedWhileWaiting() {
            byte[] plaintext = random(32);
            WrappedKey wrapped = wrap(plaintext);
            whileStalled(stall -> {
                KekHandle victim = rawKek();
                Deadline late = Deadline.after(patience().multipliedBy(4));
                Call<byte[]> waiting = Call.start("unwrap", () -> {
                    try (UnwrapResult answer = victim.unwrap(wrapped, CONTEXT, late)) {
                        return answer.plaintext();
                    }
                });
                Call.awaitUntil("unwrap at the KMS", patience(), () -> stall.held() > 0);
                opened.remove(victim);
                Call<Boolean> closing = Call.start("close", () -> {
                    victim.close();
                    return true;
                });
                // A close that waits for the calls under way is right too, so the KMS cannot be silent until it ends.
                closing.endsWithin(patience().dividedBy(20));
                stall.close();
                answerUnless(CLOSED, "the unwrap", waiting.await(limit())::get)
                        .ifPresent(answer -> assertThat(answer).isEqualTo(plaintext));
                closing.await(limit()).get();
            });
        }

        /** Uses a handle until it refuses; what it wrapped last, with the plaintext. */
        private Map<WrappedKey, byte[]> useUntilClosed(
                KekHandle victim, KekVersion version, CountDownLatch underLoad, AtomicBoolean closed) {
            Map<WrappedKey, byte[]> last = new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<WrappedKey, byte[]> eldest) {
                    return size() > 4;
                }
            };
            boolean over = false;
            try {
                while (!over) {
                    over = closed.get();
                    byte[] plaintext = random(32);
                    WrapResult wrapped = victim.wrap(plaintext.clone(), CONTEXT, soon());
                    WrappedKey key = new WrappedKey(
                            wrapped.ciphertext(), wrapped.version().orElse(version));
                    last.put(key, plaintext);
                    assertThat(unwrap(victim, key, CONTEXT)).isEqualTo(plaintext);
                    underLoad.countDown();
                }
            } catch (KmsException e) {
                if (e.code() != CLOSED) {
                    throw e;
                }
            }
            return last;
        }
    }

    private KekHandle rawKek() {
        if (kek == null) {
            kek = openRaw();
        }
        return kek;
    }

    private KekHandle kek() {
        return new GuardedKek(rawKek(), limit());
    }

    private KekHandle openRaw() {
        KekHandle handle = hook("openKek", () -> openKek(context()));
        opened.add(handle);
        return handle;
    }

    private KekHandle open() {
        return new GuardedKek(openRaw(), limit());
    }

    private KekHandle openOther() {
        KekHandle handle = hook("openOtherKek", () -> openOtherKek(context()));
        opened.add(handle);
        return new GuardedKek(handle, limit());
    }

    private ProviderContext context() {
        return new ProviderContext("contract", log, InstantSource.system());
    }

    /** Closes a handle now, not once more after the test. */
    private void forgetAndClose(KekHandle handle) {
        opened.remove(handle);
        new GuardedKek(handle, limit()).close();
    }

    private void whileStalled(Consumer<Stall> body) {
        // A handle must be open before the KMS falls silent.
        KekHandle unused = rawKek();
        try (Stall stall = hook("stallKms", this::stallKms)) {
            body.accept(stall);
        }
    }

    private static <T> T hook(String name, Callable<T> hook) {
        try {
            return hook.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("the hook " + name + " failed", e);
        }
    }

    /** When the kit gives a call up: after its deadline, so that a time-out and a hanging call are told apart. */
    private Duration limit() {
        return patience().multipliedBy(2);
    }

    private Deadline soon() {
        return Deadline.after(patience());
    }

    private WrappedKey wrap(byte[] plaintext) {
        return wrap(plaintext, CONTEXT);
    }

    private WrappedKey wrap(byte[] plaintext, WrapContext context) {
        // A copy, so that a handle that changes or keeps its input shows only where that is looked for.
        WrapResult result = kek().wrap(plaintext.clone(), context, soon());
        return new WrappedKey(
                result.ciphertext(), result.version().orElseGet(() -> describe().current()));
    }

    private byte[] unwrap(WrappedKey wrapped, WrapContext context) {
        return unwrap(kek(), wrapped, context);
    }

    private byte[] unwrap(KekHandle handle, WrappedKey wrapped, WrapContext context) {
        try (UnwrapResult result = handle.unwrap(wrapped, context, soon())) {
            return result.plaintext();
        }
    }

    private KekDescription describe() {
        return kek().describe(soon());
    }

    /** Makes calls that must fail, each in its own way, and collects what they throw. */
    private List<RuntimeException> provokeFailures(byte[] plaintext, WrappedKey wrapped) {
        byte[] ciphertext = wrapped.ciphertext();
        KekVersion version = wrapped.version();
        byte[] changed = ciphertext.clone();
        changed[changed.length - 1] ^= 1;
        Deadline passed = Deadline.after(Duration.ZERO);
        List<Supplier<?>> calls = new ArrayList<>(List.of(
                () -> kek().unwrap(new WrappedKey(changed, version), CONTEXT, soon()),
                () -> kek().unwrap(new WrappedKey(new byte[0], version), CONTEXT, soon()),
                () -> kek().unwrap(new WrappedKey(plaintext, version), CONTEXT, soon()),
                () -> kek().unwrap(wrapped, WrapContext.empty(), soon()),
                () -> kek().unwrap(new WrappedKey(ciphertext, new KekVersion("no-such-key", "1")), CONTEXT, soon()),
                () -> kek().unwrap(
                                new WrappedKey(ciphertext, new KekVersion(version.identity(), "no-such-version")),
                                CONTEXT,
                                soon()),
                () -> kek().wrap(new byte[0], CONTEXT, soon()),
                () -> kek().wrap(plaintext.clone(), CONTEXT, passed),
                () -> kek().unwrap(wrapped, CONTEXT, passed),
                () -> kek().describe(passed)));
        int largest = kek().traits().maxPlaintextBytes();
        if (largest < LARGEST_TRIED_BYTES) {
            byte[] tooMuch = Arrays.copyOf(plaintext, largest + 1);
            calls.add(() -> kek().wrap(tooMuch, CONTEXT, soon()));
        }
        List<RuntimeException> failures = new ArrayList<>();
        for (Supplier<?> call : calls) {
            try {
                Object unused = call.get();
            } catch (RuntimeException e) {
                failures.add(e);
            }
        }
        return failures;
    }

    private static void assertFails(Code code, String what, Supplier<?> call) {
        answerUnless(code, what, call).ifPresent(answer -> fail("%s must fail with %s and was answered", what, code));
    }

    /** The answer of a call, or nothing if it failed with {@code code}; fails if it failed in another way. */
    private static <T> Optional<T> answerUnless(Code code, String what, Supplier<T> call) {
        try {
            return Optional.of(call.get());
        } catch (KmsException e) {
            if (e.code() == code) {
                return Optional.empty();
            }
            throw new AssertionError(what + " may fail with " + code + " and failed with " + e.code(), e);
        } catch (RuntimeException e) {
            throw new AssertionError(what + " may fail with a KmsException of " + code + " and threw " + e, e);
        }
    }

    private static <T> T answerOf(String what, Supplier<T> call) {
        try {
            return call.get();
        } catch (RuntimeException e) {
            throw new AssertionError(what + " must be answered and threw " + e, e);
        }
    }

    private static void meet(CountDownLatch start) {
        start.countDown();
        try {
            start.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted before the start", e);
        }
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static byte[] letters(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) ('a' + RANDOM.nextInt(26));
        }
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
