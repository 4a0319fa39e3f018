package io.trousseau.server.doctor;

import static io.trousseau.api.Capability.AUTHENTICATED;
import static io.trousseau.api.Capability.BINDS_CONTEXT;
import static io.trousseau.api.Capability.NAMES_VERSION_ON_UNWRAP;
import static io.trousseau.api.Capability.NAMES_VERSION_ON_WRAP;

import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.core.member.Member;
import io.trousseau.core.policy.Policy;
import io.trousseau.core.settings.DurationText;
import io.trousseau.server.config.OpenedMember;
import io.trousseau.server.config.TrousseauConfiguration.Member.Role;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The examination of one member, on a thread of its own. What it has found can be read by other threads at any time, so
 * that a provider that hangs costs no more than its own answers.
 */
final class MemberExamination implements Runnable {
    private static final Logger LOG = System.getLogger(MemberExamination.class.getName());
    private static final SecureRandom RANDOM = new SecureRandom();
    static final int PLAINTEXT_BYTES = 32;

    private final OpenedMember member;
    private final KekHandle kek;
    private final String keyring;
    private final Optional<Policy> policy;
    private final Duration timeout;

    private final Object lock = new Object();

    // Guarded by the lock.
    private final List<Finding> findings = new ArrayList<>();
    private Check doing = Check.MEMBER_DESCRIBE;
    private boolean over;
    private @Nullable KekVersion current;
    private @Nullable KekVersion proven;

    /**
     * Of an open member.
     *
     * @param policy empty if not every member opens
     */
    MemberExamination(OpenedMember member, String keyring, Optional<Policy> policy, Duration timeout) {
        this.member = member;
        this.keyring = keyring;
        this.kek = member.handle();
        this.policy = policy;
        this.timeout = timeout;
    }

    String name() {
        return member.settings().name();
    }

    /** Examines, and closes the handle. */
    @Override
    public void run() {
        try {
            Deadline deadline = Deadline.after(timeout);
            capabilities();
            // A KMS that is silent must leave time for the provider to find out why.
            calls(deadline.within(timeout.dividedBy(2)));
            examine(deadline);
        } catch (RuntimeException | LinkageError e) {
            LOG.log(Level.DEBUG, "member " + name() + ": examination failed", e);
            failure(doing(), "the provider threw " + e.getClass().getName(), Remedy.REPORT);
        } finally {
            kek.close();
        }
    }

    /** What was found so far, once and for all: what comes later is dropped. */
    List<Finding> conclude(boolean ended) {
        synchronized (lock) {
            if (!ended && !over) {
                findings.add(Finding.failure(
                        doing.id(),
                        "the provider has not come back, although its deadline of " + DurationText.of(timeout)
                                + " has passed: it is defective, and a server would lose a thread to it",
                        Remedy.REPORT));
            }
            over = true;
            return List.copyOf(findings);
        }
    }

    /** What the KMS says is current; empty if it did not say. */
    Optional<KekVersion> current() {
        synchronized (lock) {
            return Optional.ofNullable(current);
        }
    }

    /** The version under which random bytes were wrapped and came back; empty if they did not. */
    Optional<KekVersion> proven() {
        synchronized (lock) {
            return Optional.ofNullable(proven);
        }
    }

    private void begin(Check check) {
        synchronized (lock) {
            doing = check;
        }
    }

    private Check doing() {
        synchronized (lock) {
            return doing;
        }
    }

    private void add(Finding finding) {
        synchronized (lock) {
            if (!over) {
                findings.add(finding);
            }
        }
    }

    private void ok(Check check, String seen) {
        add(Finding.ok(check.id(), seen));
    }

    private void warning(Check check, String seen, String remedy) {
        add(Finding.warning(check.id(), seen, remedy));
    }

    private void failure(Check check, String seen, String remedy) {
        add(Finding.failure(check.id(), seen, remedy));
    }

    private void skipped(String why, Check... checks) {
        for (Check check : checks) {
            add(Finding.skipped(check.id(), why));
        }
    }

