package io.trousseau.provider.vault.http;

import io.trousseau.provider.vault.http.VaultException.Kind;
import java.util.List;
import java.util.stream.Collectors;

/** What the failures of all addresses are together. */
final class Failures {
    /** What tells most first: what a Vault said before what kept it from saying anything. */
    private static final List<Kind> TELLING = List.of(
            Kind.RETRY_LATER,
            Kind.SEALED,
            Kind.UNINITIALIZED,
            Kind.STANDBY,
            Kind.SERVER_ERROR,
            Kind.TLS,
            Kind.BAD_ANSWER,
            Kind.UNREACHABLE,
            Kind.TIMEOUT);

    private Failures() {}

    /**
     * One failure.
     *
     * @param failures of each address that was asked, one or more
     * @param late whether the deadline has passed
     */
    static VaultException together(List<VaultException> failures, boolean late) {
        VaultException telling = failures.get(0);
        for (VaultException failure : failures) {
            if (TELLING.indexOf(failure.kind()) < TELLING.indexOf(telling.kind())) {
                telling = failure;
            }
        }
        boolean isLate = late && telling.kind() != Kind.TIMEOUT;
        if (failures.size() == 1 && !isLate) {
            return telling;
        }
        VaultException first = telling;
        return telling.as(
                isLate ? Kind.TIMEOUT : telling.kind(),
                isLate ? "the deadline passed" : "no address serves",
                failures.stream()
                        .filter(failure -> failure != first)
                        .map(VaultException::getMessage)
                        .collect(Collectors.joining("; ")));
    }
}
