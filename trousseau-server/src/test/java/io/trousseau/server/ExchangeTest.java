package io.trousseau.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.keyring.KeyringStatus;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ExchangeTest {
    private static final KeyringStatus SEALS = status(Serving.SEALING, true, false);
    private static final KeyringStatus DEGRADED = status(Serving.SEALING, true, true);
    private static final KeyringStatus STARTING = status(Serving.STARTING, false, false);
    private static final KeyringStatus OPENS_ONLY = status(Serving.OPENING_ONLY, true, false);
    private static final KeyringStatus FAILED_CLOSED = status(Serving.FAILED_CLOSED, false, false);
    private static final Duration AT_ONCE = Duration.ZERO;
    private static final Duration LATER = Exchange.PATIENCE;

    @Test
    @DisplayName("a keyring that seals under all its members serves at once")
    void complete() {
        assertThat(Exchange.isDue(SEALS, SEALS, AT_ONCE)).isTrue();
        assertThat(Exchange.isDue(DEGRADED, SEALS, AT_ONCE)).isTrue();
        assertThat(Exchange.isDue(FAILED_CLOSED, SEALS, AT_ONCE)).isTrue();
    }

    @Test
    @DisplayName("a degraded one waits while the one before is not, so that a short absence changes no key_id")
    void degraded() {
        assertThat(Exchange.isDue(SEALS, DEGRADED, AT_ONCE)).isFalse();
        assertThat(Exchange.isDue(SEALS, DEGRADED, LATER)).isTrue();
        assertThat(Exchange.isDue(DEGRADED, DEGRADED, AT_ONCE)).isTrue();
        assertThat(Exchange.isDue(FAILED_CLOSED, DEGRADED, AT_ONCE)).isTrue();
    }

    @Test
    @DisplayName("one that cannot seal never takes the place of one that seals or opens")
    void incapable() {
        for (KeyringStatus next : List.of(STARTING, OPENS_ONLY, FAILED_CLOSED)) {
            assertThat(Exchange.isDue(SEALS, next, LATER)).isFalse();
            assertThat(Exchange.isDue(OPENS_ONLY, next, LATER)).isFalse();
        }
    }

    @Test
    @DisplayName("where nothing works, the changed configuration is followed after a while")
    void nothingToLose() {
        assertThat(Exchange.isDue(FAILED_CLOSED, STARTING, AT_ONCE)).isFalse();
        assertThat(Exchange.isDue(FAILED_CLOSED, STARTING, LATER)).isTrue();
        assertThat(Exchange.isDue(STARTING, STARTING, LATER)).isTrue();
    }

    private static KeyringStatus status(Serving serving, boolean keyId, boolean degraded) {
        return new KeyringStatus(
                "test",
                serving,
                keyId ? Optional.of(new KeyId("tr1." + "A".repeat(43))) : Optional.empty(),
                serving == Serving.SEALING,
                "of no matter",
                degraded,
                Optional.empty(),
                0,
                List.of(),
                Map.of());
    }
}