    private void failed(Check check, String operation, RuntimeException failure) {
        if (!(failure instanceof KmsException)) {
            LOG.log(Level.DEBUG, "member " + name() + ": " + operation + " failed", failure);
        }
        failure(check, Remedy.seen(operation, failure), Remedy.of(failure));
    }

    private void capabilities() {
        KekTraits traits = kek.traits();
        String context = traits.has(BINDS_CONTEXT)
                ? "a copy is bound to its keyring and local KEK"
                : "its KMS binds no context, so Trousseau alone refuses a copy that is put in place of another: by the"
                        + " hash of the local KEK in every header";
        if (traits.has(AUTHENTICATED)) {
            ok(Check.MEMBER_CAPABILITIES, "only who may use the KEK can make a copy that unwraps; " + context);
            return;
        }
        String planting =
                "anyone can wrap to its public key: whoever can write to etcd could plant a local KEK of their own"
                        + " there, and so choose what is read, but can read nothing; " + context;
        if (policy.isEmpty()) {
            skipped(
                    planting + "; whether the policy closes that shows once every member opens",
                    Check.MEMBER_CAPABILITIES);
            return;
        }
        int open = policy.get().plantableCopies();
        int threshold = policy.get().lowestThreshold();
        if (open < threshold) {
            ok(
                    Check.MEMBER_CAPABILITIES,
                    planting + "; the policy closes that, because any " + threshold
                            + " members include one where it does not work");
        } else {
            warning(
                    Check.MEMBER_CAPABILITIES,
                    planting + "; the policy leaves that open, because " + open + " such " + plural(open, "KEK")
                            + ", former ones included, can make up the " + threshold + " that open",
                    "have keyring.decryptThreshold, and what is in keyring.formerPolicies, above " + open
                            + ", with members whose wrapping is authenticated");
        }
    }

    private static String plural(int count, String noun) {
        return count == 1 ? noun : noun + "s";
    }

    private void calls(Deadline deadline) {
        begin(Check.MEMBER_DESCRIBE);
        Optional<KekDescription> description = Optional.empty();
        try {
            description = Optional.of(kek.describe(deadline));
            described(description.get());
        } catch (RuntimeException e) {
            failed(Check.MEMBER_DESCRIBE, "describe", e);
            if (!(e instanceof KmsException kms && kms.code() == Code.PERMISSION_DENIED)) {
                skipped(
                        "describe failed",
                        Check.MEMBER_ROUND_TRIP,
                        Check.MEMBER_VERSION,
                        Check.MEMBER_CONTEXT,
                        Check.MEMBER_LATENCY);
                return;
            }
        }
        if (member.settings().role() == Role.UNWRAP) {
            skipped(
                    "the member only unwraps (role: unwrap), and there is nothing here to unwrap",
                    Check.MEMBER_ROUND_TRIP,
                    Check.MEMBER_VERSION,
                    Check.MEMBER_CONTEXT);
        } else if (description
                .filter(it -> it.state() != KekDescription.State.ENABLED)
                .isPresent()) {
            skipped("the KEK is not enabled", Check.MEMBER_ROUND_TRIP, Check.MEMBER_VERSION, Check.MEMBER_CONTEXT);
        } else {
            roundTrip(description.map(KekDescription::current), deadline);
        }
        if (description.isPresent()) {
            latency(deadline);
        } else {
            skipped("describe was refused", Check.MEMBER_LATENCY);
        }
    }

