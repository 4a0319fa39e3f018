package io.trousseau.testkit;

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
import io.trousseau.testkit.kek.ForwardingKek;
import io.trousseau.testkit.kek.InMemoryKek;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** What a provider can do wrong, each with the tests of the contract that must find it. */
enum Defect {
    BINDS_NO_CONTEXT("Context.boundOrIgnored") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    return super.wrap(plaintext, constant(context), deadline);
                }

                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    return super.unwrap(wrapped, constant(context), deadline);
                }

                private WrapContext constant(WrapContext context) {
                    return context.entries().isEmpty() ? context : WrapContext.empty();
                }
            };
        }
    },

    BINDS_A_JOINED_CONTEXT("Context.boundOrIgnored") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    return super.wrap(plaintext, joined(context), deadline);
                }

                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    return super.unwrap(wrapped, joined(context), deadline);
                }

                private WrapContext joined(WrapContext context) {
                    StringBuilder text = new StringBuilder("-");
                    context.entries().forEach((key, value) -> text.append(key).append(value));
                    return WrapContext.of(Map.of(text.toString(), ""));
                }
            };
        }
    },

    BINDS_A_CONTEXT_THAT_IT_DOES_NOT_DECLARE("Context.boundOrIgnored") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return undeclared(real, BINDS_CONTEXT);
        }
    },

    REFUSES_AN_EMPTY_CONTEXT_VALUE("RoundTrip.everyContext") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    if (context.entries().containsValue("")) {
                        throw new KmsException(Code.INVALID_ARGUMENT, "wrap: a value is empty");
                    }
                    return super.wrap(plaintext, context, deadline);
                }
            };
        }
    },

    DECLARES_MORE_THAN_IT_TAKES("RoundTrip.everySize") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public KekTraits traits() {
                    KekTraits traits = super.traits();
                    return new KekTraits(
                            traits.capabilities(), traits.maxPlaintextBytes() + 1, traits.maxWrappedBytes());
                }
            };
        }
    },

    LOSES_LEADING_ZEROS("RoundTrip.everyPattern") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return onUnwrap(real, bytes -> {
                int zeros = 0;
                while (zeros < bytes.length - 1 && bytes[zeros] == 0) {
                    zeros++;
                }
                // A random plaintext of the other tests begins with fewer.
                return zeros >= 8 ? Arrays.copyOfRange(bytes, zeros, bytes.length) : bytes;
            });
        }
    },

    WRAPS_THE_SAME_TWICE("RoundTrip.freshCiphertexts") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            Map<String, WrapResult> made = new ConcurrentHashMap<>();
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    WrapResult fresh = super.wrap(plaintext, context, deadline);
                    String key = Arrays.toString(plaintext) + context + fresh.version();
                    return made.computeIfAbsent(key, absent -> fresh);
                }
            };
        }
    },

    // What is wrapped during a close can be read back only by another handle, so that test finds it as well.
    KEEPS_SOMETHING_IN_THE_HANDLE("RoundTrip.anotherHandle", "Lifecycle.closedUnderLoad") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            byte mask = (byte) world.opened().incrementAndGet();
            return coded(
                    real,
                    bytes -> {
                        bytes[0] ^= mask;
                        return bytes;
                    },
                    bytes -> {
                        if (bytes.length > 0) {
                            bytes[0] ^= mask;
                        }
                        return bytes;
                    });
        }
    },

    MAKES_LONGER_CIPHERTEXTS_THAN_IT_DECLARES("RoundTrip.longestCiphertext") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return coded(
                    real,
                    bytes -> {
                        byte[] longer = new byte[bytes.length + 1];
                        System.arraycopy(bytes, 0, longer, 1, bytes.length);
                        return longer;
                    },
                    bytes -> bytes.length > 0 && bytes[0] == 0
                            ? Arrays.copyOfRange(bytes, 1, bytes.length)
                            : new byte[0]);
        }
    },

    IGNORES_THE_LAST_BYTE("Tampering.flippedBits") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return roomier(coded(
                    real,
                    bytes -> Arrays.copyOf(bytes, bytes.length + 1),
                    bytes -> Arrays.copyOf(bytes, Math.max(0, bytes.length - 1))));
        }
    },

    FORGIVES_MISSING_PADDING("Tampering.truncated") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            KekHandle strict = coded(
                    real,
                    bytes -> {
                        byte[] padded = Arrays.copyOf(bytes, bytes.length + 1);
                        padded[bytes.length] = '=';
                        return padded;
                    },
                    bytes -> bytes.length > 0 && bytes[bytes.length - 1] == '='
                            ? Arrays.copyOf(bytes, bytes.length - 1)
                            : new byte[0]);
            return roomier(forgiving(strict, bytes -> {
                byte[] padded = Arrays.copyOf(bytes, bytes.length + 1);
                padded[bytes.length] = '=';
                return padded;
            }));
        }
    },

    FORGIVES_A_LINE_END("Tampering.extended") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return forgiving(
                    real,
                    bytes -> bytes.length > 0 && bytes[bytes.length - 1] == '\n'
                            ? Arrays.copyOf(bytes, bytes.length - 1)
                            : bytes);
        }
    },

    CALLS_AN_EMPTY_CIPHERTEXT_AN_INVALID_ARGUMENT("Tampering.empty") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    if (wrapped.ciphertext().length == 0) {
                        throw new KmsException(Code.INVALID_ARGUMENT, "unwrap: the ciphertext is empty");
                    }
                    return super.unwrap(wrapped, context, deadline);
                }
            };
        }
    },

    THROWS_ANOTHER_EXCEPTION_AT_A_LONG_CIPHERTEXT("Tampering.junk") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    if (wrapped.ciphertext().length > 10_000) {
                        throw new IllegalArgumentException("the ciphertext is too long");
                    }
                    return super.unwrap(wrapped, context, deadline);
                }
            };
        }
    },

    UNWRAPS_WITH_ANY_KEY_OF_THE_KMS("Tampering.otherKek") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            KekHandle other = world.other().open();
            return new ForwardingKek(real) {
                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    try {
                        return super.unwrap(wrapped, context, deadline);
                    } catch (KmsException e) {
                        if (e.code() != Code.INVALID_CIPHERTEXT) {
                            throw e;
                        }
                        KekVersion version = world.other().current();
                        return other.unwrap(new WrappedKey(wrapped.ciphertext(), version), context, deadline);
                    }
                }
            };
        }
    },

    WRAPS_AN_EMPTY_PLAINTEXT("Arguments.emptyPlaintext", "Arguments.refusedWithoutTheKms") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    return super.wrap(plaintext.length == 0 ? new byte[1] : plaintext, context, deadline);
                }
            };
        }
    },

    WRAPS_THE_BEGINNING_OF_A_LONG_PLAINTEXT("Arguments.oversizePlaintext", "Arguments.refusedWithoutTheKms") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    byte[] taken = plaintext.length > traits().maxPlaintextBytes()
                            ? Arrays.copyOf(plaintext, traits().maxPlaintextBytes())
                            : plaintext;
                    return super.wrap(taken, context, deadline);
                }
            };
        }
    },

    ASKS_THE_KMS_BEFORE_IT_LOOKS("Arguments.refusedWithoutTheKms") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    KekDescription unused = describe(deadline);
                    return super.wrap(plaintext, context, deadline);
                }
            };
        }
    },

    HIDES_NULL_POINTERS("Arguments.nulls") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return around(real, call -> {
                try {
                    return call.get();
                } catch (NullPointerException e) {
                    throw new KmsException(Code.INTERNAL, "a defect", e);
                }
            });
        }
    },

    NAMES_NO_VERSION_ON_WRAP("Naming.onWrap") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    return new WrapResult(
                            super.wrap(plaintext, context, deadline).ciphertext(), Optional.empty());
                }
            };
        }
    },

    NAMES_A_VERSION_ON_WRAP_AND_DOES_NOT_DECLARE_IT("Naming.onWrap") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return undeclared(real, NAMES_VERSION_ON_WRAP);
        }
    },

    NAMES_NO_VERSION_ON_UNWRAP("Naming.onUnwrap") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return namingOnUnwrap(real, () -> Optional.empty());
        }
    },

    NAMES_A_VERSION_ON_UNWRAP_AND_DOES_NOT_DECLARE_IT("Naming.onUnwrap") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return undeclared(real, NAMES_VERSION_ON_UNWRAP);
        }
    },

    NAMES_THE_CURRENT_VERSION_ON_UNWRAP("Naming.rotation") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return namingOnUnwrap(real, () -> Optional.of(world.kms().current()));
        }
    },

    NAMES_THE_NODE_IN_THE_IDENTITY("Naming.identityIsStable") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            String node = "@" + world.opened().incrementAndGet();
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    WrapResult result = super.wrap(plaintext, context, deadline);
                    return new WrapResult(result.ciphertext(), result.version().map(this::here));
                }

                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    KekVersion stated = wrapped.version();
                    KekVersion anywhere =
                            new KekVersion(stated.identity().replaceFirst("@\\d+$", ""), stated.version());
                    try (UnwrapResult result =
                            super.unwrap(new WrappedKey(wrapped.ciphertext(), anywhere), context, deadline)) {
                        return new UnwrapResult(
                                result.plaintext(), result.version().map(this::here));
                    }
                }

                @Override
                public KekDescription describe(Deadline deadline) {
                    return withCurrent(
                            super.describe(deadline), here(world.kms().current()));
                }

                private KekVersion here(KekVersion version) {
                    return new KekVersion(version.identity() + node, version.version());
                }
            };
        }
    },

    NAMES_EVERY_KEY_ALIKE("Naming.identityIsUnique") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return real;
        }

        @Override
        InMemoryKek otherKek() {
            return InMemoryKek.create("kek-a");
        }
    },

    IGNORES_THE_IDENTITY("Naming.unknownIdentity") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    KekVersion own = new KekVersion(
                            world.kms().current().identity(), wrapped.version().version());
                    return super.unwrap(new WrappedKey(wrapped.ciphertext(), own), context, deadline);
                }
            };
        }
    },

    REPEATS_THE_VERSION_THAT_IT_IS_GIVEN("Naming.unknownVersion") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    try {
                        return super.unwrap(wrapped, context, deadline);
                    } catch (KmsException e) {
                        KekVersion current = world.kms().current();
                        if (e.code() != Code.KEY_NOT_FOUND
                                || !wrapped.version().identity().equals(current.identity())) {
                            throw e;
                        }
                        WrappedKey guessed = new WrappedKey(wrapped.ciphertext(), current);
                        try (UnwrapResult result = super.unwrap(guessed, context, deadline)) {
                            return new UnwrapResult(result.plaintext(), Optional.of(wrapped.version()));
                        }
                    }
                }
            };
        }
    },

    CALLS_THE_WRONG_VERSION_INTERNAL("Naming.wrongVersion") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    try {
                        return super.unwrap(wrapped, context, deadline);
                    } catch (KmsException e) {
                        boolean rotated = !wrapped.version().version().equals("1");
                        throw rotated && e.code() == Code.INVALID_CIPHERTEXT
                                ? new KmsException(Code.INTERNAL, "unwrap: an error of the KMS")
                                : e;
                    }
                }
            };
        }
    },

    REMEMBERS_THE_DESCRIPTION("Naming.rotation", "Describe.disabled") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            Map<String, KekDescription> remembered = new ConcurrentHashMap<>();
            return new ForwardingKek(real) {
                @Override
                public KekDescription describe(Deadline deadline) {
                    KekDescription now = super.describe(deadline);
                    return remembered.computeIfAbsent("first", absent -> now);
                }
            };
        }
    },

    THROWS_WHEN_IT_DESCRIBES_A_DISABLED_KEY("Describe.disabled") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public KekDescription describe(Deadline deadline) {
                    KekDescription description = super.describe(deadline);
                    if (description.state() != KekDescription.State.ENABLED) {
                        throw new KmsException(Code.KEY_DISABLED, "describe: the key is disabled");
                    }
                    return description;
                }
            };
        }
    },

    NAMES_NO_ALGORITHM("Describe.enabled") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public KekDescription describe(Deadline deadline) {
                    KekDescription truth = super.describe(deadline);
                    return new KekDescription(truth.current(), truth.state(), " ", truth.destructionAt());
                }
            };
        }
    },

    NAMES_A_CHECK_TWICE("Examine.namesEachCheckOnce") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return finding(real, Finding.ok("memory.key", "there"), Finding.ok("memory.key", "still there"));
        }
    },

    NAMES_CHECKS_WITHOUT_A_NAME_OF_ITS_OWN("Examine.namesEachCheckOnce") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return finding(real, Finding.ok("key", "there"));
        }
    },

    NAMES_CHECKS_LIKE_TROUSSEAU("Examine.namesEachCheckOnce") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return finding(real, Finding.ok("member.key", "there"));
        }
    },

    NAMES_CHECKS_BY_TWO_NAMES("Examine.namesEachCheckOnce") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return finding(real, Finding.ok("memory.key", "there"), Finding.ok("tls.expiry", "never"));
        }
    },

    ROTATES_WHEN_IT_EXAMINES("Examine.changesNothing") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public List<Finding> examine(Deadline deadline) {
                    world.kms().rotate();
                    return super.examine(deadline);
                }
            };
        }
    },

    EXAMINES_BEYOND_THE_DEADLINE("Examine.silentKms") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public List<Finding> examine(Deadline deadline) {
                    try {
                        return List.of(
                                Finding.ok("memory.key", describe(later()).algorithm()));
                    } catch (KmsException e) {
                        return List.of(Finding.skipped("memory.key", "the KMS did not answer"));
                    }
                }
            };
        }
    },

    THROWS_FROM_EXAMINE_WHAT_IT_SHOULD_FIND(
            "Examine.silentKms", "Examine.disabled", "Examine.neverThrows", "Secrets.inFindings") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public List<Finding> examine(Deadline deadline) {
                    wrap(new byte[32], WrapContext.empty(), deadline);
                    return List.of(Finding.ok("memory.wrap", "works"));
                }
            };
        }
    },

    SHOWS_ITS_TOKEN_IN_A_FINDING("Secrets.inFindings") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return finding(real, Finding.ok("memory.login", "the token is " + World.TOKEN));
        }
    },

    IGNORES_A_PASSED_DEADLINE("Deadlines.passed") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return withDeadline(real, deadline -> deadline.hasPassed() ? later() : deadline);
        }
    },

    HANGS_BEYOND_THE_DEADLINE("Deadlines.silentKms") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return withDeadline(real, deadline -> deadline.hasPassed() ? deadline : later());
        }
    },

    CALLS_A_TIMEOUT_UNAVAILABLE("Deadlines.passed", "Deadlines.silentKms") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return recoded(real, Code.TIMEOUT, Code.UNAVAILABLE);
        }
    },

    CLEARS_THE_INTERRUPT_FLAG("Interrupts.before", "Interrupts.during") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return around(real, call -> {
                try {
                    return call.get();
                } finally {
                    Thread.interrupted();
                }
            });
        }
    },

    IGNORES_AN_EARLIER_INTERRUPT("Interrupts.before") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return around(real, call -> {
                boolean interrupted = Thread.interrupted();
                try {
                    return call.get();
                } finally {
                    if (interrupted) {
                        Thread.currentThread().interrupt();
                    }
                }
            });
        }
    },

    WAITS_ON_THROUGH_AN_INTERRUPT("Interrupts.during") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return around(real, call -> {
                if (Thread.currentThread().isInterrupted()) {
                    return call.get();
                }
                Call<Object> shielded = Call.start("shielded", call::get);
                while (true) {
                    try {
                        return shielded.await(Duration.ofMinutes(1)).get();
                    } catch (AssertionError e) {
                        if (!Thread.interrupted()) {
                            throw e;
                        }
                    }
                }
            });
        }
    },

    // A call can find the handle broken by the interrupt of the one before.
    IS_BROKEN_BY_AN_INTERRUPT("Interrupts.after", "Interrupts.during") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            AtomicInteger interrupts = new AtomicInteger();
            return around(real, call -> {
                if (interrupts.get() > 0 && !Thread.currentThread().isInterrupted()) {
                    throw new KmsException(Code.UNAVAILABLE, "the channel is closed");
                }
                try {
                    return call.get();
                } catch (KmsException e) {
                    if (e.code() == Code.INTERRUPTED) {
                        interrupts.incrementAndGet();
                    }
                    throw e;
                }
            });
        }
    },

    IS_BROKEN_BY_A_FAILURE("Failures.usableAfterwards") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            AtomicInteger failures = new AtomicInteger();
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    try {
                        WrapResult result = super.wrap(plaintext, context, deadline);
                        if (failures.get() > 0) {
                            throw new KmsException(Code.INTERNAL, "wrap: the connection is out of step");
                        }
                        return result;
                    } catch (KmsException e) {
                        if (e.code() == Code.INVALID_ARGUMENT) {
                            failures.incrementAndGet();
                        }
                        throw e;
                    }
                }
            };
        }
    },

    DOES_NOT_SAY_WHY("Failures.says") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return around(real, call -> {
                try {
                    return call.get();
                } catch (KmsException e) {
                    throw new KmsException(e.code(), "");
                }
            });
        }
    },

    SHARES_A_BUFFER_BETWEEN_THREADS("Threads.eachItsOwn", "Lifecycle.closedUnderLoad") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            AtomicInteger users = new AtomicInteger();
            return onUnwrap(real, bytes -> {
                boolean shared = users.incrementAndGet() > 1;
                LockSupport.parkNanos(100_000);
                shared |= users.getAndDecrement() > 1;
                if (shared) {
                    bytes[0] ^= 1;
                }
                return bytes;
            });
        }
    },

    TAKES_ONE_CALL_AT_A_TIME("Threads.sideBySide") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            Object lock = new Object();
            return around(real, call -> {
                synchronized (lock) {
                    return call.get();
                }
            });
        }
    },

    WIPES_THE_ARRAY_OF_ITS_CALLER("ByteArrays.inputsUnchanged") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    WrapResult result = super.wrap(plaintext, context, deadline);
                    Arrays.fill(plaintext, (byte) 0);
                    return result;
                }
            };
        }
    },

    KEEPS_THE_ARRAY_OF_ITS_CALLER("ByteArrays.inputsNotKept") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            Map<String, byte[]> kept = new ConcurrentHashMap<>();
            return new ForwardingKek(real) {
                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    WrapResult result = super.wrap(plaintext, context, deadline);
                    kept.put(Arrays.toString(result.ciphertext()), plaintext);
                    return result;
                }

                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    try (UnwrapResult result = super.unwrap(wrapped, context, deadline)) {
                        byte[] plaintext = kept.getOrDefault(Arrays.toString(wrapped.ciphertext()), result.plaintext());
                        return new UnwrapResult(plaintext, result.version());
                    }
                }
            };
        }
    },

    GIVES_THE_SAME_ANSWER_OUT_TWICE("ByteArrays.answersAreFresh") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            Map<String, UnwrapResult> given = new ConcurrentHashMap<>();
            return new ForwardingKek(real) {
                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    UnwrapResult result = super.unwrap(wrapped, context, deadline);
                    return given.computeIfAbsent(Arrays.toString(wrapped.ciphertext()), absent -> result);
                }
            };
        }
    },

    SHOWS_THE_PLAINTEXT_IN_TO_STRING("Secrets.inToString") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                private volatile String last = "";

                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    last = HexFormat.of().formatHex(plaintext);
                    return super.wrap(plaintext, context, deadline);
                }

                @Override
                public String toString() {
                    return "Kek[last=" + last + "]";
                }
            };
        }
    },

    SHOWS_THE_CIPHERTEXT_IN_A_MESSAGE("Secrets.inMessages") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    try {
                        return super.unwrap(wrapped, context, deadline);
                    } catch (KmsException e) {
                        String text = Base64.getEncoder().encodeToString(wrapped.ciphertext());
                        throw new KmsException(e.code(), "unwrap: cannot decrypt " + text);
                    }
                }
            };
        }
    },

    LOGS_THE_PLAINTEXT("Secrets.inTheLog") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return onUnwrap(real, bytes -> {
                world.logger().log(System.Logger.Level.TRACE, "got {0}", Arrays.toString(bytes));
                return bytes;
            });
        }
    },

    LOGS_ITS_TOKEN("Secrets.inTheLog") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return around(real, call -> {
                world.logger().log(System.Logger.Level.DEBUG, "X-Token: " + World.TOKEN);
                return call.get();
            });
        }
    },

    HAS_OTHER_TRAITS_EVERY_TIME("Lifecycle.constantTraits") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            AtomicInteger calls = new AtomicInteger();
            return new ForwardingKek(real) {
                @Override
                public KekTraits traits() {
                    KekTraits traits = super.traits();
                    return new KekTraits(
                            traits.capabilities(),
                            traits.maxPlaintextBytes(),
                            traits.maxWrappedBytes() + calls.incrementAndGet() % 2);
                }
            };
        }
    },

    ANSWERS_AFTER_CLOSE("Lifecycle.closed") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            KekHandle never = world.kms().open();
            return new ForwardingKek(real) {
                @Override
                public KekDescription describe(Deadline deadline) {
                    try {
                        return super.describe(deadline);
                    } catch (KmsException e) {
                        if (e.code() == Code.CLOSED) {
                            return never.describe(deadline);
                        }
                        throw e;
                    }
                }
            };
        }
    },

    MINDS_BEING_CLOSED_TWICE("Lifecycle.closedTwice") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            AtomicInteger closes = new AtomicInteger();
            return new ForwardingKek(real) {
                @Override
                public void close() {
                    if (closes.getAndIncrement() > 0) {
                        throw new IllegalStateException("closed already");
                    }
                    super.close();
                }
            };
        }
    },

    CLOSES_WHAT_OTHERS_USE("Lifecycle.closedAlone") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            world.handles().add(real);
            return new ForwardingKek(real) {
                @Override
                public void close() {
                    world.handles().forEach(KekHandle::close);
                }
            };
        }
    },

    WIPES_THE_KEY_BEFORE_IT_REFUSES("Lifecycle.closedUnderLoad") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            KekHandle wipedKey = world.other().open();
            return new ForwardingKek(real) {
                private volatile boolean wiped;

                @Override
                public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                    WrapResult result = super.wrap(plaintext, context, deadline);
                    return wiped
                            ? new WrapResult(
                                    wipedKey.wrap(plaintext, context, deadline).ciphertext(), result.version())
                            : result;
                }

                @Override
                public void close() {
                    wiped = true;
                    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
                    super.close();
                }
            };
        }
    },

    FAILS_CALLS_UNDER_WAY_AT_CLOSE("Lifecycle.closedUnderLoad", "Lifecycle.closedWhileWaiting") {
        @Override
        KekHandle spoil(KekHandle real, World world) {
            return new ForwardingKek(real) {
                private volatile boolean closing;

                @Override
                public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                    boolean before = closing;
                    UnwrapResult result;
                    try {
                        result = super.unwrap(wrapped, context, deadline);
                    } catch (KmsException e) {
                        if (closing && !before) {
                            throw new IllegalStateException("connection pool shut down", e);
                        }
                        throw e;
                    }
                    if (closing) {
                        throw new IllegalStateException("connection pool shut down");
                    }
                    return result;
                }

                @Override
                public void close() {
                    closing = true;
                    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
                    super.close();
                }
            };
        }
    };

    private final Set<String> found;

    Defect(String... found) {
        this.found = Set.of(found);
    }

    /** Puts the defect around a correct handle. */
    abstract KekHandle spoil(KekHandle real, World world);

    /** The tests that must fail, and no other, as {@code Group.method}. */
    Set<String> found() {
        return found;
    }

    /** The other KEK of the same KMS. */
    InMemoryKek otherKek() {
        return InMemoryKek.create("kek-b");
    }

    /** What the handles of one test have in common. */
    record World(
            InMemoryKek kms, InMemoryKek other, Set<KekHandle> handles, AtomicInteger opened, System.Logger logger) {
        static final String TOKEN = "a-token-of-the-KMS";
    }

    private interface Bytes {
        byte[] map(byte[] bytes);
    }

    private interface Around {
        Object make(Supplier<Object> call);
    }

    private interface Deadlines {
        Deadline map(Deadline deadline);
    }

    private static Deadline later() {
        return Deadline.after(Duration.ofMinutes(10));
    }

    private static KekHandle finding(KekHandle real, Finding... findings) {
        return new ForwardingKek(real) {
            @Override
            public List<Finding> examine(Deadline deadline) {
                return List.of(findings);
            }
        };
    }

    private static KekHandle undeclared(KekHandle real, Capability capability) {
        return new ForwardingKek(real) {
            @Override
            public KekTraits traits() {
                KekTraits traits = super.traits();
                Set<Capability> fewer = EnumSet.copyOf(traits.capabilities());
                fewer.remove(capability);
                return new KekTraits(fewer, traits.maxPlaintextBytes(), traits.maxWrappedBytes());
            }
        };
    }

    private static KekHandle roomier(KekHandle real) {
        return new ForwardingKek(real) {
            @Override
            public KekTraits traits() {
                KekTraits traits = super.traits();
                return new KekTraits(traits.capabilities(), traits.maxPlaintextBytes(), traits.maxWrappedBytes() + 1);
            }
        };
    }

    private static KekHandle coded(KekHandle real, Bytes encode, Bytes decode) {
        return new ForwardingKek(real) {
            @Override
            public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                WrapResult result = super.wrap(plaintext, context, deadline);
                return new WrapResult(encode.map(result.ciphertext()), result.version());
            }

            @Override
            public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                WrappedKey decoded = new WrappedKey(decode.map(wrapped.ciphertext()), wrapped.version());
                return super.unwrap(decoded, context, deadline);
            }
        };
    }

    /** Tries a second reading of a ciphertext that was refused. */
    private static KekHandle forgiving(KekHandle real, Bytes second) {
        return new ForwardingKek(real) {
            @Override
            public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                try {
                    return super.unwrap(wrapped, context, deadline);
                } catch (KmsException e) {
                    if (e.code() != Code.INVALID_CIPHERTEXT) {
                        throw e;
                    }
                    byte[] other = second.map(wrapped.ciphertext());
                    return super.unwrap(new WrappedKey(other, wrapped.version()), context, deadline);
                }
            }
        };
    }

    private static KekHandle onUnwrap(KekHandle real, Bytes spoil) {
        return new ForwardingKek(real) {
            @Override
            public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                try (UnwrapResult result = super.unwrap(wrapped, context, deadline)) {
                    return new UnwrapResult(spoil.map(result.plaintext()), result.version());
                }
            }
        };
    }

    private static KekHandle namingOnUnwrap(KekHandle real, Supplier<Optional<KekVersion>> name) {
        return new ForwardingKek(real) {
            @Override
            public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                try (UnwrapResult result = super.unwrap(wrapped, context, deadline)) {
                    return new UnwrapResult(result.plaintext(), name.get());
                }
            }
        };
    }

    private static KekHandle withDeadline(KekHandle real, Deadlines map) {
        return new ForwardingKek(real) {
            @Override
            public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                return super.wrap(plaintext, context, map.map(deadline));
            }

            @Override
            public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                return super.unwrap(wrapped, context, map.map(deadline));
            }

            @Override
            public KekDescription describe(Deadline deadline) {
                return super.describe(map.map(deadline));
            }
        };
    }

    private static KekHandle recoded(KekHandle real, Code from, Code to) {
        return around(real, call -> {
            try {
                return call.get();
            } catch (KmsException e) {
                throw e.code() == from ? new KmsException(to, String.valueOf(e.getMessage())) : e;
            }
        });
    }

    private static KekDescription withCurrent(KekDescription truth, KekVersion current) {
        return new KekDescription(current, truth.state(), truth.algorithm(), truth.destructionAt());
    }

    private static KekHandle around(KekHandle real, Around around) {
        return new ForwardingKek(real) {
            @Override
            public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
                return (WrapResult) around.make(() -> super.wrap(plaintext, context, deadline));
            }

            @Override
            public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                return (UnwrapResult) around.make(() -> super.unwrap(wrapped, context, deadline));
            }

            @Override
            public KekDescription describe(Deadline deadline) {
                return (KekDescription) around.make(() -> super.describe(deadline));
            }
        };
    }
}
