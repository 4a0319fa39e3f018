package io.trousseau.server.quickstart;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.kms.v2.StatusResponse;
import io.trousseau.server.quickstart.ApiServerRules.BrokenRuleException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiServerRulesTest {
    private static final StatusResponse STATUS = StatusResponse.newBuilder()
            .setVersion("v2")
            .setHealthz("ok")
            .setKeyId("k".repeat(1024))
            .build();

    private static EncryptResponse.Builder encrypted() {
        return EncryptResponse.newBuilder()
                .setCiphertext(ByteString.copyFrom(new byte[1024]))
                .setKeyId(STATUS.getKeyId())
                .putAnnotations("h.trousseau.io", ByteString.copyFrom(new byte[32 * 1024 - 14]));
    }

    private static void assertBroken(String rule, StatusResponse.Builder status) {
        assertThatThrownBy(() -> ApiServerRules.check(status.build()))
                .isInstanceOf(BrokenRuleException.class)
                .hasMessageContaining(rule);
    }

    private static void assertBroken(String rule, EncryptResponse.Builder encrypted) {
        assertThatThrownBy(() -> ApiServerRules.check(encrypted.build(), STATUS))
                .isInstanceOf(BrokenRuleException.class)
                .hasMessageContaining(rule);
    }

    @Test
    @DisplayName("answers at every limit are accepted")
    void limits() {
        assertThatCode(() -> {
                    ApiServerRules.check(STATUS);
                    ApiServerRules.check(
                            STATUS.toBuilder().setVersion("v2beta1").build());
                    ApiServerRules.check(encrypted().build(), STATUS);
                })
                .doesNotThrowAnyException();
    }

    @Test
    @DisplayName("a Status of another version, not ok, or with no or too long a key_id is thrown away")
    void status() {
        assertBroken("version is v1", STATUS.toBuilder().setVersion("v1"));
        assertBroken("healthz is OK", STATUS.toBuilder().setHealthz("OK"));
        assertBroken("key_id has 0 bytes", STATUS.toBuilder().setKeyId(""));
        assertBroken("key_id has 1026 bytes", STATUS.toBuilder().setKeyId("é".repeat(513)));
    }

    @Test
    @DisplayName("an Encrypt with no or too long a ciphertext, another key_id, or too long annotations is thrown away")
    void encrypt() {
        assertBroken("ciphertext has 0 bytes", encrypted().clearCiphertext());
        assertBroken("ciphertext has 1025 bytes", encrypted().setCiphertext(ByteString.copyFrom(new byte[1025])));
        assertBroken("key_id is other", encrypted().setKeyId("other"));
        assertBroken("annotations have 32773 bytes", encrypted().putAnnotations("a.b", ByteString.copyFromUtf8("12")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "local-kek.io/kms",
                "Upper.example.com",
                "single",
                "a_b.example.com",
                "-a.example.com",
                "*.a.b",
                ""
            })
    @DisplayName("an annotation that is not named by a fully qualified domain name is thrown away")
    void names(String name) {
        assertBroken("fully qualified", encrypted().clearAnnotations().putAnnotations(name, ByteString.EMPTY));
    }
}
