package io.trousseau.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A table of failures")
class FailureTableTest {
    private static final KmsException OFF =
            new KmsException(Code.KEY_DISABLED, "wrap under k: the version is off; switch it on");
    private static final KmsException LATE = new KmsException(Code.TIMEOUT, "wrap under k: too late");
    private static final KmsException AWAY = new KmsException(Code.UNAVAILABLE, "wrap under k: no connection");

    @TempDir
    Path folder;

    private Path document;

    @BeforeEach
    void write() throws IOException {
        document = Files.writeString(folder.resolve("guide.md"), """
                # KMS

                ## What each failure looks like

                | you see | it is |
                |---|---|
                | `key-disabled: … is off; …`, `timeout` | something |
                | `unavailable: … no connection` | something |

                ## Notes

                | `throttled` | not in that section |
                """);
    }

    private FailureTable table() {
        return FailureTable.in(document, "What each failure looks like");
    }

    @Test
    @DisplayName("agrees with failures that read so")
    void agrees() {
        table().hasTheTextsOf(List.of(OFF, LATE, AWAY));
    }

    @Test
    @DisplayName("does not agree where a text is nobody's")
    void stale() {
        assertThatThrownBy(() -> table().hasTheTextsOf(List.of(OFF, AWAY)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("timeout");
    }

    @Test
    @DisplayName("does not agree where a failure has no text, though another of its code has")
    void missing() {
        KmsException gone = new KmsException(Code.UNAVAILABLE, "wrap under k: no such host");
        assertThatThrownBy(() -> table().hasTheTextsOf(List.of(OFF, LATE, AWAY, gone)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("no such host");
    }

    @Test
    @DisplayName("must be there")
    void absent() {
        assertThatThrownBy(() -> FailureTable.in(document, "Failures"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("## Failures");
    }
}
