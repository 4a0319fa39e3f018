package io.trousseau.provider.vault.http;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/**
 * From when until when a certificate is valid.
 *
 * @param from its beginning
 * @param until its end
 */
public record Validity(Instant from, Instant until) {
    private static final Duration SOON = Duration.ofDays(14);
    private static final int QUARTERS = 4;

    static Validity of(X509Certificate certificate) {
        return new Validity(
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }

    /** Whether it has ended. */
    public boolean hasEnded(Instant now) {
        return now.isAfter(until);
    }

    /**
     * Whether somebody should see to it: it ends within a fortnight, or, if it was never to live long, within the last
     * quarter of its life, when what renews such certificates should have done so.
     */
    public boolean endsSoon(Instant now) {
        Duration quarter = Duration.between(from, until).dividedBy(QUARTERS);
        return now.isAfter(until.minus(quarter.compareTo(SOON) < 0 ? quarter : SOON));
    }
}
