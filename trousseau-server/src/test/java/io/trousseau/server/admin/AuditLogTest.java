package io.trousseau.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.trousseau.api.KmsException;
import io.trousseau.core.keyring.KeyringException.Code;
import io.trousseau.core.member.CallListener.Operation;
import io.trousseau.core.member.CallListener.Purpose;
import io.trousseau.testkit.kek.ManualClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AuditLogTest {
    private final ManualClock clock = new ManualClock();
    private final AuditLog audit = new AuditLog(clock);
    private final Logger logger = (Logger) LoggerFactory.getLogger(AuditLog.LOGGER);
    private final ListAppender<ILoggingEvent> written = new ListAppender<>();

    @BeforeEach
    void capture() {
        written.start();
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(written);
    }

    @AfterEach
    void restore() {
        logger.detachAppender(written);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    private List<String> lines() {
        return written.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    @DisplayName("every use of a KEK on behalf of data is a line, and a probe is not")
    void calls() {
        audit.attempted("eu", Operation.UNWRAP, Purpose.OPEN, Duration.ofMillis(1234), null);
        audit.attempted(
                "us", Operation.WRAP, Purpose.PROTECT, Duration.ofMillis(7), KmsException.Code.PERMISSION_DENIED);
        audit.attempted("us", Operation.DESCRIBE, Purpose.PROBE, Duration.ofMillis(7), null);
        assertThat(lines())
                .containsExactly(
                        "kms member=eu operation=unwrap purpose=open outcome=ok millis=1234",
                        "kms member=us operation=wrap purpose=protect outcome=permission-denied millis=7");
    }

    @Test
    @DisplayName("a storm of refusals is one line a code and ten seconds that says how many it stands for")
    void storm() {
        for (int i = 0; i < 1000; i++) {
            audit.refused(Code.NOT_AUTHENTIC);
        }
        audit.refused(Code.FOREIGN_KEYRING);
        clock.advance(Duration.ofSeconds(10));
        audit.refused(Code.NOT_AUTHENTIC);
        assertThat(lines())
                .containsExactly(
                        "refused code=not-authentic",
                        "refused code=foreign-keyring",
                        "refused code=not-authentic and 999 times more since the last such line");
    }
}
