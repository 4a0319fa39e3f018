package io.trousseau.provider.aws.credentials;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;

/** A place that has credentials. Safe for use by several threads. */
public interface CredentialSource extends AutoCloseable {
    /**
     * Credentials that are good now. May block beyond the deadline where the SDK does, so callers are on a thread that may.
     *
     * @throws KmsException if there are none; the message starts with the source
     */
    Issued get(Deadline deadline);

    /** Takes note that AWS refused credentials that came from here: they are not given again if there may be others. */
    default void refused(Issued issued) {}

    @Override
    default void close() {}
}
