package io.trousseau.server.cli;

import io.trousseau.api.Finding;
import io.trousseau.api.Finding.Verdict;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.core.settings.DurationText;
import io.trousseau.core.settings.Quoted;
import io.trousseau.server.doctor.Checked;
import io.trousseau.server.doctor.Doctor;
import io.trousseau.server.doctor.Doctor.UnknownMemberException;
import io.trousseau.server.doctor.Report;
import io.trousseau.server.json.Json;
import io.trousseau.server.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code trousseau doctor}: finds out what is wrong. */
@Command(
        name = "doctor",
        description = {
            "Looks at this node, the keyring and every member, from the configuration to the KMSes and back, and says what"
                    + " is wrong and what to do about it.",
            "Changes nothing; the server may run or not. At the KMSes it does what a server does: it asks for the state of"
                    + " the key, and wraps and unwraps random bytes. Run it as the server's user, on its node."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:no check failed; there may be warnings",
            "1:a check failed",
            "2:the command line is wrong; nobody was asked"
        })
final class DoctorCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "The configuration.")
    @SuppressWarnings("NullAway.Init")
    private Path config;

    @Option(
            names = "--member",
            arity = "1..*",
            paramLabel = "NAME",
            description = "Ask these members alone (default: all).")
    private List<String> members = new ArrayList<>();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            description = "How long a member may take (default: ${DEFAULT-VALUE}).",
            converter = TimeSpan.class)
    @SuppressWarnings("NullAway.Init")
    private Duration timeout;

    @Mixin
    private final OutputFormat format = new OutputFormat();

    @Mixin
    private final Terminal terminal = new Terminal();

    DoctorCommand() {}

    private static final class TimeSpan implements ITypeConverter<Duration> {
        private static final Duration LONGEST = Duration.ofMinutes(10);

        @Override
        public Duration convert(String text) {
            return DurationText.parse(text)
                    .filter(span -> !span.isZero() && span.compareTo(LONGEST) <= 0)
                    .orElseThrow(() -> new TypeConversionException(Quoted.of(text)
                            + " is not a time span up to 10m; write a number and a unit, as in 500ms or 30s"));
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        Set<String> only = new LinkedHashSet<>(members);
        Waiting waiting = new Waiting(terminal.err(), Terminal.isInteractive(), timeout);
        Report report;
        try {
            report = Doctor.examine(config, ProviderCatalog.load(), only, timeout, waiting);
        } catch (UnknownMemberException e) {
            throw new CommandFailedException(ExitCode.USAGE, "--member: " + e.getMessage());
        } finally {
            waiting.end();
        }
        if (format.isJson()) {
            terminal.out().print(Json.print(json(report)));
        } else {
            new ReportText(terminal.out(), terminal.style()).print(report);
        }
        return report.verdict() == Verdict.FAILURE ? ExitCode.FAILED : ExitCode.OK;
    }

    /** Says that something goes on: on a terminal after two seconds, else never. */
    private static final class Waiting implements Doctor.Progress {
        private static final Duration SILENCE = Duration.ofSeconds(2);

        private final PrintWriter err;
        private final boolean live;
        private final Duration timeout;
        private boolean shown;

        Waiting(PrintWriter err, boolean live, Duration timeout) {
            this.err = err;
            this.live = live;
            this.timeout = timeout;
        }

        @Override
        public void waiting(List<String> waitedFor, Duration since) {
            if (live && since.compareTo(SILENCE) >= 0) {
                shown = true;
                err.print("\r\u001b[Kwaiting for " + String.join(", ", waitedFor) + ": " + since.toSeconds() + " s of "
                        + DurationText.of(timeout));
                err.flush();
            }
        }

        void end() {
            if (shown) {
                err.print("\r\u001b[K");
                err.flush();
            }
        }
    }

    private static Map<String, @Nullable Object> json(Report report) {
        List<Object> checks = new ArrayList<>();
        for (Checked checked : report.checks()) {
            Finding finding = checked.finding();
            checks.add(Json.object(
                    "id", finding.check(),
                    "member", checked.member().orElse(null),
                    "verdict", label(finding.verdict()),
                    "seen", finding.seen(),
                    "remedy", finding.remedy().isEmpty() ? null : finding.remedy()));
        }
        return Json.object(
                "checks",
                checks,
                "summary",
                Json.object(
                        "verdict", label(report.verdict()),
                        "ok", report.count(Verdict.OK),
                        "warnings", report.count(Verdict.WARNING),
                        "failures", report.count(Verdict.FAILURE),
                        "skipped", report.count(Verdict.SKIPPED)));
    }

    private static String label(Verdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT);
    }
}
