package io.trousseau.provider.gcp;

import static com.google.rpc.Code.ABORTED;
import static com.google.rpc.Code.ALREADY_EXISTS;
import static com.google.rpc.Code.CANCELLED;
import static com.google.rpc.Code.DATA_LOSS;
import static com.google.rpc.Code.DEADLINE_EXCEEDED;
import static com.google.rpc.Code.FAILED_PRECONDITION;
import static com.google.rpc.Code.INTERNAL;
import static com.google.rpc.Code.INVALID_ARGUMENT;
import static com.google.rpc.Code.NOT_FOUND;
import static com.google.rpc.Code.OUT_OF_RANGE;
import static com.google.rpc.Code.PERMISSION_DENIED;
import static com.google.rpc.Code.RESOURCE_EXHAUSTED;
import static com.google.rpc.Code.UNAUTHENTICATED;
import static com.google.rpc.Code.UNAVAILABLE;
import static com.google.rpc.Code.UNIMPLEMENTED;
import static com.google.rpc.Code.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.RetryInfo;
import io.trousseau.api.KmsException;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import io.trousseau.testkit.gcp.GoogleFault;
import io.trousseau.testkit.gcp.GoogleOperation;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table in the package's documentation, row by row, over a socket. */
class GcpErrorsTest {
    private static final String MARK = "s3cret-of-a-proxy";

    private static FakeGoogleKms kms;
    private static OpenKek kek;

    @BeforeAll
    static void start() {
        kms = FakeGoogleKms.start();
        kms.createKey(OpenKek.KEY);
        kek = OpenKek.on(kms);
    }

    @AfterEach
    void heal() {
        kms.heal();
    }

    @AfterAll
    static void stop() {
        kek.close();
        kms.close();
    }

