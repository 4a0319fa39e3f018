package io.trousseau.provider.aws;

import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.thirdparty.jackson.core.JsonProcessingException;

/**
 * What a failure of the SDK means; the table is in the module's README.md. No text of the SDK or of the service is
 * copied: what can stand in it is not ours to know.
 */
final class Refusals {
    /** AWS's names of errors, and ours. */
    static final Map<String, Code> CODES = Map.ofEntries(
            Map.entry("NotFoundException", Code.KEY_NOT_FOUND),
            Map.entry("DisabledException", Code.KEY_DISABLED),
            Map.entry("InvalidKeyUsageException", Code.KEY_DISABLED),
            Map.entry("InvalidCiphertextException", Code.INVALID_CIPHERTEXT),
            Map.entry("IncorrectKeyException", Code.INVALID_CIPHERTEXT),
            Map.entry("InvalidArnException", Code.KEY_NOT_FOUND),
            Map.entry("ValidationException", Code.INVALID_ARGUMENT),
            Map.entry("ValidationError", Code.INVALID_ARGUMENT),
            Map.entry("AccessDeniedException", Code.PERMISSION_DENIED),
            Map.entry("AccessDenied", Code.PERMISSION_DENIED),
            Map.entry("NotAuthorized", Code.PERMISSION_DENIED),
            Map.entry("OptInRequired", Code.PERMISSION_DENIED),
            Map.entry("InvalidGrantTokenException", Code.PERMISSION_DENIED),
            Map.entry("UnrecognizedClientException", Code.UNAUTHENTICATED),
            Map.entry("InvalidClientTokenId", Code.UNAUTHENTICATED),
            Map.entry("ExpiredTokenException", Code.UNAUTHENTICATED),
            Map.entry("ExpiredToken", Code.UNAUTHENTICATED),
            Map.entry("InvalidSignatureException", Code.UNAUTHENTICATED),
            Map.entry("SignatureDoesNotMatch", Code.UNAUTHENTICATED),
            Map.entry("IncompleteSignature", Code.UNAUTHENTICATED),
            Map.entry("IncompleteSignatureException", Code.UNAUTHENTICATED),
            Map.entry("MissingAuthenticationToken", Code.UNAUTHENTICATED),
            Map.entry("MissingAuthenticationTokenException", Code.UNAUTHENTICATED),
            Map.entry("RequestExpired", Code.UNAUTHENTICATED),
            Map.entry("ThrottlingException", Code.THROTTLED),
            Map.entry("LimitExceededException", Code.THROTTLED),
            // It says that the key cannot serve, not why: a custom key store that is cut off answers so too.
            Map.entry("KMSInvalidStateException", Code.UNAVAILABLE),
            Map.entry("KeyUnavailableException", Code.UNAVAILABLE),
            Map.entry("DependencyTimeoutException", Code.UNAVAILABLE),
            Map.entry("KMSInternalException", Code.UNAVAILABLE),
            Map.entry("InternalFailure", Code.UNAVAILABLE),
            Map.entry("ServiceUnavailable", Code.UNAVAILABLE),
            Map.entry("ServiceUnavailableException", Code.UNAVAILABLE),
            Map.entry("RequestTimeoutException", Code.UNAVAILABLE));

    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;

    private Refusals() {}

    /** The failure of an operation, in our terms. */
    static KmsException of(Operation operation, String key, String region, Throwable failure) {
        String subject = subject(operation, key, region);
        if (failure instanceof KmsException ours) {
            return new KmsException(ours.code(), subject + ours.getMessage(), ours);
        }
        if (failure instanceof AwsServiceException answered) {
            return refused(operation, subject, answered);
        }
        if (failure instanceof ApiCallTimeoutException || failure instanceof ApiCallAttemptTimeoutException) {
            return new KmsException(Code.TIMEOUT, subject + "no answer in time", failure);
        }
        if (failure instanceof AbortedException) {
            return new KmsException(Code.TIMEOUT, subject + "given up", failure);
        }
        if (failure instanceof SdkClientException) {
            return failedBelow(subject, failure);
        }
        return new KmsException(
                Code.INTERNAL,
                subject + "unexpected " + failure.getClass().getSimpleName()
                        + (failure instanceof SdkException ? " of the SDK" : ""),
                failure);
    }

    static KmsException of(Code code, Operation operation, String key, String region, String what) {
        return new KmsException(code, subject(operation, key, region) + what);
    }

