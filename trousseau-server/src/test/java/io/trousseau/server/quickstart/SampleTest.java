package io.trousseau.server.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SampleTest {
    @Test
    @DisplayName("the password is seen where it is, in clear and in Base64, and nowhere else")
    void visible() {
        assertThat(Sample.isVisibleIn(String.join("\n", Sample.yaml()).getBytes(UTF_8)))
                .isTrue();
        assertThat(Sample.isVisibleIn(Sample.json())).isTrue();
        assertThat(Sample.isVisibleIn(new byte[1000])).isFalse();
    }
}
