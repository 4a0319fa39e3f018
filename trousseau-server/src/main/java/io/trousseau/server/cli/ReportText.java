package io.trousseau.server.cli;

import io.trousseau.api.Finding;
import io.trousseau.api.Finding.Verdict;
import io.trousseau.server.doctor.Checked;
import io.trousseau.server.doctor.Report;
import io.trousseau.server.terminal.Style;
import java.io.PrintWriter;

/** What doctor found, for people: one line a check, and beneath it what to do. */
final class ReportText {
    private static final String KEYRING = "keyring.";

    private final PrintWriter out;
    private final Style style;

    ReportText(PrintWriter out, Style style) {
        this.out = out;
        this.style = style;
    }

    void print(Report report) {
        int width = report.checks().stream()
                .mapToInt(checked -> checked.finding().check().length())
                .max()
                .orElse(0);
        String heading = "";
        for (Checked checked : report.checks()) {
            String about = about(checked);
            if (!about.equals(heading)) {
                if (!heading.isEmpty()) {
                    out.println();
                }
                out.println(style.bold(about));
                heading = about;
            }
            print(checked.finding(), width);
        }
        out.println();
        out.println(summary(report));
    }

    private static String about(Checked checked) {
        return checked.member()
                .map(name -> "member " + name)
                .orElseGet(() -> checked.finding().check().startsWith(KEYRING) ? "keyring" : "node");
    }

    private void print(Finding finding, int width) {
        String id = finding.check() + " ".repeat(width - finding.check().length());
        out.println("  " + label(finding.verdict()) + "  " + id + "  " + oneLine(finding.seen()));
        if (!finding.remedy().isEmpty() && finding.verdict() != Verdict.OK) {
            out.println("           " + " ".repeat(width) + "  " + style.bold("-> ") + oneLine(finding.remedy()));
        }
    }

    private String label(Verdict verdict) {
        return switch (verdict) {
            case OK -> style.good("ok     ");
            case WARNING -> style.warn("warning");
            case FAILURE -> style.bad("FAILURE");
            case SKIPPED -> style.dim("skipped");
        };
    }

    /** A text of a KMS or of another process shall not move the cursor. */
    private static String oneLine(String text) {
        return text.replaceAll("[\\p{Cntrl}\u0080-\u009f\u2028\u2029]+", " ").strip();
    }

    private String summary(Report report) {
        int failures = report.count(Verdict.FAILURE);
        int warnings = report.count(Verdict.WARNING);
        String counts = count(failures, "failure") + ", " + count(warnings, "warning") + ", " + report.count(Verdict.OK)
                + " ok, " + report.count(Verdict.SKIPPED) + " skipped";
        return switch (report.verdict()) {
            case FAILURE -> style.bad(counts);
            case WARNING -> style.warn(counts);
            case OK, SKIPPED -> style.good(counts);
        };
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
