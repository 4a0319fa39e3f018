package io.trousseau.server.doctor;

import io.trousseau.api.Finding;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.core.policy.Policy;
import io.trousseau.core.settings.Quoted;
import io.trousseau.server.config.ConfigurationFile;
import io.trousseau.server.config.ExaminedConfiguration;
import io.trousseau.server.config.InvalidConfigurationException.Problem;
import io.trousseau.server.config.OpenedConfiguration;
import io.trousseau.server.config.OpenedMember;
import io.trousseau.server.config.StatedPolicy;
import io.trousseau.server.config.TrousseauConfiguration;
import io.trousseau.server.config.TrousseauConfiguration.Member;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One examination of a node, its keyring and its members.
 *
 * <p>It reads, asks and wraps random bytes; it changes nothing, here, in a KMS or in a running server. Members are
 * examined at the same time, each within the same deadline, so that it ends a moment after it whatever providers do.
 * Nothing that it finds is secret.
 */
public final class Doctor {
    /** What a member may be late without being called hung. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final Path file;
    private final Duration timeout;
    private final Progress progress;
    private final List<Checked> checks = new ArrayList<>();

    /** Hears what is waited for, so that a person knows that something goes on. */
    public interface Progress {
        /**
         * Some time has passed, and not everybody has answered. Called about every second, on the thread that examines.
         *
         * @param members who has not
         * @param since how long the members have been asked
         */
        void waiting(List<String> members, Duration since);
    }

    /** A member's name that the configuration does not have. The message says which there are. */
    public static final class UnknownMemberException extends Exception {
        private static final long serialVersionUID = 1L;

        UnknownMemberException(String message) {
            super(message);
        }
    }

    private Doctor(Path file, Duration timeout, Progress progress) {
        this.file = file;
        this.timeout = timeout;
        this.progress = progress;
    }

    /**
     * Examines.
     *
     * @param file the configuration
     * @param providers whom the members' providers are looked for
     * @param only names of the members to examine; empty for all
     * @param timeout how long a member may take
     * @throws UnknownMemberException if {@code only} has a name that the configuration does not have; nobody was asked
     * @throws InterruptedException if the thread is interrupted meanwhile; whoever is being asked is left to it
     */
    public static Report examine(
            Path file, ProviderCatalog providers, Set<String> only, Duration timeout, Progress progress)
            throws UnknownMemberException, InterruptedException {
        Doctor doctor = new Doctor(file, timeout, progress);
        ExaminedConfiguration examined = ConfigurationFile.examine(file, providers);
        Optional<TrousseauConfiguration> configuration = examined.configuration();
        if (configuration.isPresent()) {
            doctor.examine(examined, configuration.get(), only);
        } else {
            doctor.withoutConfiguration(examined);
        }
        return new Report(doctor.checks);
    }

    private void withoutConfiguration(ExaminedConfiguration examined) {
        examined.problems().forEach(this::unreadable);
        LocalChecks machine = LocalChecks.of(file);
        Map<String, Finding> possible = byCheck(List.of(machine.permissions(), machine.dumps(), machine.clockCheck()));
        for (Check check : Check.values()) {
            if (check != Check.CONFIG_FILE && check.about() != Check.About.MEMBER) {
                node(possible.getOrDefault(
                        check.id(), Finding.skipped(check.id(), "the configuration cannot be used")));
            }
        }
    }

    private static Map<String, Finding> byCheck(List<Finding> findings) {
        Map<String, Finding> byCheck = new HashMap<>();
        findings.forEach(finding -> byCheck.put(finding.check(), finding));
        return byCheck;
    }

    private void examine(ExaminedConfiguration examined, TrousseauConfiguration configuration, Set<String> only)
            throws UnknownMemberException, InterruptedException {
        refuseUnknown(only, examined, configuration);
        Optional<Policy> policy = policy(examined, configuration);
        Map<String, Asked> asked = ask(examined, configuration, policy, only);
        LocalChecks machine = LocalChecks.of(file);
        List<Finding> found = new ArrayList<>(List.of(machine.permissions(), machine.dumps(), machine.clockCheck()));
        NodeChecks socket = new NodeChecks(configuration);
        found.addAll(socket.all());
        await(asked.values());

        Map<String, List<Finding>> ofMembers = new HashMap<>();
        Map<String, MemberExamination> examinations = new HashMap<>();
        asked.forEach((name, member) -> {
            ofMembers.put(name, member.examination().conclude(member.hasEnded()));
            examinations.put(name, member.examination());
        });
        KeyringChecks keyring =
                new KeyringChecks(configuration.keyring(), policy, examined.sizeBudget(), only.isEmpty(), examinations);
        found.add(socket.keyId(keyring.keyId()));
        found.addAll(keyring.all());
        usable(examined, configuration);
        Map<String, Finding> byCheck = byCheck(found);
        for (Check check : Check.values()) {
            Optional.ofNullable(byCheck.get(check.id())).ifPresent(this::node);
        }
        for (Member member : configuration.keyring().members()) {
            if (only.isEmpty() || only.contains(member.name())) {
                opened(examined, member);
                ofMembers.getOrDefault(member.name(), List.of()).forEach(finding -> add(member, finding));
            }
        }
    }

