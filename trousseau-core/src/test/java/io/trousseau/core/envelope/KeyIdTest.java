package io.trousseau.core.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A key_id")
class KeyIdTest {
    private static final String TEXT = "tr1.BNDNqCCXB4i2cj_sgQB2LWeMbiKbc5D7idLS-ZK4ed0";

    @Test
    @DisplayName("has the hash under which kube-apiserver prints it")
    void hash() {
        assertThat(new KeyId(TEXT).hash())
                .isEqualTo("sha256:f869442c999917a02f48bf749205bc674571541caeff7a6344db24b925c84dde");
    }

    @Test
    @DisplayName("is its text")
    void text() {
        assertThat(new KeyId(TEXT)).hasToString(TEXT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tr1.",
                "tr2.BNDNqCCXB4i2cj_sgQB2LWeMbiKbc5D7idLS-ZK4ed0",
                "tr1.BNDNqCCXB4i2cj_sgQB2LWeMbiKbc5D7idLS-ZK4ed",
                "tr1.BNDNqCCXB4i2cj_sgQB2LWeMbiKbc5D7idLS-ZK4ed0=",
                "tr1.BNDNqCCXB4i2cj/sgQB2LWeMbiKbc5D7idLS+ZK4ed0",
                "tr1.BNDNqCCXB4i2cj_sgQB2LWeMbiKbc5D7idLS-ZK4ed0\n"
            })
    @DisplayName("is refused in another form")
    void otherForms(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new KeyId(text)).withMessageContaining("not a key_id");
    }
}
