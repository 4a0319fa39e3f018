package io.trousseau.server.quickstart;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HexDumpTest {
    @Test
    @DisplayName("bytes are shown in hexadecimal and as text, the last line as far as it goes")
    void lines() {
        assertThat(HexDump.lines("k8s:enc:kms:\0\u007f~".getBytes(US_ASCII), 10))
                .containsExactly("6b38 733a 656e 633a 6b6d 733a k8s:enc:kms:", "007f 7e                       ..~");
    }

    @Test
    @DisplayName("what is left out is counted")
    void more() {
        assertThat(HexDump.lines(new byte[24], 2)).hasSize(2);
        assertThat(HexDump.lines(new byte[29], 2)).hasSize(3).last().isEqualTo("... and 5 bytes more");
    }
}
