package io.trousseau.provider.vault.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ValidityTest {
    private static final Instant FROM = Instant.parse("2026-11-24T00:00:00Z");

    private static Validity of(Duration life) {
        return new Validity(FROM, FROM.plus(life));
    }

    @Test
    void a_year_ends_soon_in_its_last_fortnight() {
        Validity year = of(Duration.ofDays(365));
        assertThat(year.endsSoon(FROM.plus(Duration.ofDays(350)))).isFalse();
        assertThat(year.endsSoon(FROM.plus(Duration.ofDays(352)))).isTrue();
    }

    @Test
    void a_day_ends_soon_in_its_last_quarter() {
        Validity day = of(Duration.ofDays(1));
        assertThat(day.endsSoon(FROM.plus(Duration.ofHours(17)))).isFalse();
        assertThat(day.endsSoon(FROM.plus(Duration.ofHours(19)))).isTrue();
        assertThat(day.hasEnded(FROM.plus(Duration.ofHours(23)))).isFalse();
        assertThat(day.hasEnded(FROM.plus(Duration.ofHours(25)))).isTrue();
    }
}
