package io.trousseau.server.doctor;

import static io.trousseau.api.Capability.AUTHENTICATED;
import static io.trousseau.api.Capability.NAMES_VERSION_ON_WRAP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.Finding.Verdict;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.server.Serving;
import io.trousseau.server.doctor.Doctor.UnknownMemberException;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.ForwardingKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Doctor")
class DoctorTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final TestProvider provider = new TestProvider();
    private Path folder;
    private Path file;
    private Path socket;

    @BeforeEach
    void place(@TempDir Path directory) {
        folder = directory;
        file = directory.resolve("trousseau.yaml");
        socket = directory.resolve("run").resolve("kms.sock");
    }

    /** Writes a configuration of members that are given as the rest of their YAML flow mappings. */
    private void configure(String rest, String... members) throws IOException {
        StringBuilder yaml =
                new StringBuilder("""
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: "%s"}
                %s
                  name: test
                  members:
                """.formatted(socket, rest.contains("keyring:") ? rest : rest + "\nkeyring:"));
        for (String member : members) {
            yaml.append("  - {").append(member).append("}\n");
        }
        if (!rest.contains("admin:")) {
            yaml.append("admin: {address: none}\n");
        }
        Files.writeString(file, yaml);
    }

    private static String member(String name) {
        return member(name, name);
    }

    private static String member(String name, String kek) {
        return "name: " + name + ", provider: memory, config: {kek: " + kek + "}";
    }

    private ProviderCatalog catalog() {
        return ProviderCatalog.of(List.of(provider));
    }

    private Report examine() throws Exception {
        return examine(TIMEOUT);
    }

    private Report examine(Duration timeout) throws Exception {
        return Doctor.examine(file, catalog(), Set.of(), timeout, (members, since) -> {});
    }

    private static Finding found(Report report, Check check) {
        return findings(report, null, check.id()).get(0);
    }

    private static Finding found(Report report, String member, Check check) {
        return findings(report, member, check.id()).get(0);
    }

    private static List<Finding> findings(Report report, String member, String check) {
        List<Finding> findings = report.checks().stream()
                .filter(checked -> checked.member().equals(Optional.ofNullable(member)))
                .map(Checked::finding)
                .filter(finding -> finding.check().equals(check))
                .toList();
        assertThat(findings).as("%s of %s in %s", check, member, report).isNotEmpty();
        return findings;
    }

    /** Examines a single member with a handle of the test's. */
    private Report examine(KekHandle handle) throws Exception {
        provider.handles.put("a", () -> handle);
        configure("", member("a"));
        return examine();
    }

    @Test
    @DisplayName("tells every check of Trousseau's own once, and that all is well")
    void well() throws Exception {
        configure("", member("a"), member("b"));
        Report report = examine();
        List<String> node = new ArrayList<>();
        List<String> ofMember = new ArrayList<>();
        for (Check check : Check.values()) {
            (check.about() == Check.About.MEMBER ? ofMember : node).add(check.id());
        }
        assertThat(report.checks().stream()
                        .filter(checked -> checked.member().isEmpty())
                        .map(checked -> checked.finding().check()))
                .containsExactlyElementsOf(node);
        for (String name : List.of("a", "b")) {
            assertThat(report.checks().stream()
                            .filter(checked -> checked.member().equals(Optional.of(name)))
                            .map(checked -> checked.finding().check()))
                    .containsExactlyElementsOf(ofMember);
            for (String check : ofMember) {
                assertThat(findings(report, name, check))
                        .allMatch(finding -> finding.verdict() == Verdict.OK, "is well");
            }
        }
        assertThat(report.count(Verdict.FAILURE)).as("%s", report).isZero();
        assertThat(found(report, Check.KEYRING_POLICY).seen()).contains("an attacker needs any 1 of 2 members");
        assertThat(found(report, "a", Check.MEMBER_PROVIDER).seen()).contains(TestProvider.class.getName());
    }

    @Test
    @DisplayName("makes, changes and removes nothing, and closes what it opened")
    void changesNothing() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        InMemoryKek kek = provider.kek("a");
        KekVersion before = kek.current();
        examine(new ForwardingKek(kek.open()) {
            @Override
            public void close() {
                closed.set(true);
                super.close();
            }
        });
        assertThat(kek.current()).isEqualTo(before);
        assertThat(closed).isTrue();
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    @DisplayName("asks only the members that it is told to, and knows a wrong name")
    void only() throws Exception {
        FaultyKek other = new FaultyKek(provider.kek("b").open());
        provider.handles.put("b", () -> other);
        configure("", member("a"), member("b"));
        Report report = Doctor.examine(file, catalog(), Set.of("a"), TIMEOUT, (members, since) -> {});
        assertThat(report.checks()).noneMatch(checked -> checked.member().equals(Optional.of("b")));
        assertThat(found(report, "a", Check.MEMBER_ROUND_TRIP).verdict()).isEqualTo(Verdict.OK);
        assertThat(found(report, Check.KEYRING_QUORUM).verdict()).isEqualTo(Verdict.SKIPPED);
        assertThat(other.calls(Operation.DESCRIBE)).isZero();
        assertThatExceptionOfType(UnknownMemberException.class)
                .isThrownBy(() -> Doctor.examine(file, catalog(), Set.of("c"), TIMEOUT, (members, since) -> {}))
                .withMessageContaining("\"c\"")
                .withMessageContaining("a, b");
    }

    @Nested
    @DisplayName("says of a configuration")
    class Configuration {
        @Test
        @DisplayName("that it cannot be used, each problem, and looks at what needs none")
        void invalid() throws Exception {
            Files.writeString(file, "apiVersion: trousseau.io/v1\nkind: TrousseauConfiguration\nsokcet: {}\n");
            Report report = examine();
            assertThat(findings(report, null, "config.file"))
                    .hasSizeGreaterThan(1)
                    .allMatch(finding -> finding.verdict() == Verdict.FAILURE)
                    .anyMatch(finding ->
                            finding.seen().contains(":3:") && finding.seen().contains("socket?"));
            assertThat(found(report, Check.NODE_CLOCK).verdict()).isEqualTo(Verdict.OK);
            assertThat(found(report, Check.KEYRING_POLICY).verdict()).isEqualTo(Verdict.SKIPPED);
            Files.delete(file);
            assertThat(found(examine(), Check.CONFIG_FILE).seen()).contains("does not exist");
        }

        @Test
        @DisplayName("which member does not open, and examines the others")
        void memberThatDoesNotOpen() throws Exception {
            configure("", member("a"), member("b", "refused"), "name: c, provider: acme, config: {}");
            Report report = examine();
            assertThat(found(report, Check.CONFIG_FILE).verdict()).isEqualTo(Verdict.OK);
            assertThat(found(report, "a", Check.MEMBER_ROUND_TRIP).verdict()).isEqualTo(Verdict.OK);
            assertThat(found(report, "b", Check.MEMBER_OPENS).verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(found(report, "b", Check.MEMBER_OPENS).seen())
                    .contains("keyring.members[1].config.kek: is refused");
            assertThat(found(report, "c", Check.MEMBER_PROVIDER).seen()).contains("acme");
            assertThat(found(report, "c", Check.MEMBER_OPENS).verdict()).isEqualTo(Verdict.SKIPPED);
            assertThat(found(report, Check.KEYRING_QUORUM).verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(report.verdict()).isEqualTo(Verdict.FAILURE);
        }

        @Test
        @DisplayName("that others can change it")
        void permissions() throws Exception {
            configure("", member("a"));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
            Finding finding = found(examine(), Check.CONFIG_PERMISSIONS);
            assertThat(finding.verdict()).isEqualTo(Verdict.WARNING);
            assertThat(finding.remedy()).isEqualTo("chmod go-w " + file);
        }

        @Test
        @DisplayName("that it was changed in the future, which is the clock's fault")
        void clock() throws Exception {
            configure("", member("a"));
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().plus(Duration.ofDays(1))));
            assertThat(found(examine(), Check.NODE_CLOCK).verdict()).isEqualTo(Verdict.FAILURE);
        }
    }

    @Nested
    @DisplayName("says of the node")
    class Node {
        @Test
        @DisplayName("that a server serves what this configuration gives, and once it does not any more")
        void server() throws Exception {
            configure(
                    "admin: {address: \"127.0.0.1:" + freePort() + "\"}\nkeyring:\n  probe: {interval: 1h}",
                    member("a"));
            try (Serving serving = Serving.start(file, catalog(), false, "1.2.3")) {
                Report report = examine();
                assertThat(found(report, Check.SOCKET_DIRECTORY).verdict()).isEqualTo(Verdict.OK);
                assertThat(found(report, Check.SOCKET_SERVER).verdict()).isEqualTo(Verdict.OK);
                assertThat(found(report, Check.SOCKET_KEY_ID).verdict()).isEqualTo(Verdict.OK);
                assertThat(found(report, Check.ADMIN_ADDRESS).verdict()).isEqualTo(Verdict.OK);
                assertThat(report.count(Verdict.FAILURE)).isZero();
                provider.kek("a").rotate();
                Finding rotated = found(examine(), Check.SOCKET_KEY_ID);
                assertThat(rotated.verdict()).isEqualTo(Verdict.WARNING);
                assertThat(rotated.remedy()).contains("keyring.probe.interval (1h)");
                assertThat(serving.adminAddress()).isPresent();
            }
        }

        @Test
        @DisplayName("that a server is not healthy, and why")
        void unhealthy() throws Exception {
            provider.handles.put("a", () -> {
                FaultyKek kek = new FaultyKek(provider.kek("a").open());
                kek.always(Fault.error(KmsException.Code.UNAVAILABLE));
                return kek;
            });
            configure("", member("a"));
            try (Serving serving = Serving.start(file, catalog(), false, "1.2.3")) {
                Finding finding = found(examine(), Check.SOCKET_SERVER);
                assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
                assertThat(finding.seen()).contains("unavailable");
                assertThat(serving.adminAddress()).isEmpty();
            }
        }

        @Test
        @DisplayName("that a server has died, or that something else is at its socket")
        void deadSocket() throws Exception {
            configure("", member("a"));
            Files.createDirectory(
                    socket.getParent(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                dead.bind(UnixDomainSocketAddress.of(socket));
            }
            Finding finding = found(examine(), Check.SOCKET_SERVER);
            assertThat(finding.verdict()).isEqualTo(Verdict.WARNING);
            assertThat(finding.seen()).contains("nobody listens");
            Files.delete(socket);
            Files.writeString(socket, "a file");
            assertThat(found(examine(), Check.SOCKET_SERVER).verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(socket).hasContent("a file");
        }

        @Test
        @DisplayName("that others could put a socket in place of ours")
        void directory() throws Exception {
            configure("", member("a"));
            Files.createDirectory(socket.getParent());
            Files.setPosixFilePermissions(socket.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
            Finding finding = found(examine(), Check.SOCKET_DIRECTORY);
            assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(finding.seen()).contains("chmod go-w");
        }

        @Test
        @DisplayName("that somebody else has the admin address")
        void adminAddress() throws Exception {
            try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                Thread answering = new Thread(() -> {
                    try (Socket client = other.accept()) {
                        client.getOutputStream()
                                .write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                answering.start();
                configure("admin: {address: \"127.0.0.1:" + other.getLocalPort() + "\"}", member("a"));
                Finding finding = found(examine(), Check.ADMIN_ADDRESS);
                answering.join();
                assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
                assertThat(finding.seen()).contains("is not a Trousseau server");
                assertThat(finding.remedy()).contains("admin.address");
            }
        }

        @Test
        @Timeout(30)
        @DisplayName("that somebody at the admin address begins an answer and does not end it")
        void endlessAnswer() throws Exception {
            try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                Thread answering = new Thread(() -> {
                    try (Socket client = other.accept()) {
                        client.getOutputStream()
                                .write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\no"
                                        .getBytes(StandardCharsets.US_ASCII));
                        client.getInputStream().readAllBytes();
                    } catch (IOException e) {
                        // The client has had enough.
                    }
                });
                answering.start();
                configure("admin: {address: \"127.0.0.1:" + other.getLocalPort() + "\"}", member("a"));
                Finding finding = found(examine(), Check.ADMIN_ADDRESS);
                answering.join();
                assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
                assertThat(finding.seen()).contains("does not answer");
            }
        }
    }

    @Nested
    @DisplayName("says of the keyring")
    class Keyring {
        @Test
        @DisplayName("that two members are one KEK")
        void sameKek() throws Exception {
            configure("", member("a", "x"), member("b", "x"));
            Finding finding = found(examine(), Check.KEYRING_DISTINCT_KEKS);
            assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(finding.seen()).contains("a and b", "x");
        }

        @Test
        @DisplayName("whether enough members work")
        void quorum() throws Exception {
            String three = "keyring:\n  decryptThreshold: 2\n  writeQuorum: 2";
            configure(three, member("a"), member("b"), member("c"));
            assertThat(found(examine(), Check.KEYRING_QUORUM).verdict()).isEqualTo(Verdict.OK);
            provider.kek("a").disable();
            Finding degraded = found(examine(), Check.KEYRING_QUORUM);
            assertThat(degraded.verdict()).isEqualTo(Verdict.WARNING);
            assertThat(degraded.seen())
                    .startsWith("2 of 3 wrapping members work")
                    .contains("degraded");
            assertThat(degraded.remedy()).contains("repair a");
            provider.kek("b").disable();
            assertThat(found(examine(), Check.KEYRING_QUORUM).verdict()).isEqualTo(Verdict.FAILURE);
        }

        @Test
        @DisplayName("that a member lists its own KEK as a former one")
        void formerKeks() throws Exception {
            configure("", member("a") + ", formerKeks: [a]");
            assertThat(found(examine(), Check.KEYRING_FORMER_KEKS).verdict()).isEqualTo(Verdict.WARNING);
            configure("", member("a") + ", formerKeks: [b]");
            Finding finding = found(examine(), Check.KEYRING_FORMER_KEKS);
            assertThat(finding).isEqualTo(Finding.ok("keyring.former-keks", "a also unwraps what b wrapped"));
        }

        @Test
        @DisplayName("that a weaker policy still opens, and what else is to be thought about again")
        void risks() throws Exception {
            configure(
                    "keyring:\n  decryptThreshold: 2\n  formerPolicies: [{decryptThreshold: 1}]",
                    member("a"),
                    member("b"));
            Report report = examine();
            assertThat(found(report, Check.KEYRING_FORMER_POLICIES).verdict()).isEqualTo(Verdict.WARNING);
            assertThat(found(report, Check.KEYRING_RISKS).seen()).contains("the loss of any one member loses all data");
        }
    }

    @Nested
    @DisplayName("says of a member")
    class OfMember {
        @ParameterizedTest
        @EnumSource
        @DisplayName("how its KMS fails, and what to do")
        void failures(KmsException.Code code) throws Exception {
            FaultyKek kek = new FaultyKek(provider.kek("a").open());
            kek.always(Fault.error(code));
            Report report = examine(kek);
            Finding finding = found(report, "a", Check.MEMBER_DESCRIBE);
            assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(finding.seen()).startsWith(code.label() + ": ");
            assertThat(found(report, "a", Check.MEMBER_ROUND_TRIP).verdict())
                    .isEqualTo(code == KmsException.Code.PERMISSION_DENIED ? Verdict.FAILURE : Verdict.SKIPPED);
            assertThat(report.verdict()).isEqualTo(Verdict.FAILURE);
        }

        @Test
        @DisplayName("that the KEK is disabled, or will be destroyed")
        void state() throws Exception {
            InMemoryKek kek = provider.kek("a");
            configure("", member("a"));
            kek.disable();
            Report disabled = examine();
            assertThat(found(disabled, "a", Check.MEMBER_DESCRIBE).seen()).endsWith("is disabled");
            assertThat(found(disabled, "a", Check.MEMBER_ROUND_TRIP).verdict()).isEqualTo(Verdict.SKIPPED);
            kek.enable();
            kek.scheduleDestruction(kek.current(), Instant.parse("2030-01-02T03:04:05Z"));
            Finding scheduled = found(examine(), "a", Check.MEMBER_DESCRIBE);
            assertThat(scheduled.verdict()).isNotEqualTo(Verdict.OK);
            assertThat(scheduled.seen()).contains("2030-01-02T03:04:05Z");
        }

        @Test
        @DisplayName("that its KMS gives back something else")
        void junk() throws Exception {
            FaultyKek kek = new FaultyKek(provider.kek("a").open());
            kek.always(Operation.UNWRAP, Fault.corrupt());
            Finding finding = found(examine(kek), "a", Check.MEMBER_ROUND_TRIP);
            assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(finding.seen()).contains("not what was wrapped");
        }

        @Test
        @DisplayName("that a version is named although it is declared not to be, or names another key")
        void version() throws Exception {
            KekHandle good = provider.kek("a").open();
            Finding undeclared = found(
                    examine(new ForwardingKek(good) {
                        @Override
                        public KekTraits traits() {
                            Set<Capability> fewer =
                                    EnumSet.copyOf(super.traits().capabilities());
                            fewer.remove(NAMES_VERSION_ON_WRAP);
                            return new KekTraits(fewer, 64, super.traits().maxWrappedBytes());
                        }
                    }),
                    "a",
                    Check.MEMBER_VERSION);
            assertThat(undeclared.verdict()).isEqualTo(Verdict.FAILURE);
            FaultyKek other = new FaultyKek(provider.kek("a").open());
            other.always(Operation.DESCRIBE, Fault.naming(new KekVersion("another", "7")));
            Finding contradicting = found(examine(other), "a", Check.MEMBER_VERSION);
            assertThat(contradicting.verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(contradicting.seen()).contains("another version 7");
        }

        @Test
        @DisplayName("nothing bad if the KEK is rotated meanwhile")
        void rotatedMeanwhile() throws Exception {
            InMemoryKek kek = provider.kek("a");
            KekHandle rotating = new ForwardingKek(kek.open()) {
                private boolean rotated;

                @Override
                public KekDescription describe(Deadline deadline) {
                    KekDescription description = super.describe(deadline);
                    if (!rotated) {
                        rotated = true;
                        kek.rotate();
                    }
                    return description;
                }
            };
            assertThat(found(examine(rotating), "a", Check.MEMBER_VERSION).verdict())
                    .isEqualTo(Verdict.OK);
        }

        @Test
        @DisplayName("that a declared binding to the context does not hold")
        void context() throws Exception {
            KekHandle good = provider.kek("a").open();
            Finding finding = found(
                    examine(new ForwardingKek(good) {
                        @Override
                        public WrapResult wrap(byte[] bytes, WrapContext context, Deadline deadline) {
                            return super.wrap(bytes, WrapContext.empty(), deadline);
                        }

                        @Override
                        public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
                            return super.unwrap(wrapped, WrapContext.empty(), deadline);
                        }
                    }),
                    "a",
                    Check.MEMBER_CONTEXT);
            assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
        }

        @Test
        @DisplayName("what can be planted where wrapping is not authenticated, and whether the policy closes it")
        void planting() throws Exception {
            Set<Capability> open = EnumSet.allOf(Capability.class);
            open.remove(AUTHENTICATED);
            provider.keks.put("a", InMemoryKek.create("a", open));
            configure("", member("a"), member("b"), member("c"));
            Finding finding = found(examine(), "a", Check.MEMBER_CAPABILITIES);
            assertThat(finding.verdict()).isEqualTo(Verdict.WARNING);
            assertThat(finding.seen()).contains("plant", "can read nothing", "leaves that open");
            configure("keyring:\n  decryptThreshold: 2", member("a"), member("b"), member("c"));
            assertThat(found(examine(), "a", Check.MEMBER_CAPABILITIES).verdict())
                    .isEqualTo(Verdict.OK);
            configure(
                    "keyring:\n  decryptThreshold: 2", member("a") + ", formerKeks: [older]", member("b"), member("c"));
            assertThat(found(examine(), "a", Check.MEMBER_CAPABILITIES).verdict())
                    .isEqualTo(Verdict.WARNING);
            configure(
                    "keyring:\n  decryptThreshold: 2\n  formerPolicies: [{decryptThreshold: 1}]",
                    member("a"),
                    member("b"),
                    member("c"));
            assertThat(found(examine(), "a", Check.MEMBER_CAPABILITIES).verdict())
                    .isEqualTo(Verdict.WARNING);
        }

        @Test
        @DisplayName("that a call takes longer than a server waits")
        void latency() throws Exception {
            FaultyKek kek = new FaultyKek(provider.kek("a").open());
            kek.always(Operation.UNWRAP, Fault.delay(Duration.ofMillis(60)));
            provider.handles.put("a", () -> kek);
            configure("", member("a") + ", deadline: 50ms");
            Report report = examine();
            assertThat(found(report, "a", Check.MEMBER_ROUND_TRIP).verdict()).isEqualTo(Verdict.OK);
            assertThat(found(report, "a", Check.MEMBER_LATENCY).verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(found(report, "a", Check.MEMBER_LATENCY).seen()).contains("50ms");
        }

        @Test
        @DisplayName("nothing of wrapping if it only unwraps, and asks no KMS to wrap")
        void onlyUnwraps() throws Exception {
            FaultyKek kek = new FaultyKek(provider.kek("b").open());
            provider.handles.put("b", () -> kek);
            configure("", member("a"), member("b") + ", role: unwrap");
            Report report = examine();
            assertThat(found(report, "b", Check.MEMBER_DESCRIBE).verdict()).isEqualTo(Verdict.OK);
            assertThat(found(report, "b", Check.MEMBER_ROUND_TRIP).verdict()).isEqualTo(Verdict.SKIPPED);
            assertThat(kek.calls(Operation.WRAP)).isZero();
        }

        @Test
        @DisplayName("what its provider found, after its own checks")
        void ownFindings() throws Exception {
            Finding own = Finding.warning("memory.login", "the token lives for 3 days", "renew it");
            Report report = examine(new ForwardingKek(provider.kek("a").open()) {
                @Override
                public List<Finding> examine(Deadline deadline) {
                    return List.of(own);
                }
            });
            assertThat(report.checks()).endsWith(new Checked(Optional.of("a"), own));
            assertThat(found(report, "a", Check.MEMBER_EXAMINE).seen()).startsWith("1 check ");
        }

        @Test
        @DisplayName("that its provider throws, and not what, since that can hold anything")
        void throwing() throws Exception {
            Report report = examine(new ForwardingKek(provider.kek("a").open()) {
                @Override
                public KekDescription describe(Deadline deadline) {
                    throw new IllegalStateException("s3cret");
                }

                @Override
                public List<Finding> examine(Deadline deadline) {
                    throw new IllegalArgumentException("s3cret");
                }
            });
            assertThat(found(report, "a", Check.MEMBER_DESCRIBE).verdict()).isEqualTo(Verdict.FAILURE);
            assertThat(found(report, "a", Check.MEMBER_EXAMINE).seen()).contains("IllegalArgumentException");
            assertThat(report.toString()).doesNotContain("s3cret");
        }

        @Test
        @DisplayName("that its provider hangs, without waiting for it, and what it and the others said")
        void hanging() throws Exception {
            CountDownLatch end = new CountDownLatch(1);
            provider.handles.put("a", () -> new ForwardingKek(provider.kek("a").open()) {
                @Override
                public List<Finding> examine(Deadline deadline) {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return List.of();
                }
            });
            configure("", member("a"), member("b"));
            List<String> waitedFor = new CopyOnWriteArrayList<>();
            try {
                Report report = Doctor.examine(
                        file,
                        catalog(),
                        Set.of(),
                        Duration.ofSeconds(2),
                        (members, since) -> waitedFor.addAll(members));
                Finding finding = found(report, "a", Check.MEMBER_EXAMINE);
                assertThat(finding.verdict()).isEqualTo(Verdict.FAILURE);
                assertThat(finding.seen()).contains("2s");
                assertThat(found(report, "a", Check.MEMBER_ROUND_TRIP).verdict())
                        .isEqualTo(Verdict.OK);
                assertThat(found(report, "b", Check.MEMBER_EXAMINE).verdict()).isEqualTo(Verdict.OK);
                assertThat(waitedFor).isNotEmpty().containsOnly("a");
            } finally {
                end.countDown();
            }
            await().atMost(20, TimeUnit.SECONDS).until(DoctorTest::noThreadIsLeft);
        }

        @Test
        @DisplayName("what can still be found out while its KMS is silent")
        void silentKms() throws Exception {
            FaultyKek kek = new FaultyKek(provider.kek("a").open());
            kek.always(Fault.hang());
            provider.handles.put("a", () -> kek);
            configure("", member("a"));
            Report report = examine(Duration.ofMillis(200));
            assertThat(found(report, "a", Check.MEMBER_DESCRIBE).seen()).startsWith("timeout: ");
            assertThat(found(report, "a", Check.MEMBER_LATENCY).verdict()).isEqualTo(Verdict.SKIPPED);
            assertThat(found(report, "a", Check.MEMBER_EXAMINE).verdict()).isEqualTo(Verdict.OK);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static boolean noThreadIsLeft() {
        Thread[] threads = new Thread[Thread.activeCount() + 20];
        Thread.enumerate(threads);
        return Arrays.stream(threads)
                .noneMatch(thread -> thread != null && thread.getName().startsWith("trousseau-doctor"));
    }
}
