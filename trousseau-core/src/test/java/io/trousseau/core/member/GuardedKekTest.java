package io.trousseau.core.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A guarded handle")
class GuardedKekTest {
    private static final Deadline SOON = Deadline.after(Duration.ofSeconds(10));

    static Stream<Consumer<KekHandle>> operations() {
        return Stream.of(
                kek -> kek.wrap(new byte[32], WrapContext.empty(), SOON),
                kek -> kek.unwrap(new WrappedKey(new byte[1], StubKek.VERSION), WrapContext.empty(), SOON),
                kek -> kek.describe(SOON));
    }

    static Stream<Throwable> foreign() {
        return Stream.of(
                new IllegalStateException("token=s3cr3t"),
                new NoClassDefFoundError("token=s3cr3t"),
                new ExceptionInInitializerError("token=s3cr3t"),
                new IOException("token=s3cr3t"),
                new AssertionError("token=s3cr3t"),
                new StackOverflowError("token=s3cr3t"));
    }

    private static KmsException failureOf(KekHandle inner, Consumer<KekHandle> operation) {
        return catchThrowableOfType(KmsException.class, () -> operation.accept(new GuardedKek("vault-eu", inner)));
    }

    @ParameterizedTest
    @MethodSource("foreign")
    @DisplayName("turns whatever a provider throws into one failure, without the foreign message")
    void foreignExceptions(Throwable foreign) {
        operations().forEach(operation -> {
            KmsException e = failureOf(StubKek.throwing(foreign), operation);

            assertThat(e.code()).isEqualTo(Code.INTERNAL);
            assertThat(e)
                    .hasMessageMatching("(wrap|unwrap|describe) at member vault-eu: the provider failed with "
                            + foreign.getClass().getName().replace(".", "\\."))
                    .hasCause(foreign);
        });
    }

    @Test
    @DisplayName("lets a provider's own failure through as it is")
    void ownFailure() {
        KmsException own = new KmsException(Code.THROTTLED, "wrap: slow down", null, Duration.ofSeconds(3));

        operations()
                .forEach(operation ->
                        assertThat(failureOf(StubKek.throwing(own), operation)).isSameAs(own));
    }

    @Test
    @DisplayName("turns null into a bad answer")
    void nothing() {
        operations().forEach(operation -> {
            KmsException e = failureOf(StubKek.answeringNothing(), operation);

            assertThat(e.code()).isEqualTo(Code.BAD_ANSWER);
            assertThat(e).hasMessageEndingWith(" at member vault-eu: the provider answered nothing");
        });
    }

    @Test
    @DisplayName("takes any failure of an interrupted call for the interruption, and leaves the flag set")
    void interruption() {
        operations().forEach(operation -> {
            KmsException sneaked = failureOf(StubKek.throwing(new InterruptedException()), operation);
            boolean flag = Thread.interrupted();
            assertThat(sneaked.code()).isEqualTo(Code.INTERRUPTED);
            assertThat(flag).isTrue();

            Thread.currentThread().interrupt();
            KmsException wrapped = failureOf(StubKek.throwing(new IllegalStateException("interrupted")), operation);
            flag = Thread.interrupted();
            assertThat(wrapped.code()).isEqualTo(Code.INTERRUPTED);
            assertThat(flag).isTrue();
        });
    }

    @Test
    @DisplayName("does not ask the KMS once the deadline has passed")
    void deadline() {
        StubKek inner = StubKek.answering();
        Deadline passed = Deadline.after(Duration.ZERO);

        KmsException e = failureOf(inner, kek -> kek.describe(passed));

        assertThat(e.code()).isEqualTo(Code.TIMEOUT);
        assertThat(e).hasMessage("describe at member vault-eu: the deadline passed before the KMS was asked");
        assertThat(inner.calls).isZero();
    }

    @Test
    @DisplayName("passes traits and close on")
    void forwards() {
        StubKek inner = StubKek.answering();
        KekHandle guarded = new GuardedKek("vault-eu", inner);

        assertThat(guarded.traits()).isEqualTo(inner.traits());
        guarded.close();
        assertThat(inner.closed).isTrue();
    }
}
