package io.trousseau.provider.vault.transit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The name of a version")
class KeyVersionTest {
    @Test
    @DisplayName("is number and second, and gives the number back")
    void name() {
        String name = new KeyVersion(12, Instant.parse("2026-11-24T18:21:56.532Z")).name();
        assertThat(name).isEqualTo("12-20261124T182156Z");
        assertThat(KeyVersion.numberIn(name)).contains(12);
    }

    @Test
    @DisplayName("does not depend on fractions of the second, which Vault tells of some types only")
    void fractions() {
        assertThat(new KeyVersion(1, Instant.parse("2026-11-24T18:21:56.999999999Z")))
                .isEqualTo(new KeyVersion(1, Instant.parse("2026-11-24T18:21:56Z")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1", "1-", "0-20261124T182156Z", "01-20261124T182156Z", "1-20261124T182156Z9999", "-1-x"})
    @DisplayName("has one spelling")
    void others(String text) {
        assertThat(KeyVersion.numberIn(text)).isEmpty();
    }
}
