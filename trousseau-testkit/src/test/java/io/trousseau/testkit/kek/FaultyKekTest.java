package io.trousseau.testkit.kek;

import static io.trousseau.testkit.kek.Operation.DESCRIBE;
import static io.trousseau.testkit.kek.Operation.UNWRAP;
import static io.trousseau.testkit.kek.Operation.WRAP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class FaultyKekTest {
    private static final byte[] SECRET =
            "0123456789abcdef0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final InMemoryKek kms = InMemoryKek.create("kek-a");
    private final FaultyKek kek = new FaultyKek(kms.open());

    @Test
    void without_a_script_everything_is_answered_and_counted() {
        WrappedKey wrapped = wrapped(kek);
        assertThat(unwrapped(wrapped)).isEqualTo(SECRET);
        assertThat(kek.describe(soon()).current()).isEqualTo(kms.current());
        assertThat(kek.calls(WRAP)).isEqualTo(1);
        assertThat(kek.calls(UNWRAP)).isEqualTo(1);
        assertThat(kek.calls(DESCRIBE)).isEqualTo(1);
    }

    @Test
    void a_fault_strikes_the_call_of_its_number_alone() {
        kek.at(WRAP, 2, Fault.error(Code.THROTTLED));
        wrapped(kek);
        assertThat(codeOf(() -> wrapped(kek))).isEqualTo(Code.THROTTLED);
        wrapped(kek);
        assertThat(kek.calls(WRAP)).isEqualTo(3);
    }

    @Test
    void next_said_twice_strikes_the_next_two_and_always_strikes_the_rest() {
        kek.always(DESCRIBE, Fault.error(Code.UNAVAILABLE));
        kek.next(DESCRIBE, Fault.error(Code.THROTTLED));
        kek.next(DESCRIBE, Fault.none());
        assertThat(codeOf(() -> kek.describe(soon()))).isEqualTo(Code.THROTTLED);
        assertThat(kek.describe(soon()).current()).isEqualTo(kms.current());
        assertThat(codeOf(() -> kek.describe(soon()))).isEqualTo(Code.UNAVAILABLE);
        wrapped(kek);
    }

    @Test
    void a_call_that_was_made_cannot_be_scripted() {
        wrapped(kek);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> kek.at(WRAP, 1, Fault.junk()))
                .withMessage("WRAP 1 has been made; the next is number 2");
    }

    @Test
    void throttled_says_when_to_come_back() {
        kek.always(Fault.throttled(Duration.ofSeconds(7)));
        assertThat(failure(() -> wrapped(kek)).retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    void a_corrupt_wrap_cannot_be_unwrapped_and_a_corrupt_unwrap_differs_in_one_bit() {
        kek.next(WRAP, Fault.corrupt());
        WrappedKey spoilt = wrapped(kek);
        assertThat(codeOf(() -> unwrapped(spoilt))).isEqualTo(Code.INVALID_CIPHERTEXT);

        WrappedKey good = wrapped(kek);
        kek.next(UNWRAP, Fault.corrupt());
        byte[] answer = unwrapped(good);
        int bits = 0;
        for (int i = 0; i < SECRET.length; i++) {
            bits += Integer.bitCount((answer[i] ^ SECRET[i]) & 0xff);
        }
        assertThat(bits).isEqualTo(1);
    }

    @Test
    void junk_succeeds_even_where_the_kek_refuses_and_has_the_right_length() {
        kek.next(WRAP, Fault.junk());
        WrappedKey junk = wrapped(kek);
        assertThat(junk.ciphertext()).hasSameSizeAs(wrapped(kek).ciphertext());
        assertThat(codeOf(() -> unwrapped(junk))).isEqualTo(Code.INVALID_CIPHERTEXT);

        kek.always(UNWRAP, Fault.junk());
        assertThat(unwrapped(junk)).hasSize(32).isNotEqualTo(SECRET);
        assertThat(unwrapped(wrapped(kek))).hasSize(32).isNotEqualTo(SECRET);
    }

    @Test
    void an_empty_answer_is_what_the_results_refuse() {
        kek.always(Fault.empty());
        WrappedKey wrapped = wrapped(kms.open());
        assertThatIllegalArgumentException().isThrownBy(() -> wrapped(kek)).withMessage("ciphertext is empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> unwrapped(wrapped))
                .withMessage("plaintext is empty");
    }

    @Test
    void another_version_is_named_where_the_script_says_so() {
        KekVersion other = new KekVersion("kek-b", "9");
        WrappedKey wrapped = wrapped(kek);
        kek.always(Fault.naming(other));
        assertThat(kek.wrap(SECRET, WrapContext.empty(), soon()).version()).contains(other);
        assertThat(kek.describe(soon()).current()).isEqualTo(other);
        try (UnwrapResult answer = kek.unwrap(wrapped, WrapContext.empty(), soon())) {
            assertThat(answer.version()).contains(other);
            assertThat(answer.plaintext()).isEqualTo(SECRET);
        }
    }

    @Test
    void whatever_a_defect_throws_is_thrown() {
        kek.always(Fault.throwing(() -> new IllegalStateException("a defect")));
        assertThatThrownBy(() -> wrapped(kek))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a defect");
    }

    @Test
    void a_hanging_call_times_out_at_its_deadline() {
        kek.always(Fault.hang());
        assertThat(codeOf(() -> kek.describe(Deadline.after(Duration.ofMillis(20)))))
                .isEqualTo(Code.TIMEOUT);
    }

    @Test
    void a_hanging_call_is_answered_once_the_script_is_healed() throws Exception {
        kek.always(Fault.hang());
        CompletableFuture<WrappedKey> call = CompletableFuture.supplyAsync(() -> wrapped(kek));
        awaitHeld();
        kek.heal();
        assertThat(unwrapped(call.get(30, TimeUnit.SECONDS))).isEqualTo(SECRET);
        assertThat(kek.held()).isZero();
    }

    @Test
    void a_hanging_call_fails_when_the_handle_is_closed() {
        kek.always(Fault.hang());
        CompletableFuture<WrappedKey> call = CompletableFuture.supplyAsync(() -> wrapped(kek));
        awaitHeld();
        kek.close();
        assertThatThrownBy(() -> call.get(30, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        KmsException.class, e -> assertThat(e.code()).isEqualTo(Code.CLOSED));
        assertThat(codeOf(() -> kek.describe(soon()))).isEqualTo(Code.CLOSED);
    }

    @Test
    void a_delay_ends_in_the_scripted_error_or_at_the_deadline_in_virtual_time() {
        ManualClock clock = new ManualClock();
        FaultyKek slow = new FaultyKek(kms.open(), Pause.advancing(clock));
        slow.always(Fault.error(Code.KEY_DISABLED).after(Duration.ofSeconds(2)));

        assertThat(codeOf(() -> slow.describe(Deadline.after(Duration.ofSeconds(3), clock))))
                .isEqualTo(Code.KEY_DISABLED);
        assertThat(clock.nanoTime()).isEqualTo(2_000_000_000L);
        assertThat(codeOf(() -> slow.describe(Deadline.after(Duration.ofSeconds(1), clock))))
                .isEqualTo(Code.TIMEOUT);
        assertThat(clock.nanoTime()).isEqualTo(3_000_000_000L);
    }

    private void awaitHeld() {
        Awaitility.await().until(() -> kek.held() == 1);
    }

    private static WrappedKey wrapped(KekHandle handle) {
        WrapResult result = handle.wrap(SECRET, WrapContext.empty(), soon());
        return new WrappedKey(result.ciphertext(), result.version().orElseThrow());
    }

    private byte[] unwrapped(WrappedKey wrapped) {
        try (UnwrapResult result = kek.unwrap(wrapped, WrapContext.empty(), soon())) {
            return result.plaintext();
        }
    }

    private static Code codeOf(Runnable call) {
        return failure(call).code();
    }

    private static KmsException failure(Runnable call) {
        return catchThrowableOfType(KmsException.class, call::run);
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }
}
