package io.trousseau.testkit.gcp;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;

/** The service's refusals, with the texts and details that it is known to send. */
final class GoogleFailure {
    private GoogleFailure() {}

    static StatusRuntimeException of(Code code, String message, Any... details) {
        return StatusProto.toStatusRuntimeException(Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(message)
                .addAllDetails(List.of(details))
                .build());
    }

    static StatusRuntimeException invalid(String message) {
        return of(Code.INVALID_ARGUMENT, message);
    }

    static StatusRuntimeException notFound(String what, String name) {
        return of(Code.NOT_FOUND, what + " " + name + " not found.");
    }

    static StatusRuntimeException denied(String permission, String resource) {
        return of(
                Code.PERMISSION_DENIED,
                "Permission '" + permission + "' denied on resource '" + resource + "' (or it may not exist).",
                Any.pack(ErrorInfo.newBuilder()
                        .setReason("IAM_PERMISSION_DENIED")
                        .setDomain("cloudkms.googleapis.com")
                        .putMetadata("permission", permission)
                        .putMetadata("resource", resource)
                        .build()));
    }

    static StatusRuntimeException unauthenticated() {
        return of(
                Code.UNAUTHENTICATED,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other"
                        + " valid authentication credential.",
                Any.pack(ErrorInfo.newBuilder()
                        .setReason("ACCESS_TOKEN_EXPIRED")
                        .setDomain("googleapis.com")
                        .putMetadata("service", "cloudkms.googleapis.com")
                        .build()));
    }

    static StatusRuntimeException notEnabled(String version, String state) {
        return of(
                Code.FAILED_PRECONDITION,
                version + " is not enabled, current state is: " + state + ".",
                Any.pack(PreconditionFailure.newBuilder()
                        .addViolations(PreconditionFailure.Violation.newBuilder()
                                .setType("KEY_DISABLED")
                                .setSubject(version))
                        .build()));
    }

    static StatusRuntimeException overQuota(java.time.Duration retryAfter) {
        return of(
                Code.RESOURCE_EXHAUSTED,
                "Quota exceeded for quota metric 'Cryptographic requests' and limit 'Cryptographic requests per"
                        + " minute' of service 'cloudkms.googleapis.com'.",
                Any.pack(ErrorInfo.newBuilder()
                        .setReason("RATE_LIMIT_EXCEEDED")
                        .setDomain("googleapis.com")
                        .build()),
                Any.pack(QuotaFailure.newBuilder()
                        .addViolations(QuotaFailure.Violation.newBuilder()
                                .setSubject("cloudkms.googleapis.com/crypto_requests"))
                        .build()),
                Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Duration.newBuilder()
                                .setSeconds(retryAfter.getSeconds())
                                .setNanos(retryAfter.getNano()))
                        .build()));
    }
}