    /** An answer that makes no sense. */
    static KmsException badAnswer(Operation operation, String key, String region, String what) {
        return of(Code.BAD_ANSWER, operation, key, region, "KMS answered with success, and " + what);
    }

    /** Whether KMS says that the key's state forbids the operation, which has several causes. */
    static boolean isInvalidState(Throwable failure) {
        return failure instanceof AwsServiceException answered
                && errorCode(answered)
                        .filter("KMSInvalidStateException"::equals)
                        .isPresent();
    }

    private static String subject(Operation operation, String key, String region) {
        return operation + " under " + key + (region.isEmpty() ? "" : " in " + region) + ": ";
    }

    private static KmsException refused(Operation operation, String subject, AwsServiceException answered) {
        Optional<String> error = errorCode(answered);
        String id = answered.requestId() == null ? "" : " (request " + answered.requestId() + ")";
        int status = answered.statusCode();
        Code code = error.map(CODES::get).orElseGet(() -> byStatus(status, answered, error));
        String seen = error.filter(name -> name.matches("[A-Za-z0-9.]{1,64}"))
                .orElse("HTTP status " + status + " without an error code of AWS");
        return new KmsException(code, subject + seen + id + advice(code, operation, answered, error), answered);
    }

    private static Code byStatus(int status, AwsServiceException answered, Optional<String> error) {
        if (answered.isThrottlingException() || status == TOO_MANY_REQUESTS) {
            return Code.THROTTLED;
        }
        if (status >= SERVER_ERROR || status == REQUEST_TIMEOUT) {
            return Code.UNAVAILABLE;
        }
        // Something on the way, a proxy for example, answered in the place of KMS.
        return error.isEmpty() ? Code.BAD_ANSWER : Code.INTERNAL;
    }

    private static String advice(Code code, Operation operation, AwsServiceException answered, Optional<String> error) {
        return switch (code) {
            case PERMISSION_DENIED ->
                "; allow " + operation.permission()
                        + " to the caller in its IAM policy and in the key's policy, and look for a Deny";
            case KEY_NOT_FOUND -> "; check the settings key, regions and endpoints, and the account of the credentials";
            case KEY_DISABLED ->
                error.filter("InvalidKeyUsageException"::equals).isPresent()
                        ? "; the key does not encrypt: name one of usage ENCRYPT_DECRYPT and spec SYMMETRIC_DEFAULT"
                        : "; enable the key: aws kms enable-key";
            case INVALID_CIPHERTEXT ->
                "; the ciphertext was changed, made under another key, or bound to another context";
            case UNAUTHENTICATED ->
                answered.isClockSkewException()
                        ? "; compare this machine's clock with the time"
                        : "; AWS does not accept the credentials";
            case BAD_ANSWER -> "; something else than KMS answered: look for a proxy, and at the setting endpoints";
            default -> "";
        };
    }

    private static KmsException failedBelow(String subject, Throwable failure) {
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException) {
                return new KmsException(Code.UNAVAILABLE, subject + "the host name is not known to DNS", failure);
            }
            if (cause instanceof SSLException) {
                return new KmsException(
                        Code.UNAVAILABLE,
                        subject + "no TLS connection that this JVM trusts ("
                                + cause.getClass().getSimpleName()
                                + "); look for a proxy that opens TLS, and at -Djavax.net.ssl.trustStore",
                        failure);
            }
            if (cause instanceof JsonProcessingException || isCutShort(cause)) {
                // Not kept as the cause: it can quote the answer, and the answer can hold a plaintext.
                return new KmsException(Code.BAD_ANSWER, subject + "the answer is not JSON, or only a part of it");
            }
            if (cause instanceof InterruptedIOException) {
                return new KmsException(Code.UNAVAILABLE, subject + "connecting or reading took too long", failure);
            }
            if (cause instanceof IOException) {
                return new KmsException(
                        Code.UNAVAILABLE,
                        subject + "no connection, or it broke ("
                                + cause.getClass().getSimpleName() + ")",
                        failure);
            }
        }
        return new KmsException(Code.BAD_ANSWER, subject + "the answer is not one of KMS", failure);
    }

    /** What the HTTP client of newer JDKs says of an answer that is shorter than announced; older ones let the parser find out. */
    private static boolean isCutShort(Throwable cause) {
        return cause instanceof IOException && "Premature EOF".equals(cause.getMessage());
    }

    private static Optional<String> errorCode(AwsServiceException answered) {
        @Nullable AwsErrorDetails details = answered.awsErrorDetails();
        return details == null ? Optional.empty() : Optional.ofNullable(details.errorCode());
    }
}