    static Stream<Arguments> everywhere() {
        return Stream.of(
                row(NOT_FOUND, KmsException.Code.KEY_NOT_FOUND, "does not know the key"),
                row(
                        PERMISSION_DENIED,
                        KmsException.Code.PERMISSION_DENIED,
                        "lacks cloudkms.cryptoKeyVersions.useToImport on the key",
                        Any.pack(ErrorInfo.newBuilder()
                                .setReason("IAM_PERMISSION_DENIED")
                                .putMetadata("permission", "cloudkms.cryptoKeyVersions.useToImport")
                                .build())),
                row(
                        PERMISSION_DENIED,
                        KmsException.Code.PERMISSION_DENIED,
                        "API is not enabled",
                        info("SERVICE_DISABLED")),
                row(PERMISSION_DENIED, KmsException.Code.PERMISSION_DENIED, "no billing", info("BILLING_DISABLED")),
                row(
                        PERMISSION_DENIED,
                        KmsException.Code.PERMISSION_DENIED,
                        "serviceusage.services.use",
                        info("USER_PROJECT_DENIED")),
                row(
                        PERMISSION_DENIED,
                        KmsException.Code.PERMISSION_DENIED,
                        "scope",
                        info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
                row(
                        UNAUTHENTICATED,
                        KmsException.Code.UNAUTHENTICATED,
                        "(ACCESS_TOKEN_EXPIRED)",
                        info("ACCESS_TOKEN_EXPIRED")),
                row(UNAUTHENTICATED, KmsException.Code.UNAUTHENTICATED, "does not accept the credentials"),
                row(
                        RESOURCE_EXHAUSTED,
                        KmsException.Code.THROTTLED,
                        "(RATE_LIMIT_EXCEEDED)",
                        info("RATE_LIMIT_EXCEEDED")),
                row(RESOURCE_EXHAUSTED, KmsException.Code.THROTTLED, "quota"),
                row(DEADLINE_EXCEEDED, KmsException.Code.TIMEOUT, "deadline"),
                row(UNAVAILABLE, KmsException.Code.UNAVAILABLE, "(UNAVAILABLE)"),
                row(ABORTED, KmsException.Code.UNAVAILABLE, "(ABORTED)"),
                row(CANCELLED, KmsException.Code.UNAVAILABLE, "(CANCELLED)"),
                row(UNKNOWN, KmsException.Code.UNAVAILABLE, "(UNKNOWN)"),
                row(INTERNAL, KmsException.Code.UNAVAILABLE, "(INTERNAL)"),
                row(DATA_LOSS, KmsException.Code.UNAVAILABLE, "(DATA_LOSS)"),
                row(UNIMPLEMENTED, KmsException.Code.UNAVAILABLE, "is not Cloud KMS"),
                row(OUT_OF_RANGE, KmsException.Code.INVALID_ARGUMENT, "OUT_OF_RANGE"),
                row(ALREADY_EXISTS, KmsException.Code.INTERNAL, "ALREADY_EXISTS"),
                row(FAILED_PRECONDITION, KmsException.Code.KEY_DISABLED, "KEY_DISABLED", violation("KEY_DISABLED")),
                row(
                        FAILED_PRECONDITION,
                        KmsException.Code.UNAVAILABLE,
                        "KEY_PENDING_GENERATION",
                        violation("KEY_PENDING_GENERATION")),
                row(
                        FAILED_PRECONDITION,
                        KmsException.Code.PERMISSION_DENIED,
                        "EXTERNAL_PERMISSION_DENIED",
                        violation("KEY_ENABLED", "EXTERNAL_PERMISSION_DENIED")),
                row(
                        FAILED_PRECONDITION,
                        KmsException.Code.KEY_NOT_FOUND,
                        "EXTERNAL_NOT_FOUND",
                        violation("KEY_ENABLED", "EXTERNAL_NOT_FOUND")),
                row(
                        FAILED_PRECONDITION,
                        KmsException.Code.UNAVAILABLE,
                        "EXTERNAL_OTHER",
                        violation("KEY_ENABLED", "EXTERNAL_OTHER")),
                row(
                        FAILED_PRECONDITION,
                        KmsException.Code.KEY_DISABLED,
                        "KEY_DISABLED",
                        violation("KEY_DISABLED", "EXTERNAL_PERMISSION_DENIED")),
                row(
                        FAILED_PRECONDITION,
                        KmsException.Code.INTERNAL,
                        "FAILED_PRECONDITION SOMETHING",
                        violation("SOMETHING")),
                row(FAILED_PRECONDITION, KmsException.Code.INTERNAL, "purpose must be ENCRYPT_DECRYPT"));
    }

    @ParameterizedTest(name = "{0} is {1}: {2}")
    @MethodSource("everywhere")
    @DisplayName("At every operation")
    void everyOperation(Code code, KmsException.Code expected, String says, Any[] details) {
        kms.heal();
        var wrapped = kek.wrap();
        for (GoogleOperation operation : GoogleOperation.values()) {
            kms.always(operation, GoogleFault.status(code, MARK, details));
        }
        for (Runnable call : new Runnable[] {kek::wrap, () -> kek.unwrap(wrapped), kek::current}) {
            KmsException failure = OpenKek.failureOf(call);
            assertThat(failure.code()).as(failure.getMessage()).isEqualTo(expected);
            assertThat(failure)
                    .hasMessageContaining(says)
                    .hasMessageContaining(OpenKek.KEY)
                    .hasMessageNotContaining(MARK);
        }
    }

    @ParameterizedTest(name = "state {0} is {1}")
    @MethodSource("states")
    @DisplayName("FAILED_PRECONDITION that tells the state of the version")
    void states(String state, KmsException.Code expected) {
        kms.next(
                GoogleOperation.ENCRYPT,
                GoogleFault.status(
                        FAILED_PRECONDITION,
                        OpenKek.KEY + "/cryptoKeyVersions/1 is not enabled, current state is: " + state + ".",
                        violation("KEY_DISABLED")));
        KmsException failure = OpenKek.failureOf(kek::wrap);
        assertThat(failure.code()).isEqualTo(expected);
        assertThat(failure).hasMessageContaining(state);
    }

    static Stream<Arguments> states() {
        return Stream.of(
                arguments("DISABLED", KmsException.Code.KEY_DISABLED),
                arguments("IMPORT_FAILED", KmsException.Code.KEY_DISABLED),
                arguments("GENERATION_FAILED", KmsException.Code.KEY_DISABLED),
                arguments("DESTROYED", KmsException.Code.KEY_DESTROYED),
                arguments("DESTROY_SCHEDULED", KmsException.Code.KEY_DESTROYED),
                arguments("PENDING_EXTERNAL_DESTRUCTION", KmsException.Code.KEY_DESTROYED),
                arguments("EXTERNAL_DESTRUCTION_FAILED", KmsException.Code.KEY_DESTROYED),
                arguments("PENDING_GENERATION", KmsException.Code.UNAVAILABLE),
                arguments("PENDING_IMPORT", KmsException.Code.UNAVAILABLE));
    }

    @Test
    @DisplayName("INVALID_ARGUMENT is about the ciphertext at unwrap, about the request at wrap and describe")
    void invalidArgument() {
        var wrapped = kek.wrap();
        for (GoogleOperation operation : GoogleOperation.values()) {
            kms.always(operation, GoogleFault.status(INVALID_ARGUMENT, MARK));
        }
        assertThat(OpenKek.failureOf(() -> kek.unwrap(wrapped)).code()).isEqualTo(KmsException.Code.INVALID_CIPHERTEXT);
        assertThat(OpenKek.failureOf(kek::wrap).code()).isEqualTo(KmsException.Code.INVALID_ARGUMENT);
        assertThat(OpenKek.failureOf(kek::current).code()).isEqualTo(KmsException.Code.INVALID_ARGUMENT);
    }

    @Test
    @DisplayName("a refusal without the permission's name names the one that the operation needs")
    void namedPermissions() {
        var wrapped = kek.wrap();
        for (GoogleOperation operation : GoogleOperation.values()) {
            kms.always(operation, GoogleFault.status(PERMISSION_DENIED, MARK));
        }
        assertThat(OpenKek.failureOf(kek::wrap)).hasMessageContaining("cloudkms.cryptoKeyVersions.useToEncrypt");
        assertThat(OpenKek.failureOf(() -> kek.unwrap(wrapped)))
                .hasMessageContaining("cloudkms.cryptoKeyVersions.useToDecrypt");
        assertThat(OpenKek.failureOf(kek::current)).hasMessageContaining("cloudkms.cryptoKeys.get");
    }

    @Test
    @DisplayName("text that does not belong into a permission's name is not copied")
    void hostileDetails() {
        kms.next(
                GoogleOperation.ENCRYPT,
                GoogleFault.status(
                        PERMISSION_DENIED,
                        MARK,
                        Any.pack(ErrorInfo.newBuilder()
                                .setReason("a\nb")
                                .putMetadata("permission", "x\n" + MARK)
                                .build())));
        assertThat(OpenKek.failureOf(kek::wrap)).hasMessageNotContaining(MARK).hasMessageNotContaining("\n");
    }

    @Test
    @DisplayName("the time after which to come back is that of RetryInfo")
    void retryAfter() {
        Any retry = Any.pack(RetryInfo.newBuilder()
                .setRetryDelay(Duration.newBuilder().setSeconds(7).setNanos(500_000_000))
                .build());
        kms.next(GoogleOperation.ENCRYPT, GoogleFault.status(RESOURCE_EXHAUSTED, MARK, retry));
        assertThat(OpenKek.failureOf(kek::wrap).retryAfter()).contains(java.time.Duration.ofMillis(7500));
        kms.next(GoogleOperation.ENCRYPT, GoogleFault.status(UNAVAILABLE, MARK, retry));
        assertThat(OpenKek.failureOf(kek::wrap).retryAfter()).contains(java.time.Duration.ofMillis(7500));
        kms.next(GoogleOperation.ENCRYPT, GoogleFault.status(RESOURCE_EXHAUSTED, MARK));
        assertThat(OpenKek.failureOf(kek::wrap).retryAfter()).isEmpty();
    }

    @Test
    @DisplayName("no failure is tried again: the engine decides that")
    void noRetries() {
        kms.always(GoogleOperation.ENCRYPT, GoogleFault.status(UNAVAILABLE, MARK));
        int before = kms.calls(GoogleOperation.ENCRYPT);
        assertThat(OpenKek.failureOf(kek::wrap).code()).isEqualTo(KmsException.Code.UNAVAILABLE);
        assertThat(kms.calls(GoogleOperation.ENCRYPT) - before).isEqualTo(1);
    }

    private static Arguments row(Code code, KmsException.Code expected, String says, Any... details) {
        return arguments(code, expected, says, details);
    }

    private static Any info(String reason) {
        return Any.pack(ErrorInfo.newBuilder().setReason(reason).build());
    }

    private static Any violation(String... types) {
        PreconditionFailure.Builder failure = PreconditionFailure.newBuilder();
        for (String type : types) {
            failure.addViolations(PreconditionFailure.Violation.newBuilder().setType(type));
        }
        return Any.pack(failure.build());
    }
}
