package io.trousseau.server.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseLimitsTest {
    private static final String KEY = "h.trousseau.io";

    @Test
    @DisplayName(
            "a key_id of 1 to 1024 bytes passes, an empty or longer one does not; bytes are counted, not characters")
    void keyId() {
        assertThatCode(() -> ResponseLimits.checkKeyId("x")).doesNotThrowAnyException();
        assertThatCode(() -> ResponseLimits.checkKeyId("x".repeat(1024))).doesNotThrowAnyException();
        assertRefused(() -> ResponseLimits.checkKeyId(""), "key_id has 0 bytes");
        assertRefused(() -> ResponseLimits.checkKeyId("x".repeat(1025)), "key_id has 1025 bytes");
        assertRefused(() -> ResponseLimits.checkKeyId("é".repeat(513)), "key_id has 1026 bytes");
    }

    @Test
    @DisplayName("a ciphertext of 1 to 1024 bytes passes, an empty or longer one does not")
    void ciphertext() {
        assertThatCode(() -> ResponseLimits.checkCiphertext(zeros(1))).doesNotThrowAnyException();
        assertThatCode(() -> ResponseLimits.checkCiphertext(zeros(1024))).doesNotThrowAnyException();
        assertRefused(() -> ResponseLimits.checkCiphertext(zeros(0)), "ciphertext has 0 bytes");
        assertRefused(() -> ResponseLimits.checkCiphertext(zeros(1025)), "ciphertext has 1025 bytes");
    }

    @Test
    @DisplayName("annotations of 32768 bytes, keys included, pass; one byte more does not")
    void annotations() {
        assertThatCode(() -> ResponseLimits.checkAnnotations(Map.of())).doesNotThrowAnyException();
        assertThatCode(() -> ResponseLimits.checkAnnotations(Map.of(KEY, zeros(32768 - KEY.length()))))
                .doesNotThrowAnyException();
        assertRefused(() -> ResponseLimits.checkAnnotations(Map.of(KEY, zeros(32769 - KEY.length()))), "32769 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"h.trousseau.io", "0.trousseau.io", "10.0.0.1", "a.b.", "x-y.z"})
    @DisplayName("annotation keys that are fully qualified domain names pass")
    void domains(String key) {
        assertThatCode(() -> ResponseLimits.checkAnnotations(Map.of(key, zeros(1))))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a",
                "a.",
                "A.b",
                "a_b.c",
                "kms.kubernetes.io/local-kek",
                "*.b",
                "a..b",
                "-a.b",
                "a-.b",
                "a.b..",
                "a234567890123456789012345678901234567890123456789012345678901234.b"
            })
    @DisplayName("annotation keys that are none are refused")
    void noDomains(String key) {
        assertRefused(() -> ResponseLimits.checkAnnotations(Map.of(key, zeros(1))), "no fully qualified domain name");
    }

    @Test
    @DisplayName("an annotation key of 253 characters passes, one of 254 does not")
    void longDomain() {
        String long253 = "a".repeat(63) + "." + "b".repeat(63) + "." + "c".repeat(63) + "." + "d".repeat(61);
        assertThat(long253).hasSize(253);
        assertThatCode(() -> ResponseLimits.checkAnnotations(Map.of(long253, zeros(1))))
                .doesNotThrowAnyException();
        assertRefused(() -> ResponseLimits.checkAnnotations(Map.of(long253 + "d", zeros(1))), "no fully qualified");
    }

    private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable check, String text) {
        Status refusal = KmsV2Test.refusal(check);
        assertThat(refusal.getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(refusal.getDescription()).contains(text);
    }

    private static ByteString zeros(int count) {
        return ByteString.copyFrom(new byte[count]);
    }
}
