package io.trousseau.server.doctor;

import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;

/** What to do about a failure of a KMS that says no more than its code. */
final class Remedy {
    static final String REPORT = "report it to whoever maintains the provider; log.level: debug logs more";

    private Remedy() {}

    static String of(Code code) {
        return switch (code) {
            case KEY_NOT_FOUND ->
                "compare the member's config with the KMS: the key's name, and its region, project, namespace or mount";
            case KEY_DISABLED -> "enable the key, or the version, in the KMS, or do as it says";
            case KEY_DESTROYED ->
                "cancel the destruction if the KMS still can; else give the member another key, and have what the other"
                        + " members open written anew";
            case PERMISSION_DENIED -> "allow the operation to the identity of the member's credentials, in the KMS";
            case UNAUTHENTICATED -> "renew the credentials that the member's config names, or their files";
            case THROTTLED -> "raise the KMS's quota, or find out who else uses it up";
            case UNAVAILABLE ->
                "check the address in the member's config, the network from this node, and the KMS itself";
            case TIMEOUT -> "check the network from this node and the KMS's load; --timeout waits longer here";
            case BAD_ANSWER -> "find out what answers in place of the KMS: a proxy, or another service";
            case INVALID_CIPHERTEXT, INVALID_ARGUMENT, CLOSED, INTERRUPTED, INTERNAL -> REPORT;
        };
    }

    /** What a failure says; the message of anything but a KmsException may hold anything. */
    static String seen(String operation, RuntimeException failure) {
        return failure instanceof KmsException kms
                ? kms.code().label() + ": " + kms.getMessage()
                : "internal: " + operation + " threw " + failure.getClass().getName();
    }

    static String of(RuntimeException failure) {
        return failure instanceof KmsException kms ? of(kms.code()) : REPORT;
    }
}
