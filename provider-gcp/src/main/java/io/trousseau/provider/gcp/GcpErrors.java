package io.trousseau.provider.gcp;

import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.ErrorDetails;
import com.google.api.gax.rpc.StatusCode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.RetryInfo;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What the service and gRPC answer, as {@link KmsException}; the table is in the package's documentation. */
final class GcpErrors {
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_.]{1,100}");
    private static final Pattern STATE = Pattern.compile("current state is: ([A-Z_]{1,40})");
    /** What gRPC itself says, here and not at the service, of an answer that it could not read. */
    private static final Pattern UNREADABLE =
            Pattern.compile("Encountered end-of-stream mid-frame|gRPC message exceeds maximum size");

    /** What gRPC itself says of an answer that is HTTP and not gRPC: a page of a proxy, whose refusal is not Cloud KMS's. */
    private static final Pattern NOT_GRPC = Pattern.compile(
            "invalid content-type: |missing content-type in response headers|inferred error from HTTP status code");

    private static final Pattern CHECKSUM = Pattern.compile("(?i)crc32c|checksum");

    private GcpErrors() {}

    static KmsException translate(Operation operation, Throwable failure) {
        if (!(failure instanceof ApiException answer)) {
            return operation.failure(Code.INTERNAL, "the client failed", failure);
        }
        if (isUnreadable(answer)) {
            return operation.failure(Code.BAD_ANSWER, "the answer is cut off, too long or cannot be decoded", answer);
        }
        if (NOT_GRPC.matcher(String.valueOf(answer.getMessage())).find()) {
            return operation.failure(
                    Code.UNAVAILABLE,
                    "what answers is not Cloud KMS: it does not speak gRPC (" + codeOf(answer)
                            + "); look for a proxy, and at the settings proxy and endpoint",
                    answer);
        }
        return switch (answer.getStatusCode().getCode()) {
            case INVALID_ARGUMENT -> invalid(operation, answer);
            case NOT_FOUND ->
                operation.failure(
                        Code.KEY_NOT_FOUND,
                        "Cloud KMS does not know the key; look at the project, the location and the names",
                        answer);
            case PERMISSION_DENIED -> denied(operation, answer);
            case UNAUTHENTICATED ->
                operation.failure(
                        Code.UNAUTHENTICATED, "Cloud KMS does not accept the credentials" + reason(answer), answer);
            case FAILED_PRECONDITION -> precondition(operation, answer);
            case RESOURCE_EXHAUSTED ->
                operation.failure(
                        Code.THROTTLED,
                        "a quota of Cloud KMS is used up" + reason(answer),
                        answer,
                        retryAfter(answer).orElse(null));
            case DEADLINE_EXCEEDED -> operation.timeout();
            case UNAVAILABLE, ABORTED, UNKNOWN, CANCELLED ->
                operation.failure(
                        Code.UNAVAILABLE,
                        unreached(answer).orElse("Cloud KMS cannot serve now (" + codeOf(answer) + ")"),
                        answer,
                        retryAfter(answer).orElse(null));
            case INTERNAL, DATA_LOSS ->
                operation.failure(
                        Code.UNAVAILABLE,
                        unreached(answer).orElse("Cloud KMS failed inside (" + codeOf(answer) + ")"),
                        answer);
            case OUT_OF_RANGE ->
                operation.failure(Code.INVALID_ARGUMENT, "Cloud KMS refused the request (OUT_OF_RANGE)", answer);
            case UNIMPLEMENTED ->
                operation.failure(
                        Code.UNAVAILABLE,
                        "what answers is not Cloud KMS: it does not know the method (UNIMPLEMENTED); look at the setting"
                                + " endpoint",
                        answer);
            case ALREADY_EXISTS, OK ->
                operation.failure(Code.INTERNAL, "an answer that makes no sense (" + codeOf(answer) + ")", answer);
        };
    }

    /** Whether the service says that the request's checksum did not fit. */
    static boolean isChecksumMismatch(Throwable failure) {
        return failure instanceof ApiException answer
                && answer.getStatusCode().getCode() == StatusCode.Code.INVALID_ARGUMENT
                && CHECKSUM.matcher(String.valueOf(answer.getMessage())).find();
    }

    private static KmsException invalid(Operation operation, ApiException answer) {
        if (isChecksumMismatch(answer)) {
            return operation.failure(
                    Code.BAD_ANSWER, "the request was damaged on its way: its checksum did not fit", answer);
        }
        return operation.name().equals("unwrap")
                ? operation.failure(
                        Code.INVALID_CIPHERTEXT,
                        "the ciphertext was changed, made under another key, or bound to another context",
                        answer)
                : operation.failure(Code.INVALID_ARGUMENT, "Cloud KMS refused the request (INVALID_ARGUMENT)", answer);
    }

    private static KmsException denied(Operation operation, ApiException answer) {
        Optional<ErrorInfo> info = errorInfo(answer);
        String permission = info.map(ErrorInfo::getMetadataMap)
                .map(metadata -> metadata.get("permission"))
                .filter(text -> TOKEN.matcher(text).matches())
                .orElse(
                        switch (operation.name()) {
                            case "wrap" -> "cloudkms.cryptoKeyVersions.useToEncrypt";
                            case "unwrap" -> "cloudkms.cryptoKeyVersions.useToDecrypt";
                            default -> "cloudkms.cryptoKeys.get";
                        });
        String reason = info.map(ErrorInfo::getReason).orElse("");
        String what = switch (reason) {
            case "SERVICE_DISABLED" ->
                "the Cloud KMS API is not enabled in the project that is charged"
                        + " (SERVICE_DISABLED); enable cloudkms.googleapis.com there, or name another by quotaProject";
            case "BILLING_DISABLED" -> "the project has no billing account (BILLING_DISABLED)";
            case "USER_PROJECT_DENIED" ->
                "the caller may not charge the quota project (USER_PROJECT_DENIED); it"
                        + " needs serviceusage.services.use there";
            case "ACCESS_TOKEN_SCOPE_INSUFFICIENT" ->
                "the token's scope does not include Cloud KMS"
                        + " (ACCESS_TOKEN_SCOPE_INSUFFICIENT); a machine's scopes must have cloudkms or"
                        + " cloud-platform";
            default -> "the caller lacks " + permission + " on the key, or the key does not exist" + reason(answer);
        };
        return operation.failure(Code.PERMISSION_DENIED, what, answer);
    }

    private static KmsException precondition(Operation operation, ApiException answer) {
        List<String> types = Optional.ofNullable(answer.getErrorDetails())
                .map(ErrorDetails::getPreconditionFailure)
                .map(PreconditionFailure::getViolationsList)
                .orElse(List.of())
                .stream()
                .map(PreconditionFailure.Violation::getType)
                .filter(type -> TOKEN.matcher(type).matches())
                .toList();
        Matcher stated = STATE.matcher(String.valueOf(answer.getMessage()));
        String state = stated.find() ? stated.group(1) : "";
        switch (state) {
            case "DESTROYED", "DESTROY_SCHEDULED", "PENDING_EXTERNAL_DESTRUCTION", "EXTERNAL_DESTRUCTION_FAILED" -> {
                return operation.failure(
                        Code.KEY_DESTROYED,
                        "the key version is " + state
                                + (state.equals("DESTROY_SCHEDULED") ? "; restore it and enable it again" : ""),
                        answer);
            }
            case "PENDING_GENERATION", "PENDING_IMPORT" -> {
                return operation.failure(Code.UNAVAILABLE, "the key version is not ready: " + state, answer);
            }
            case "DISABLED", "IMPORT_FAILED", "GENERATION_FAILED" -> {
                return operation.failure(Code.KEY_DISABLED, "the key version is " + state, answer);
            }
            default -> {}
        }
        if (types.contains("KEY_DISABLED")) {
            return operation.failure(Code.KEY_DISABLED, "the key version is disabled (KEY_DISABLED)", answer);
        }
        if (types.contains("KEY_PENDING_GENERATION")) {
            return operation.failure(Code.UNAVAILABLE, "the key version is not ready (KEY_PENDING_GENERATION)", answer);
        }
        Optional<String> external =
                types.stream().filter(type -> type.startsWith("EXTERNAL_")).findFirst();
        if (external.isPresent()) {
            String type = external.get();
            Code code = switch (type) {
                case "EXTERNAL_PERMISSION_DENIED" -> Code.PERMISSION_DENIED;
                case "EXTERNAL_NOT_FOUND" -> Code.KEY_NOT_FOUND;
                default -> Code.UNAVAILABLE;
            };
            return operation.failure(code, "the external key manager refused or failed (" + type + ")", answer);
        }
        return operation.failure(
                Code.INTERNAL,
                "Cloud KMS says that the key cannot do this now (FAILED_PRECONDITION"
                        + (types.isEmpty() ? "" : " " + String.join(", ", types))
                        + "); its purpose must be ENCRYPT_DECRYPT, with an enabled primary version",
                answer);
    }

    private static boolean isUnreadable(ApiException answer) {
        return has(answer, InvalidProtocolBufferException.class).isPresent()
                || UNREADABLE.matcher(String.valueOf(answer.getMessage())).find();
    }

    /** Why the service was not reached, if that is so. */
    private static Optional<String> unreached(Throwable failure) {
        return has(failure, SSLException.class)
                .map(tls -> "no TLS with what answers there; look at caFile, endpoint and proxy, and at the clock")
                .or(() -> has(failure, UnknownHostException.class)
                        .map(dns -> "the endpoint's name cannot be looked up; look at endpoint and at DNS"))
                .or(() -> has(failure, ConnectException.class)
                        .map(refused -> "the endpoint does not accept connections"));
    }

    private static <T extends Throwable> Optional<T> has(Throwable failure, Class<T> type) {
        @Nullable Throwable next = failure;
        for (int depth = 0; next != null && depth < 16; depth++) {
            if (type.isInstance(next)) {
                return Optional.of(type.cast(next));
            }
            next = next.getCause();
        }
        return Optional.empty();
    }

    private static Optional<ErrorInfo> errorInfo(ApiException answer) {
        return Optional.ofNullable(answer.getErrorDetails()).map(ErrorDetails::getErrorInfo);
    }

    private static String reason(ApiException answer) {
        return errorInfo(answer)
                .map(ErrorInfo::getReason)
                .filter(text -> TOKEN.matcher(text).matches())
                .map(text -> " (" + text + ")")
                .orElse("");
    }

    private static String codeOf(ApiException answer) {
        return answer.getStatusCode().getCode().toString();
    }

    private static Optional<Duration> retryAfter(ApiException answer) {
        return Optional.ofNullable(answer.getErrorDetails())
                .map(ErrorDetails::getRetryInfo)
                .filter(RetryInfo::hasRetryDelay)
                .map(RetryInfo::getRetryDelay)
                .map(delay -> Duration.ofSeconds(delay.getSeconds(), delay.getNanos()))
                .filter(delay -> !delay.isNegative());
    }
}