    private void described(KekDescription description) {
        KekVersion version = description.current();
        synchronized (lock) {
            current = version;
        }
        String seen = "the KEK " + version.identity() + ", version " + version.version() + ", "
                + description.algorithm() + ", is ";
        String destruction = description.destructionAt().map(at -> " at " + at).orElse("");
        switch (description.state()) {
            case ENABLED -> {
                if (description.destructionAt().isPresent()) {
                    warning(
                            Check.MEMBER_DESCRIBE,
                            seen + "enabled, and its KMS will destroy it" + destruction,
                            "cancel the destruction in the KMS, or rotate the key and have everything written anew"
                                    + " before");
                } else {
                    ok(Check.MEMBER_DESCRIBE, seen + "enabled");
                }
            }
            case DISABLED -> failure(Check.MEMBER_DESCRIBE, seen + "disabled", Remedy.of(Code.KEY_DISABLED));
            case DESTRUCTION_SCHEDULED ->
                failure(
                        Check.MEMBER_DESCRIBE,
                        seen + "out of use and will be destroyed" + destruction,
                        Remedy.of(Code.KEY_DESTROYED));
            case DESTROYED -> failure(Check.MEMBER_DESCRIBE, seen + "destroyed", Remedy.of(Code.KEY_DESTROYED));
        }
    }

    private void roundTrip(Optional<KekVersion> described, Deadline deadline) {
        begin(Check.MEMBER_ROUND_TRIP);
        WrapContext context = context("doctor");
        byte[] plaintext = new byte[PLAINTEXT_BYTES];
        RANDOM.nextBytes(plaintext);
        byte[] back = new byte[0];
        String operation = "wrap";
        try {
            WrapResult wrapped = kek.wrap(plaintext, context, deadline);
            Optional<KekVersion> version = wrapped.version().or(() -> described);
            if (version.isEmpty()) {
                skipped(
                        "the KMS wrapped and did not say under which version; describe says that",
                        Check.MEMBER_ROUND_TRIP,
                        Check.MEMBER_VERSION,
                        Check.MEMBER_CONTEXT);
                return;
            }
            WrappedKey copy = new WrappedKey(wrapped.ciphertext(), version.get());
            operation = "unwrap";
            try (UnwrapResult unwrapped = kek.unwrap(copy, context, deadline)) {
                back = unwrapped.plaintext();
                if (!MessageDigest.isEqual(back, plaintext)) {
                    failure(
                            Check.MEMBER_ROUND_TRIP,
                            "what came back is not what was wrapped",
                            Remedy.of(Code.BAD_ANSWER));
                    skipped("the round trip failed", Check.MEMBER_VERSION, Check.MEMBER_CONTEXT);
                    return;
                }
                size(copy);
                version(described, wrapped.version(), unwrapped.version(), deadline);
                bound(copy, deadline);
            }
        } catch (RuntimeException e) {
            failed(Check.MEMBER_ROUND_TRIP, operation, e);
            skipped("the round trip failed", Check.MEMBER_VERSION, Check.MEMBER_CONTEXT);
        } finally {
            Arrays.fill(plaintext, (byte) 0);
            Arrays.fill(back, (byte) 0);
        }
    }

    private void size(WrappedKey copy) {
        int bytes = copy.ciphertext().length;
        int declared = kek.traits().maxWrappedBytes();
        if (bytes > declared) {
            failure(
                    Check.MEMBER_ROUND_TRIP,
                    "the ciphertext of " + PLAINTEXT_BYTES + " bytes has " + bytes
                            + ", and the provider declared at most " + declared + ": Trousseau refuses it",
                    Remedy.REPORT);
        } else {
            ok(
                    Check.MEMBER_ROUND_TRIP,
                    PLAINTEXT_BYTES + " random bytes came back; their ciphertext has " + bytes + " bytes");
        }
    }

