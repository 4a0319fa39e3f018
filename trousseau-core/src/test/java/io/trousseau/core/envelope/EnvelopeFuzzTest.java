package io.trousseau.core.envelope;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.DisplayName;

/**
 * The parsers under a coverage-guided fuzzer, by {@code -Pfuzz}, or {@code -Pfuzz -Dfuzz.test=header}. What it finds it puts
 * into {@code EnvelopeFuzzTestInputs}, which {@link EnvelopeMutationTest} replays in every build.
 */
@DisplayName("The parsers, whatever the fuzzer finds,")
class EnvelopeFuzzTest {
    @FuzzTest(maxDuration = "10m")
    @DisplayName("accept one encoding of a header, or throw their one exception")
    void header(byte[] input) {
        ParserRules.acceptsHeader(input);
    }

    @FuzzTest(maxDuration = "10m")
    @DisplayName("accept one encoding of an envelope, or throw their one exception")
    void envelope(byte[] input) {
        ParserRules.acceptsEnvelope(input);
    }
}
