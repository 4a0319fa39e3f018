package io.trousseau.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import io.trousseau.testkit.gcp.GoogleFault;
import io.trousseau.testkit.gcp.GoogleOperation;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Damage on the way")
class ChecksumTest {
    private FakeGoogleKms kms;
    private OpenKek kek;

    @BeforeEach
    void start() {
        kms = FakeGoogleKms.start();
        kms.createKey(OpenKek.KEY);
        kek = OpenKek.on(kms);
    }

    @AfterEach
    void stop() {
        kek.close();
        kms.close();
    }

    static Stream<GoogleFault> atWrap() {
        return Stream.of(
                GoogleFault.damageRequest(),
                GoogleFault.damageAnswer(),
                GoogleFault.leaveOutChecksum(),
                GoogleFault.leavePlaintextUnverified(),
                GoogleFault.leaveContextUnverified(),
                GoogleFault.emptyAnswer());
    }

    static Stream<GoogleFault> atUnwrap() {
        return Stream.of(
                GoogleFault.damageRequest(),
                GoogleFault.damageAnswer(),
                GoogleFault.leaveOutChecksum(),
                GoogleFault.emptyAnswer());
    }

    @ParameterizedTest
    @MethodSource("atWrap")
    @DisplayName("once at wrap costs a second call and nothing else")
    void onceAtWrap(GoogleFault fault) {
        kms.next(GoogleOperation.ENCRYPT, fault);
        assertThat(kek.unwrap(kek.wrap())).isEqualTo(OpenKek.PLAINTEXT);
        assertThat(kms.calls(GoogleOperation.ENCRYPT)).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("atWrap")
    @DisplayName("that stays at wrap is BAD_ANSWER after the second call")
    void alwaysAtWrap(GoogleFault fault) {
        kms.always(GoogleOperation.ENCRYPT, fault);
        assertThat(OpenKek.failureOf(kek::wrap).code()).isEqualTo(Code.BAD_ANSWER);
        assertThat(kms.calls(GoogleOperation.ENCRYPT)).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("atUnwrap")
    @DisplayName("once at unwrap costs a second call and nothing else")
    void onceAtUnwrap(GoogleFault fault) {
        WrappedKey wrapped = kek.wrap();
        kms.next(GoogleOperation.DECRYPT, fault);
        assertThat(kek.unwrap(wrapped)).isEqualTo(OpenKek.PLAINTEXT);
        assertThat(kms.calls(GoogleOperation.DECRYPT)).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("atUnwrap")
    @DisplayName("that stays at unwrap is BAD_ANSWER after the second call, never a wrong plaintext")
    void alwaysAtUnwrap(GoogleFault fault) {
        WrappedKey wrapped = kek.wrap();
        kms.always(GoogleOperation.DECRYPT, fault);
        assertThat(OpenKek.failureOf(() -> kek.unwrap(wrapped)).code()).isEqualTo(Code.BAD_ANSWER);
        assertThat(kms.calls(GoogleOperation.DECRYPT)).isEqualTo(2);
    }

    @Test
    @DisplayName("does not make a second call last beyond the deadline of the first")
    void insideTheDeadline() {
        kms.next(GoogleOperation.ENCRYPT, GoogleFault.damageAnswer(), GoogleFault.delay(Duration.ofMinutes(1)));
        KmsException failure = OpenKek.failureOf(() -> kek.wrap(Deadline.after(Duration.ofMillis(500))));
        assertThat(failure.code()).isEqualTo(Code.TIMEOUT);
    }

    @Test
    @DisplayName("of a stored ciphertext is told by the service and not by a checksum, in one call")
    void storedDamage() {
        WrappedKey wrapped = kek.wrap();
        byte[] changed = wrapped.ciphertext();
        changed[changed.length - 1] ^= 1;
        KmsException failure = OpenKek.failureOf(() -> kek.unwrap(new WrappedKey(changed, wrapped.version())));
        assertThat(failure.code()).isEqualTo(Code.INVALID_CIPHERTEXT);
        assertThat(kms.calls(GoogleOperation.DECRYPT)).isEqualTo(1);
    }
}