    private void version(
            Optional<KekVersion> described,
            Optional<KekVersion> onWrap,
            Optional<KekVersion> onUnwrap,
            Deadline deadline) {
        begin(Check.MEMBER_VERSION);
        Optional<KekVersion> used = onUnwrap.or(() -> onWrap).or(() -> described);
        synchronized (lock) {
            proven = used.orElse(null);
        }
        Optional<String> undeclared = notAsDeclared(NAMES_VERSION_ON_WRAP, "wrap", onWrap)
                .or(() -> notAsDeclared(NAMES_VERSION_ON_UNWRAP, "unwrap", onUnwrap));
        if (undeclared.isPresent()) {
            failure(Check.MEMBER_VERSION, undeclared.get(), Remedy.REPORT);
        } else if (onWrap.isPresent() && onUnwrap.isPresent() && !onWrap.equals(onUnwrap)) {
            failure(
                    Check.MEMBER_VERSION,
                    "wrap named " + text(onWrap) + " and unwrap of the same copy " + text(onUnwrap),
                    Remedy.of(Code.BAD_ANSWER));
        } else if (described.isPresent() && !described.equals(used) && !isCurrent(used, deadline)) {
            failure(
                    Check.MEMBER_VERSION,
                    "describe names " + text(described) + " as current, and wrap used " + text(used),
                    "wait for a rotation that is under way, and try again; if it stays so, "
                            + Remedy.of(Code.KEY_NOT_FOUND));
        } else {
            StringJoiner by = new StringJoiner(", ", "named by ", "");
            described.ifPresent(it -> by.add("describe"));
            onWrap.ifPresent(it -> by.add("wrap"));
            onUnwrap.ifPresent(it -> by.add("unwrap"));
            ok(Check.MEMBER_VERSION, "version " + used.map(KekVersion::version).orElse("") + ", " + by);
        }
    }

    private Optional<String> notAsDeclared(Capability capability, String operation, Optional<KekVersion> named) {
        return kek.traits().has(capability) == named.isPresent()
                ? Optional.empty()
                : Optional.of("the provider declares that " + operation
                        + (named.isPresent()
                                ? " names no version, and it named one"
                                : " names a version, and it did not"));
    }

    /** A rotation may have come in between. */
    private boolean isCurrent(Optional<KekVersion> used, Deadline deadline) {
        try {
            return Optional.of(kek.describe(deadline).current()).equals(used);
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static String text(Optional<KekVersion> version) {
        return version.map(it -> it.identity() + " version " + it.version()).orElse("nothing");
    }

    private void bound(WrappedKey copy, Deadline deadline) {
        begin(Check.MEMBER_CONTEXT);
        if (!kek.traits().has(BINDS_CONTEXT)) {
            skipped("the provider declares that its KMS binds no context", Check.MEMBER_CONTEXT);
            return;
        }
        try {
            kek.unwrap(copy, context("another"), deadline).close();
            failure(
                    Check.MEMBER_CONTEXT,
                    "the provider declares that a copy is bound to its context, and it was unwrapped under another one",
                    Remedy.REPORT);
        } catch (KmsException e) {
            if (e.code() == Code.INVALID_CIPHERTEXT) {
                ok(Check.MEMBER_CONTEXT, "the copy was refused under another context");
            } else {
                failed(Check.MEMBER_CONTEXT, "unwrap", e);
            }
        } catch (RuntimeException e) {
            failed(Check.MEMBER_CONTEXT, "unwrap", e);
        }
    }

    private WrapContext context(String purpose) {
        return WrapContext.of(Map.of("trousseau-keyring", keyring, "trousseau-purpose", purpose));
    }

    private void latency(Deadline deadline) {
        begin(Check.MEMBER_LATENCY);
        Duration limit = member.settings().deadline().orElse(Member.DEFAULT_DEADLINE);
        try {
            add(new Latency(kek, limit).measure(proven(), context("doctor"), deadline));
        } catch (RuntimeException e) {
            failed(Check.MEMBER_LATENCY, "a second round of calls", e);
        }
    }

    private void examine(Deadline deadline) {
        begin(Check.MEMBER_EXAMINE);
        List<Finding> own;
        try {
            own = List.copyOf(kek.examine(deadline));
        } catch (RuntimeException | LinkageError e) {
            LOG.log(Level.DEBUG, "member " + name() + ": examine failed", e);
            failure(
                    Check.MEMBER_EXAMINE,
                    "the provider's own examination threw " + e.getClass().getName(),
                    Remedy.REPORT);
            return;
        }
        ok(
                Check.MEMBER_EXAMINE,
                own.isEmpty()
                        ? "the provider has no checks of its own"
                        : own.size() + " " + plural(own.size(), "check") + " of the provider's own");
        own.forEach(this::add);
    }
}
