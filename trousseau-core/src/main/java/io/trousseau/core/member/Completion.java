package io.trousseau.core.member;

import io.trousseau.api.KmsException;
import org.jspecify.annotations.Nullable;

/** Hears how a call ended. */
@FunctionalInterface
public interface Completion<T> {
    /**
     * The call ended; exactly one argument is not null.
     *
     * @param answer what the member answered
     * @param failure why it did not
     */
    void done(@Nullable T answer, @Nullable KmsException failure);
}
