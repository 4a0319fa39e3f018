package io.trousseau.server.doctor;

import io.trousseau.api.Finding.Verdict;
import java.util.List;

/**
 * What an examination found.
 *
 * @param checks the node first, then the keyring, then each member in configured order; unmodifiable
 */
public record Report(List<Checked> checks) {
    /** Copies the list. */
    public Report {
        checks = List.copyOf(checks);
    }

    /** How many checks went so. */
    public int count(Verdict verdict) {
        return (int) checks.stream()
                .filter(check -> check.finding().verdict() == verdict)
                .count();
    }

    /** The worst that was found: a failure, else a warning, else all is well. */
    public Verdict verdict() {
        return count(Verdict.FAILURE) > 0 ? Verdict.FAILURE : count(Verdict.WARNING) > 0 ? Verdict.WARNING : Verdict.OK;
    }
}