    private void refuseUnknown(Set<String> only, ExaminedConfiguration examined, TrousseauConfiguration configuration)
            throws UnknownMemberException {
        List<String> names =
                configuration.keyring().members().stream().map(Member::name).toList();
        for (String name : only) {
            if (!names.contains(name)) {
                examined.members().values().forEach(member -> member.handle().close());
                throw new UnknownMemberException(Quoted.of(name) + " is no member in " + file + "; there "
                        + (names.size() == 1 ? "is " : "are ") + String.join(", ", names));
            }
        }
    }

    /** Empty if not every member opens: what is not known of one would make it wrong for all. */
    private static Optional<Policy> policy(ExaminedConfiguration examined, TrousseauConfiguration configuration) {
        return examined.members().size() < configuration.keyring().members().size()
                ? Optional.empty()
                : Optional.of(StatedPolicy.of(new OpenedConfiguration(
                        configuration, List.copyOf(examined.members().values()), examined.sizeBudget())));
    }

    private Map<String, Asked> ask(
            ExaminedConfiguration examined,
            TrousseauConfiguration configuration,
            Optional<Policy> policy,
            Set<String> only) {
        Map<String, Asked> asked = new LinkedHashMap<>();
        examined.members().forEach((name, member) -> {
            if (only.isEmpty() || only.contains(name)) {
                asked.put(
                        name,
                        Asked.start(new MemberExamination(
                                member, configuration.keyring().name(), policy, timeout)));
            } else {
                member.handle().close();
            }
        });
        return asked;
    }

    private void await(Collection<Asked> asked) throws InterruptedException {
        long start = System.nanoTime();
        long limit = timeout.plus(GRACE).toNanos();
        while (true) {
            List<String> waiting = asked.stream()
                    .filter(member -> !member.hasEnded())
                    .map(member -> member.examination().name())
                    .toList();
            long waited = System.nanoTime() - start;
            if (waiting.isEmpty() || waited >= limit) {
                return;
            }
            if (waited >= BETWEEN_LOOKS.toNanos()) {
                progress.waiting(waiting, Duration.ofNanos(waited));
            }
            long until = Math.min(System.nanoTime() + BETWEEN_LOOKS.toNanos(), start + limit);
            for (Asked member : asked) {
                member.awaitEnd(until - System.nanoTime());
            }
        }
    }

    /** An examination under way. */
    private record Asked(MemberExamination examination, CountDownLatch end) {
        static Asked start(MemberExamination examination) {
            CountDownLatch end = new CountDownLatch(1);
            Thread thread = new Thread(
                    () -> {
                        try {
                            examination.run();
                        } finally {
                            end.countDown();
                        }
                    },
                    "trousseau-doctor-" + examination.name());
            thread.setDaemon(true);
            thread.start();
            return new Asked(examination, end);
        }

        boolean hasEnded() {
            return end.getCount() == 0;
        }

        void awaitEnd(long nanos) throws InterruptedException {
            boolean unused = end.await(nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** Says that the configuration is usable, or what of it is not and is no member's affair. */
    private void usable(ExaminedConfiguration examined, TrousseauConfiguration configuration) {
        List<Problem> others = new ArrayList<>(examined.problems());
        configuration.keyring().members().forEach(member -> others.removeAll(examined.problemsOf(member)));
        others.forEach(this::unreadable);
        if (others.isEmpty()) {
            node(Finding.ok(
                    Check.CONFIG_FILE.id(),
                    examined.problems().isEmpty()
                            ? file + " is valid"
                            : file + " is read; not every member in it can be opened, see below"));
        }
    }

    private void unreadable(Problem problem) {
        node(Finding.failure(
                Check.CONFIG_FILE.id(), problem.toString(), "correct it, then: trousseau config validate " + file));
    }

    private void opened(ExaminedConfiguration examined, Member member) {
        OpenedMember open = examined.members().get(member.name());
        if (open != null) {
            add(member, Finding.ok(Check.MEMBER_PROVIDER.id(), open.origin().toString()));
            add(
                    member,
                    Finding.ok(
                            Check.MEMBER_OPENS.id(), "provider " + member.provider() + " takes the member's config"));
            return;
        }
        boolean found = true;
        for (Problem problem : examined.problemsOf(member)) {
            boolean ofProvider = ExaminedConfiguration.isOfProvider(problem);
            found &= !ofProvider;
            add(
                    member,
                    Finding.failure(
                            (ofProvider ? Check.MEMBER_PROVIDER : Check.MEMBER_OPENS).id(),
                            problem.toString(),
                            ofProvider
                                    ? "put the provider's jar into lib/, or correct the name"
                                    : "correct it, then: trousseau config validate " + file));
        }
        if (!found) {
            add(member, Finding.skipped(Check.MEMBER_OPENS.id(), "needs its provider"));
        }
    }

    private void node(Finding finding) {
        checks.add(new Checked(Optional.empty(), finding));
    }

    private void add(Member member, Finding finding) {
        checks.add(new Checked(Optional.of(member.name()), finding));
    }
}
