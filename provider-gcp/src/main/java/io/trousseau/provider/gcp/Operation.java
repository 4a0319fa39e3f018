package io.trousseau.provider.gcp;

import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A call in words, for messages.
 *
 * @param name wrap, unwrap or describe
 * @param key the CryptoKey
 */
record Operation(String name, String key) {
    KmsException failure(Code code, String what) {
        return failure(code, what, null);
    }

    KmsException failure(Code code, String what, @Nullable Throwable cause) {
        return failure(code, what, cause, null);
    }

    KmsException failure(Code code, String what, @Nullable Throwable cause, @Nullable Duration retryAfter) {
        return new KmsException(code, this + ": " + what, cause, retryAfter);
    }

    KmsException closed() {
        return failure(Code.CLOSED, "the handle is closed");
    }

    KmsException interrupted() {
        return failure(Code.INTERRUPTED, "interrupted");
    }

    KmsException timeout() {
        return failure(Code.TIMEOUT, "the deadline passed before Cloud KMS answered");
    }

    @Override
    public String toString() {
        return name + " under " + key;
    }
}
